from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from rag.documents.formats import Loaded, load, load_again
from rag.documents.passed_over import PassedOver
from rag.errors import DocumentError
from tests.documents.archive_files import packed, zipped
from tests.documents.files import articles, errors, line, written

TEXT = "Cầu Rồng\nDài 666 m.".encode()
KINDS = [".zip", ".tar", ".tar.gz", ".tgz"]


@pytest.mark.parametrize("suffix", KINDS)
def test_each_file_is_read_by_the_loader_of_its_format(tmp_path: Path, suffix: str) -> None:
    lines = line(id="dòng-1", text="Một.") + line(id="dòng-2", text="Hai.")
    content = packed(suffix, ("bài/cầu.txt", TEXT), ("b.MD", b"# Hai\nBa."), ("c.jsonl", lines.encode()))
    written(tmp_path, f"mục/báo{suffix}", content)
    found = articles(tmp_path)
    ids = [f"mục/báo{suffix}/bài/cầu.txt", f"mục/báo{suffix}/b.MD", "dòng-1", "dòng-2"]
    assert [each.id for each in found] == ids
    assert [each.title for each in found] == ["Cầu Rồng", "Hai", "c", "c"]
    assert {each.origin for each in load(tmp_path) if isinstance(each, Loaded)} == {tmp_path / f"mục/báo{suffix}"}


@pytest.mark.parametrize("suffix", KINDS)
def test_a_packed_file_in_it_is_unpacked(tmp_path: Path, suffix: str) -> None:
    written(tmp_path, f"a{suffix}", packed(suffix, ("b.jsonl.gz", gzip.compress(line(id="b", text="Một.").encode()))))
    assert [each.id for each in articles(tmp_path)] == ["b"]


def test_a_place_before_its_beginning_is_damage(tmp_path: Path) -> None:
    content = bytearray(zipped(("a.txt", TEXT)))
    del content[:20]  # places are counted from the end of the table, which moved
    (error,) = errors(written(tmp_path, "a.zip", bytes(content)))
    assert "damaged" in error.reason


def test_its_articles_are_not_named_by_its_path(tmp_path: Path) -> None:
    written(tmp_path, "a.zip", zipped(("a.txt", TEXT)))
    (found,) = load(tmp_path)
    assert isinstance(found, Loaded)
    assert found.part


def test_a_broken_file_loses_no_other(tmp_path: Path) -> None:
    written(tmp_path, "a.zip", zipped(("a.txt", TEXT), ("b.txt", b"\xff"), ("c.jsonl", b"{oh\n"), ("d.txt", TEXT)))
    assert [each.id for each in articles(tmp_path)] == ["a.zip/a.txt", "a.zip/d.txt"]
    places = [error.place for error in errors(tmp_path)]
    assert places == [str(tmp_path / "a.zip/b.txt"), str(tmp_path / "a.zip/c.jsonl:1")]


def test_of_many_broken_files_some_are_named(tmp_path: Path) -> None:
    written(tmp_path, "a.zip", zipped(*((f"{n}.txt", b"\xff") for n in range(25)), ("z.txt", TEXT)))
    assert [each.id for each in articles(tmp_path)] == ["a.zip/z.txt"]
    found = errors(tmp_path)
    assert len(found) == 11
    assert found[-1].reason == "15 more of its files cannot be read; correct them"


def test_an_archive_in_an_archive_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "a.zip", zipped(("in.tar.gz", b""), ("z.txt", TEXT)))
    (error,) = errors(tmp_path)
    assert (error.place, error.reason) == (
        str(tmp_path / "a.zip/in.tar.gz"),
        "is an archive in an archive; unpack the outer one first",
    )


def test_other_formats_are_told_and_hidden_files_are_not(tmp_path: Path) -> None:
    files = (("ảnh.png", b"1"), ("z.txt", TEXT), (".DS_Store", b"1"), ("__MACOSX/z.txt", b"1"), ("a/.b/c.txt", TEXT))
    written(tmp_path, "a.zip", zipped(*files))
    *_, passed = load(tmp_path)
    assert passed == PassedOver(".png", (str(tmp_path / "a.zip/ảnh.png"),))
    assert len([*load(tmp_path)]) == 2


@pytest.mark.parametrize("content", [zipped(), zipped(("a.png", b"1")), b"PK", b""])
def test_without_an_article_it_is_an_error(tmp_path: Path, content: bytes) -> None:
    (error,) = errors(written(tmp_path, "a.zip", content))
    assert error.place == str(tmp_path / "a.zip")
    assert "; " in error.reason


def test_an_article_is_read_again(tmp_path: Path) -> None:
    file = written(tmp_path, "mục/a.zip", zipped(("mục/a.txt", TEXT), ("mục/a.zip.txt", TEXT)))
    for found in load(tmp_path):
        assert isinstance(found, Loaded)
        assert load_again(file, found.article.id) == [found]
    with pytest.raises(DocumentError, match="no longer holds"):
        load_again(file, "mục/a.zip/gone.txt")
