from __future__ import annotations

import gzip
import os
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.cli.articles import _READ
from rag.documents.formats import LOADERS, Loaded, load
from rag.errors import DocumentError
from rag.text.normalize import clean
from tests.documents.files import articles, errors, line, only, written

CORPUS = Path(__file__).parents[1] / "corpus"


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
)


def test_the_whole_corpus_is_read() -> None:
    assert errors(CORPUS) == []
    found = articles(CORPUS)
    assert len(found) >= len(list(CORPUS.iterdir()))
    assert len({each.id for each in found}) == len(found)
    for each in found:
        assert each.text == clean(each.text).strip()
        assert each.title
        assert each.source
        assert each.language in {"vi", "en", "fr", "zh", "ja"}
    assert {each.published for each in found} != {None}


def test_the_formats_are_those_that_are_told_to_people() -> None:
    suffixes = {suffix for loader in LOADERS for suffix in loader.suffixes}
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert {suffix for suffix in suffixes if f"`{suffix}`" not in readme} == set()
    assert {suffix for suffix in suffixes if suffix not in re.split("[ ,]+", _READ.rstrip("."))} == set()


BROKEN: dict[str, tuple[str, bytes, str]] = {
    "empty": ("x.txt", b"", "is empty"),
    "blank": ("x.txt", b" \n\t\r\n", "is empty"),
    "marks only": ("x.md", b"# ***\n---\n", "is empty"),
    "empty markdown": ("x.md", b"", "is empty"),
    "front matter only": ("x.md", b"---\ntitle: a\n---\n", "is empty"),
    "empty lines": ("x.jsonl", b"", "is empty"),
    "blank lines": ("x.jsonl", b"\n \n", "is empty"),
    "empty packed": ("x.jsonl.gz", gzip.compress(b""), "is empty"),
    "empty file as packed": ("x.jsonl.gz", b"", "is empty"),
    "empty page": ("x.html", b"", "is empty"),
    "binary": ("x.txt", bytes(range(256)) * 8, "is not UTF-8 text"),
    "NUL": ("x.txt", b"a\x00b", "NUL bytes"),
    "odd UTF-16": ("x.txt", b"\xff\xfea", "is not UTF-8 text"),
    "UTF-32": ("x.txt", "Tiêu đề".encode("utf-32"), "NUL bytes"),
    "other encoding": ("x.md", "Tiêu đề café".encode("cp1258", "replace"), "is not UTF-8 text"),
    "cut character": ("x.txt", "Đường".encode()[:1], "is not UTF-8 text (byte 0)"),
    "not packed": ("x.jsonl.gz", line(id="a", text="b").encode(), "cannot be read"),
    "packed and cut": ("x.jsonl.gz", gzip.compress(os.urandom(999).hex().encode())[:500], "cannot be read"),
    "packed and changed": ("x.jsonl.gz", gzip.compress(b"\n" * 999)[:10] + b"\xff" * 30, "cannot be read"),
    "not a page": ("x.html", b"\x00\x01\x02\xff" * 99, "no article text"),
    "page without article": (
        "x.html",
        b"<html><body><img src=x><script>var x</script></body></html>",
        "no article text",
    ),
    "front matter no YAML": ("x.md", b"---\ntitle: [\n---\nMot cau.", "not valid YAML"),
    "front matter tabs": ("x.md", b"---\n\t- a\n\tb: c\n---\nMot cau.", "not valid YAML"),
    "front matter a list": ("x.md", b"---\n- a\n- b\n---\nMot cau.", "not lines of `name: value`"),
    "front matter recursive": ("x.md", b"---\ntitle: &a [*a]\n---\nMot cau.", "not valid YAML"),
    "front matter unhashable": ("x.md", b"---\n? {a: b}\n: c\n---\nMot cau.", "not valid YAML"),
    "front matter deep": ("x.md", b"---\ntitle: " + b"[" * 2000 + b"\n---\nMot cau.", "nested too deeply"),
    "title a list": ("x.md", b"---\ntitle: [a, b]\n---\nMot cau.", "`title` is neither text nor a number"),
    "source a mapping": ("x.md", b"---\nsource: {a: b}\n---\nMot cau.", "`source` is neither text nor a number"),
    "alias bomb": ("x.md", f"---\n{BOMB}title: *m\n---\nMot cau.".encode(), "`title` is neither"),
    "alias bomb as date": ("x.md", f"---\n{BOMB}published: *m\n---\nMot cau.".encode(), "`published` is neither"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_named_and_the_others_go_in(tmp_path: Path, case: str) -> None:
    name, content, reason = BROKEN[case]
    folder = tmp_path / "bài"
    file = written(folder, f"m/{name}", content)
    written(folder, "a.txt", "Trước.")
    written(folder, "z.txt", "Sau.")
    (error,) = errors(folder)
    assert error.place.removesuffix(":1") == str(file)
    assert reason in error.reason
    assert ";" in error.reason, "it does not say what to do"
    assert [each.id for each in articles(folder)] == ["a.txt", "z.txt"]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Ho\u0300a bi\u0300nh.md", "Hòa bình"),
        ("a b?*%#'\".md", "a b?*%#'\""),
        ("dòng\nmới.md", "dòng mới"),
        ("北京 😀.md", "北京 😀"),
        ("v1.2.md", "v1.2"),
    ],
)
def test_odd_names(tmp_path: Path, name: str, title: str) -> None:
    found = only(tmp_path, name, "Một câu.")
    assert found.id == found.source == clean(name)
    assert found.title == title


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_no_text_is_an_error_that_can_be_printed(tmp_path: Path) -> None:
    written(tmp_path, "ok.txt", "Một câu.")
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    file.write_text("Một câu.", encoding="utf-8")
    (error,) = errors(tmp_path)
    str(error).encode()
    assert "rename it" in error.reason
    assert [each.id for each in articles(tmp_path)] == ["ok.txt"]
    assert [str(each) for each in load(file)] == [str(error)]
    file.rename(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png")))
    for each in errors(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png"))):
        str(each).encode()


def test_what_cannot_be_loaded_at_all(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    picture = written(tmp_path, "a.png", b"\x89PNG")
    for path, reason in (
        (tmp_path / "nowhere", "there is no such file or folder"),
        (picture / "x", "there is no such file or folder"),
        (tmp_path / "empty", "the folder holds no articles; known formats are .csv"),
        (picture, "unknown format; known formats are .csv"),
        (tmp_path / ("x" * 300), "cannot be read"),
        (tmp_path / "a\x00b", "cannot be read"),
    ):
        (error,) = load(path)
        assert isinstance(error, DocumentError)
        assert error.place == str(path)
        assert error.reason.startswith(reason)
        assert ";" in error.reason


@given(st.binary(max_size=300), st.sampled_from([suffix for loader in LOADERS for suffix in loader.suffixes]))
def test_any_bytes_give_articles_or_errors(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str
) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    for result in load(written(folder, f"x{suffix}", content)):
        assert isinstance(result, DocumentError) or (isinstance(result, Loaded) and result.article.text)


def test_an_error_keeps_nothing_of_the_file_in_memory(tmp_path: Path) -> None:
    for name, content in (("a.jsonl", "{" * 1000), ("b.md", "---\ntitle: [\n---\n"), ("c.txt", b"\xff")):
        (error,) = errors(written(tmp_path, name, content))
        assert (error.__traceback__, error.__cause__, error.__context__) == (None, None, None)
