"""Files that hold what they held are not read again, and nothing else comes of it than of reading them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.config import ChunkSettings
from rag.documents import bounded_reading, file_state, formats
from rag.index.ingest import ingest, remove, restore
from rag.index.ingest_report import IngestReport
from rag.index.sqlite_store import FILE, SqliteStore
from tests.documents.archive_files import zipped
from tests.documents.files import line, written
from tests.doubles import HashEmbedder

SETTINGS = ChunkSettings(size=32, overlap=4)
Run = Callable[..., IngestReport]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read, since it was emptied."""
    found: list[str] = []
    original = bounded_reading.read

    def watched(loader: Any, content: Any, name: str, **more: Any) -> Iterator[Any]:
        found.append(name)
        return original(loader, content, name, **more)

    monkeypatch.setattr(formats, "read", watched)
    return found


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of files, on a file system on which time passes between two changes."""
    monkeypatch.setattr(file_state, "_SETTLED_NS", -(10**18))
    written(tmp_path, "docs/a.txt", "Bài a\n\nCầu Rồng dài 666 mét.")
    written(tmp_path, "docs/b.jsonl", line(id="x", text="Một.") + line(id="y", text="Hai."))
    written(tmp_path, "docs/c/c.md", "# Bài c\n\nGa Hà Nội xây năm 1902.")
    return tmp_path / "docs"


@pytest.fixture
def run(tmp_path: Path, names: list[str]) -> Run:
    def ingested(*paths: Path) -> IngestReport:
        names.clear()
        return ingest(tmp_path / "index", paths, HashEmbedder(), SETTINGS)

    return ingested


def test_what_changed_is_read_and_nothing_else(docs: Path, run: Run, names: list[str]) -> None:
    assert run(docs).added == ("a.txt", "x", "y", "c/c.md")
    assert names == ["a.txt", "b.jsonl", "c/c.md"]
    assert run(docs) == IngestReport(unchanged=("a.txt", "c/c.md", "x", "y"))
    assert names == []
    written(docs, "b.jsonl", line(id="x", text="Một.") + line(id="z", text="Ba."))
    (docs / "c/c.md").unlink()
    assert run(docs) == IngestReport(added=("z",), unchanged=("a.txt", "x"), removed=("y", "c/c.md"))
    assert names == ["b.jsonl"]
    assert run(docs, docs / "a.txt") == IngestReport(unchanged=("a.txt", "x", "z"))
    assert names == []


def test_content_decides_and_not_the_time(docs: Path, run: Run, names: list[str]) -> None:
    run(docs)
    os.utime(docs / "a.txt", (1, 1))
    assert run(docs).updated == ()
    assert names == []
    before = (docs / "a.txt").stat()
    written(docs, "a.txt", "Bài a\n\nCầu Rồng dài 777 mét.")
    os.utime(docs / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert run(docs).updated == ("a.txt",)


def test_what_was_written_just_now_may_be_written_again_within_one_tick(
    docs: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_state, "_SETTLED_NS", 10**18)
    run(docs)
    stamp = (docs / "a.txt").stat()

    def frozen(path: Path, **more: Any) -> os.stat_result:
        return stamp if path.name == "a.txt" else stat(path, **more)

    stat = Path.stat
    written(docs, "a.txt", "Bài a\n\nCầu Rồng dài 777 mét.")
    monkeypatch.setattr(Path, "stat", frozen)
    assert run(docs).updated == ("a.txt",)


def test_a_new_version_of_the_readers_reads_everything(
    docs: Path, run: Run, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(docs)
    monkeypatch.setattr(file_state, "readers", lambda: "another")
    assert run(docs) == IngestReport(unchanged=("a.txt", "c/c.md", "x", "y"))
    assert names == ["a.txt", "b.jsonl", "c/c.md"]


def test_under_another_name_it_is_another_article(docs: Path, run: Run, names: list[str]) -> None:
    run(docs)
    report = run(docs.parent)
    assert report.added == ("docs/a.txt", "docs/c/c.md")
    assert report.removed == ("a.txt", "c/c.md")
    assert names == ["docs/a.txt", "docs/b.jsonl", "docs/c/c.md"]


def test_what_was_removed_by_its_id_stays_away_and_comes_back(docs: Path, run: Run, tmp_path: Path) -> None:
    run(docs)
    remove(tmp_path / "index", ["a.txt", "x"])
    for _ in range(2):
        report = run(docs)
        assert report.left_out == ("a.txt", "x")
        assert report.unchanged == ("c/c.md", "y")
    restore(tmp_path / "index", "x", HashEmbedder(), SETTINGS)
    assert run(docs).left_out == ("a.txt",)
    assert run(docs / "a.txt").added == ("a.txt",)
    assert run(docs) == IngestReport(unchanged=("a.txt", "c/c.md", "x", "y"))


def test_what_is_wrong_in_a_file_is_told_each_time(docs: Path, run: Run, names: list[str]) -> None:
    written(docs, "d.jsonl", line(id="d", text="Bốn.") + "{}\n")
    written(docs, "e.zip", zipped(("e.txt", "Năm.".encode()), ("e.png", b"PNG")))
    first, second = run(docs), run(docs)
    assert first.passed_over
    assert (first.failed[0].place, [str(each) for each in first.passed_over]) == (
        second.failed[0].place,
        [str(each) for each in second.passed_over],
    )
    assert names == ["d.jsonl", "e.zip"]


def test_an_id_that_another_file_takes_is_told_whichever_is_read(docs: Path, run: Run) -> None:
    run(docs)
    later = written(docs, "d.jsonl", line(id="y", text="Hai khác."))
    for _ in range(2):
        report = run(docs)
        assert [(each.place, "same id 'y'" in each.reason) for each in report.failed] == [(str(later), True)]
        assert "y" in report.unchanged
    later.unlink()
    written(docs, "a0.jsonl", line(id="y", text="Hai sớm."))
    report = run(docs)
    assert [each.place for each in report.failed] == [str(docs / "b.jsonl")]
    assert report.updated == ("y",)


def test_a_damaged_article_is_read_again(docs: Path, run: Run, tmp_path: Path) -> None:
    run(docs)
    with sqlite3.connect(tmp_path / "index" / FILE) as connection:
        connection.create_function("sha256", 1, lambda _: "")
        connection.execute("DROP TRIGGER file_update")
        connection.execute("UPDATE articles SET text = 'Cầu Rồng dài 999 mét.' WHERE id = 'a.txt'")
    connection.close()
    assert run(docs).updated == ("a.txt",)
    article = SqliteStore(tmp_path / "index").article("a.txt")
    assert article is not None
    assert "666" in article.text


def test_a_file_of_two_names(docs: Path, run: Run) -> None:
    (docs / "link.txt").symlink_to(docs / "a.txt")
    run(docs)
    assert run(docs).unchanged == ("a.txt", "c/c.md", "link.txt", "x", "y")
    (docs / "link.txt").unlink()
    assert run(docs).removed == ("link.txt",)
    assert run(docs).unchanged == ("a.txt", "c/c.md", "x", "y")


def test_where_states_cannot_be_kept_articles_are_and_the_files_are_read_again(
    docs: Path, run: Run, names: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run(docs)
    with sqlite3.connect(tmp_path / "index" / FILE) as connection:
        full = "SELECT RAISE(ABORT, 'disk is full')"
        connection.execute(f"CREATE TRIGGER full BEFORE INSERT ON files BEGIN {full}; END")
    connection.close()
    written(docs, "a.txt", "Bài a\n\nCầu Rồng dài 777 mét.")
    assert run(docs) == IngestReport(updated=("a.txt",), unchanged=("c/c.md", "x", "y"))
    assert "the files will be read again next time: " in caplog.text
    assert "disk is full" in caplog.text
    assert run(docs) == IngestReport(unchanged=("a.txt", "c/c.md", "x", "y"))
    assert names == ["a.txt"]
