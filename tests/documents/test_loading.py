from __future__ import annotations

import gzip
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents import loading as documents
from rag.documents.files import PassedOver
from rag.documents.loading import Article, Loaded, load
from rag.errors import DocumentError
from rag.text.normalize import clean
from tests.strategies import texts

CORPUS = Path(__file__).parents[1] / "corpus"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
)


def articles(path: Path) -> list[Article]:
    return [each.article for each in load(path) if isinstance(each, Loaded)]


def errors(path: Path) -> list[DocumentError]:
    return [each for each in load(path) if isinstance(each, DocumentError)]


def written(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def only(folder: Path, name: str, content: str | bytes) -> Article:
    """The one article of a file, read by itself."""
    (found,) = load(written(folder, name, content))
    assert isinstance(found, Loaded), found
    assert found.origin == (folder / name).resolve()
    return found.article


def line(**fields: Any) -> str:
    return json.dumps(fields, ensure_ascii=False) + "\n"


# Formats


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


def test_text(tmp_path: Path) -> None:
    found = only(tmp_path, "bài.txt", "\ufeffTiêu đề\r\n\r\nDòng một của bài.\rDòng hai.")
    expected = Article("bài.txt", "Tiêu đề", "Dòng một của bài.\nDòng hai.", "bài.txt", None, "vi")
    assert found == expected


def test_text_of_one_line_or_with_a_long_first_line_keeps_it(tmp_path: Path) -> None:
    assert only(tmp_path, "a.txt", "Chỉ một dòng.").text == "Chỉ một dòng."
    long = "Một đoạn dài. " * 30
    found = only(tmp_path, "b.txt", f"{long}\nHết.")
    assert found.text == f"{long.strip()} \nHết."
    assert len(found.title) <= 250


def test_markdown(tmp_path: Path) -> None:
    head = "title: Cầu Rồng\r\nsource: https://bao.example/cau\r\npublished: 2013-03-29\r\nlanguage: vi-VN\r\n"
    body = "Cầu **dài** `666 m`, xem [ảnh](x.png) và ![hình](y.png).\r\n\r\n> Trích\r\n- mục\r\n"
    content = f"---\r\n{head}---\r\n# Cầu Rồng\r\n\r\n{body}"
    assert only(tmp_path, "cau.md", content) == Article(
        "cau.md",
        "Cầu Rồng",
        "Cầu dài 666 m, xem ảnh và hình.\n\nTrích\nmục",
        "https://bao.example/cau",
        "2013-03-29",
        "vi",
    )


def test_markdown_without_front_matter_takes_its_heading(tmp_path: Path) -> None:
    found = only(tmp_path, "a.md", "# Tiêu đề\n\nMột câu.\n\n# Mục\n\nHai câu.")
    assert (found.title, found.text) == ("Tiêu đề", "Một câu.\n\nMục\n\nHai câu.")
    assert only(tmp_path, "b.md", "Một câu.").title == "b"


@pytest.mark.parametrize(
    ("typed", "title", "language"),
    [
        ("title: 1.10\nlanguage: no", "1.10", "no"),
        ("title: No", "No", "vi"),
        ("title: 2024-01-01", "2024-01-01", "vi"),
        ("title: 0123", "0123", "vi"),
        ("title: null\nlanguage: ~", "a", "vi"),
        ("title:\nlanguage:", "a", "vi"),
        ("title: 'Hai: ba'", "Hai: ba", "vi"),
        ("title: Ho\u0300a", "Hòa", "vi"),
    ],
)
def test_front_matter_is_taken_as_typed(tmp_path: Path, typed: str, title: str, language: str) -> None:
    found = only(tmp_path, "a.md", f"---\n{typed}\n---\nCầu được xây ở Đà Nẵng.")
    assert (found.title, found.language) == (title, language)


def test_html(tmp_path: Path) -> None:
    body = "<p>Cây cầu bắc qua sông Hàn được khánh thành và đưa vào sử dụng.</p>" * 6
    page = (
        '<html lang="vi"><head><title>Cầu Rồng</title>'
        '<meta property="article:published_time" content="2013-03-29T08:00"><script>var x=1</script></head>'
        f"<body><nav>Trang chủ</nav><article><h1>Cầu Rồng</h1>{body}</article></body></html>"
    )
    found = only(tmp_path, "cau.HTM", page)
    assert found.title == "Cầu Rồng"
    assert "bắc qua sông Hàn" in found.text
    assert "var x" not in found.text
    assert (found.published, found.language) == ("2013-03-29", "vi")


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "A.JSONL", "A.JSONL.GZ"])
def test_json_lines(tmp_path: Path, name: str) -> None:
    content = "\ufeff" + line(id=7, text="Một câu.", title=2024, published=20240907) + "\n  \n"
    content += line(id=" b ", text="Hai câu.\r\n", source="s", language="EN_us", other=[1])
    data = content.encode()
    file = written(tmp_path, name, gzip.compress(data) if name.lower().endswith("gz") else data)
    assert errors(file) == []
    one, two = articles(file)
    assert (one.id, one.title, one.text, one.source, one.published) == ("7", "2024", "Một câu.", "7", "2024-09-07")
    assert (two.id, two.text, two.source, two.published, two.language) == ("b", "Hai câu.", "s", None, "en")


@pytest.mark.parametrize(
    ("typed", "published"),
    [
        ("2024-09-07", "2024-09-07"),
        ("2024-09-07T23:30:00+07:00", "2024-09-07"),
        ("2024-09-07T23:30:00Z", "2024-09-07"),
        ("2024-09-07 08:15", "2024-09-07"),
        ("20240907", "2024-09-07"),
        ("  2024-09-07 ", "2024-09-07"),
        ("", None),
        (None, None),
    ],
)
def test_dates(tmp_path: Path, typed: str | None, published: str | None) -> None:
    assert only(tmp_path, "a.jsonl", line(id="a", text="Một câu.", published=typed)).published == published
    assert only(tmp_path, "a.md", f"---\npublished: {typed or ''}\n---\nMột câu.").published == published


@pytest.mark.parametrize("typed", ["31/02/2024", "2024-13-01", "2024-02-30", "hôm qua", "2024", "0000-01-01"])
def test_other_dates_are_errors(tmp_path: Path, typed: str) -> None:
    for name, content in (
        ("a.jsonl", line(id="a", text="Một câu.", published=typed)),
        ("a.md", f"---\npublished: {typed}\n---\nMột câu."),
    ):
        (error,) = errors(written(tmp_path, name, content))
        assert "`published` is not a date such as 2024-09-07" in error.reason


def test_utf_16_with_its_mark_is_read(tmp_path: Path) -> None:
    for encoding in ("utf-16", "utf-16-be"):
        content = ("\ufeff" if encoding.endswith("be") else "") + "Tiêu đề\r\nĐoạn văn."
        assert only(tmp_path, "a.txt", content.encode(encoding)).text == "Đoạn văn."


@given(title=texts, text=texts, source=texts)
def test_any_json_text_is_stored_clean_or_refused(
    tmp_path_factory: pytest.TempPathFactory, title: str, text: str, source: str
) -> None:
    folder = tmp_path_factory.mktemp("json")
    (result,) = load(written(folder, "a.jsonl", line(id="a", title=title, text=text, source=source)))
    if isinstance(result, DocumentError):
        assert not any(map(str.isalnum, clean(text)))
        return
    assert isinstance(result, Loaded)
    found = result.article
    assert found.text == clean(text).strip()
    assert found.title == " ".join(clean(title).split()) or found.title == "a"
    assert found.title == clean(found.title)
    assert found.source == clean(found.source)


# What is broken


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
    "UTF-16 without its mark": ("x.txt", "Tiêu đề\nvăn".encode("utf-16-le"), "is not"),
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
    "front matter deep": ("x.md", b"---\ntitle: " + b"[" * 9999 + b"\n---\nMot cau.", "nested too deeply"),
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


BROKEN_LINES = {
    "not JSON": ('{"id": "x", "text": ', "not valid JSON"),
    "no object": ("[1, 2]", "not an object with a `text`"),
    "null": ("null", "not an object with a `text`"),
    "no text": (line(id="x"), "not an object with a `text`"),
    "text a number": (line(id="x", text=3), "not an object with a `text`"),
    "text a list": (line(id="x", text=["a"]), "not an object with a `text`"),
    "empty text": (line(id="x", text=" \n"), "is empty"),
    "no id": (line(text="Một câu."), "no `id`"),
    "id null": (line(id=None, text="Một câu."), "no `id`"),
    "id blank": (line(id=" ", text="Một câu."), "no `id`"),
    "id unseen": (line(id="\u200b", text="Một câu."), "no `id`"),
    "id a list": (line(id=["x"], text="Một câu."), "`id` is neither"),
    "id true": (line(id=True, text="Một câu."), "`id` is neither"),
    "title an object": (line(id="x", text="Một câu.", title={"a": 1}), "`title` is neither"),
    "language a list": (line(id="x", text="Một câu.", language=["vi"]), "`language` is neither"),
    "date a list": (line(id="x", text="Một câu.", published=[2024]), "`published` is neither"),
    "nested": ("[" * 200_000, "not valid JSON"),
    "nested text": ('{"id": "x", "text": ' + "[" * 200_000, "not valid JSON"),
    "huge number": ('{"id": ' + "9" * 5000 + ', "text": "a"}', "not valid JSON"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("case", BROKEN_LINES)
def test_a_broken_line_is_named_and_the_others_go_in(tmp_path: Path, case: str, packed: bool) -> None:
    broken, reason = BROKEN_LINES[case]
    content = (line(id="a", text="Trước.") + broken.strip() + "\n" + line(id="z", text="Sau.")).encode()
    file = written(tmp_path, "x.jsonl.gz" if packed else "x.jsonl", gzip.compress(content) if packed else content)
    (error,) = errors(file)
    assert error.place == f"{file}:2"
    assert reason in error.reason
    assert ";" in error.reason
    assert str(error) == f"{error.place}: {error.reason}"
    assert [each.id for each in articles(file)] == ["a", "z"]


def test_a_line_in_another_encoding_is_named(tmp_path: Path) -> None:
    content = (
        line(id="a", text="Trước.").encode() + b'{"id": "x", "text": "caf\xe9"}\n' + line(id="z", text="Sau.").encode()
    )
    file = written(tmp_path, "x.jsonl", content)
    assert [error.place for error in errors(file)] == [f"{file}:2"]
    assert [each.id for each in articles(file)] == ["a", "z"]


def test_what_a_cut_packed_file_still_holds_goes_in(tmp_path: Path) -> None:
    content = "".join(line(id=number, text=f"Câu {number} {os.urandom(40).hex()}.") for number in range(500))
    file = written(tmp_path, "x.jsonl.gz", gzip.compress(content.encode())[:-9000])
    assert 10 < len(articles(file)) < 500
    assert [error.place for error in errors(file)] == [str(file)]


def test_lone_surrogates_in_json_are_left_out(tmp_path: Path) -> None:
    found = only(
        tmp_path, "x.jsonl", '{"id": "a\\ud800", "title": "t\\udfff", "text": "Một \\ud83d câu.", "source": "\\ud800s"}'
    )
    assert (found.id, found.title, found.text, found.source) == ("a", "t", "Một  câu.", "s")


def test_too_large_files_and_lines_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_FILE_BYTES", 1000)
    monkeypatch.setattr(documents, "MAX_COLLECTION_BYTES", 3000)
    for name, content in (
        ("a.txt", b"a " * 600),
        ("line.jsonl.gz", gzip.compress(b"a" * 100_000)),
        ("all.jsonl.gz", gzip.compress(line(id="a", text="Một câu.").encode() * 999)),
    ):
        found = errors(written(tmp_path, name, content))
        assert [error.place for error in found] == [str(tmp_path / name)]
        assert "split it" in found[0].reason


def test_a_page_nested_deeply_ends(tmp_path: Path) -> None:
    file = written(tmp_path, "a.html", "<div>" * 20_000 + "Xin chào." + "</div>" * 20_000)
    assert len(list(load(file))) == 1


@pytest.mark.parametrize("unit", ["[", "![", "**a ", "`", "__", "](", "# ", "> ", "* "])
def test_time_grows_with_the_markdown_only(tmp_path: Path, unit: str) -> None:
    file = written(tmp_path, "a.md", unit * 30_000 + "hết")
    begun = time.process_time()
    list(load(file))
    assert time.process_time() - begun < 5


# Files and folders


def test_a_folder_is_read_in_path_order_and_ids_are_its_paths(tmp_path: Path) -> None:
    for name in ("z.txt", "a/b.md", "a/a.txt", "Đ.txt"):
        written(tmp_path, name, "Một câu.")
    written(tmp_path, "c.pdf", b"%PDF")
    written(tmp_path, "notes", b"a")
    assert [each.id for each in articles(tmp_path)] == ["a/a.txt", "a/b.md", "z.txt", "Đ.txt"]
    assert errors(tmp_path) == []


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    for name in (".a.txt", ".git/a.txt", "b/.c/d.txt", "ok.txt"):
        written(tmp_path, name, "Một câu.")
    assert [each.id for each in articles(tmp_path)] == ["ok.txt"]
    assert only(tmp_path, ".a.txt", "Một câu.").id == ".a.txt"


def test_a_hidden_folder_above_does_not_hide(tmp_path: Path) -> None:
    written(tmp_path, ".kho/a.txt", "Một câu.")
    assert [each.id for each in articles(tmp_path / ".kho")] == ["a.txt"]


def test_links_out_of_the_folder_are_left_out(tmp_path: Path) -> None:
    secret = written(tmp_path, "secret/s.txt", "Bí mật.")
    inside = written(tmp_path, "in/a.txt", "Một câu.")
    (inside.parent / "file.txt").symlink_to(secret)
    (inside.parent / "folder").symlink_to(secret.parent, target_is_directory=True)
    (inside.parent / "dead.txt").symlink_to(tmp_path / "nowhere.txt")
    (inside.parent / "loop.txt").symlink_to(inside.parent / "loop.txt")
    (inside.parent / "up").symlink_to(tmp_path, target_is_directory=True)
    (inside.parent / "same.txt").symlink_to(inside)
    assert [each.id for each in articles(inside.parent)] == ["a.txt", "same.txt"]
    assert errors(inside.parent) == []


def test_a_folder_named_like_a_file_is_a_folder(tmp_path: Path) -> None:
    written(tmp_path, "a.txt/b.txt", "Một câu.")
    assert [each.id for each in articles(tmp_path)] == ["a.txt/b.txt"]


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
    file.rename(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.pdf")))
    for each in errors(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.pdf"))):
        str(each).encode()


def test_what_cannot_be_loaded_at_all(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    pdf = written(tmp_path, "a.pdf", b"%PDF")
    for path, reason in (
        (tmp_path / "nowhere", "there is no such file or folder"),
        (pdf / "x", "there is no such file or folder"),
        (tmp_path / "empty", "the folder holds no articles; known formats are .htm"),
        (pdf, "unknown format; known formats are .htm"),
        (tmp_path / ("x" * 300), "cannot be read"),
        (tmp_path / "a\x00b", "cannot be read"),
    ):
        (error,) = load(path)
        assert isinstance(error, DocumentError)
        assert error.place == str(path)
        assert error.reason.startswith(reason)
        assert ";" in error.reason


def forbidden(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, place: Path) -> None:
    """Refuse one path, as a system does to a user without the right; a test that runs as root has every right."""
    original: Callable[..., Any] = getattr(owner, name)

    def refuse(path: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(path, int) and Path(path) == place:
            raise PermissionError(13, "Permission denied", str(path))
        return original(path, *args, **kwargs)

    monkeypatch.setattr(owner, name, refuse)


def test_a_folder_that_cannot_be_read_is_an_error_and_the_others_go_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a/a.txt", "b/b.txt", "c/c.txt"):
        written(tmp_path, name, "Một câu.")
    forbidden(monkeypatch, os, "scandir", tmp_path / "b")
    (error,) = errors(tmp_path)
    assert error.place == str(tmp_path / "b")
    assert error.reason.startswith("cannot be read (Permission denied); check")
    assert [each.id for each in articles(tmp_path)] == ["a/a.txt", "c/c.txt"]


def test_the_folder_itself_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbidden(monkeypatch, os, "scandir", tmp_path)
    assert [(error.place, "cannot be read" in error.reason) for error in errors(tmp_path)] == [(str(tmp_path), True)]


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.txt", "b.txt", "c.jsonl"):
        written(tmp_path, name, line(id="c", text="Một câu."))
    forbidden(monkeypatch, Path, "read_bytes", tmp_path / "a.txt")
    forbidden(monkeypatch, Path, "open", tmp_path / "c.jsonl")
    assert [error.place for error in errors(tmp_path)] == [str(tmp_path / "a.txt"), str(tmp_path / "c.jsonl")]
    assert [each.id for each in articles(tmp_path)] == ["b.txt"]


def test_files_of_unknown_formats_are_told_by_format(tmp_path: Path) -> None:
    for name in ("a.txt", "b/c.PDF", "a.pdf", "d.docx", "Makefile", ".e.pdf", ".git/f.pdf", "g.csv.gz"):
        written(tmp_path, name, "Một câu.")
    (tmp_path / "out.pdf").symlink_to("/etc/hostname")
    told = [each for each in load(tmp_path) if isinstance(each, PassedOver)]
    assert told == [
        PassedOver("", (str(tmp_path / "Makefile"),)),
        PassedOver(".docx", (str(tmp_path / "d.docx"),)),
        PassedOver(".gz", (str(tmp_path / "g.csv.gz"),)),
        PassedOver(".pdf", (str(tmp_path / "a.pdf"), str(tmp_path / "b/c.PDF"))),
    ]
    assert [each.id for each in articles(tmp_path)] == ["a.txt"]
    assert errors(tmp_path) == []


@pytest.mark.parametrize(
    ("suffix", "files", "said"),
    [
        (".pdf", ("a.pdf",), "1 .pdf file passed over: this format is not read yet (a.pdf)"),
        ("", ("a", "b"), "2 files without a suffix passed over: this format is not read yet (a, b)"),
        (".x", tuple("abcde"), "5 .x files passed over: this format is not read yet (a, b, c and 2 more)"),
    ],
)
def test_what_is_passed_over_says_so(suffix: str, files: tuple[str, ...], said: str) -> None:
    assert str(PassedOver(suffix, files)) == said


def test_a_folder_of_unknown_formats_alone_is_an_error_that_names_them(tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf", "c.docx"):
        written(tmp_path, name, "x")
    (error,) = errors(tmp_path)
    assert error.place == str(tmp_path)
    assert error.reason.startswith(
        "the folder holds no articles, only 1 .docx file, 2 .pdf files; known formats are .h"
    )


def test_a_name_that_is_no_text_can_be_printed_when_it_is_passed_over(tmp_path: Path) -> None:
    if sys.platform == "darwin":
        pytest.skip("its file system refuses such names")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.p\xe9f")).write_bytes(b"x")
    (told,) = (each for each in load(tmp_path) if isinstance(each, PassedOver))
    f"{told}{told.suffix}{told.files}".encode()


@given(st.binary(max_size=300), st.sampled_from(sorted(documents.LOADERS)))
def test_any_bytes_give_articles_or_errors(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str
) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    for result in load(written(folder, f"x{suffix}", content)):
        assert isinstance(result, DocumentError) or (isinstance(result, Loaded) and result.article.text)


@pytest.mark.parametrize("typed", ["7/9/2024", "07/09/2024", "07-09-2024", "2024-09-07", "2024-09-07T08:00:00+07:00"])
def test_the_day_may_come_first(tmp_path: Path, typed: str) -> None:
    (tmp_path / "a.md").write_text(f"---\npublished: {typed}\n---\nMột câu.", encoding="utf-8")
    (loaded,) = load(tmp_path)
    assert isinstance(loaded, Loaded)
    assert loaded.article.published == "2024-09-07"
