from __future__ import annotations

import json
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from rag.config import ChunkSettings
from rag.errors import CollectionNotFound, DocumentError, UsageError
from rag.index.ingest import ingest, remove, restore
from rag.index.ingest_report import IngestReport
from rag.index.removed_articles import RemovedArticle
from rag.index.sqlite_store import FILE, SqliteStore
from rag.index.store import Manifest
from tests.documents.archive_files import zipped
from tests.documents.office_files import PAGE, book
from tests.doubles import HashEmbedder

SETTINGS = ChunkSettings(size=32, overlap=4)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    put(folder, "a.txt", "Bài a\n\nCầu Rồng dài 666 mét.")
    put(folder, "b/b.md", "# Bài b\n\nGa Hà Nội xây năm 1902.")
    put(folder, "l.jsonl", "".join(json.dumps({"id": name, "text": f"Câu {name}."}) + "\n" for name in "xyz"))
    return folder


@pytest.fixture
def index(tmp_path: Path, docs: Path) -> Path:
    run(tmp_path / "index", docs)
    return tmp_path / "index"


def put(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def run(index: Path, *paths: Path) -> IngestReport:
    return ingest(index, paths, HashEmbedder(), SETTINGS)


def bring_back(index: Path, *ids: str) -> IngestReport:
    return restore(index, ids, HashEmbedder(), SETTINGS)


def held(index: Path) -> set[str]:
    return {article.id for article in SqliteStore(index).articles()}


def remembered(index: Path) -> set[tuple[str, str]]:
    """Those whose files are still there."""
    removed = SqliteStore(index).removed_articles()
    return {(each.article_id, Path(each.origin).name) for each in removed if each.origin}


# Pages with teasers

WITH_TEASERS = {"a.txt", "a.txt#doc-them-1", "a.txt#doc-them-2"}
TAIL = "\n\nĐọc thêm\n\nHầm Hải Vân\n\nHầm dài gần 6,3 km.\n\nCầu Nhật Tân"


@pytest.fixture
def page(docs: Path, index: Path) -> Path:
    file = put(docs, "a.txt", f"Bài a\n\nCầu Rồng dài 666 mét.{TAIL}")
    assert held(index) | {*run(index, docs).added, "a.txt"} >= WITH_TEASERS
    return file


def test_the_teasers_of_a_page_go_and_come_with_it(index: Path, docs: Path, page: Path) -> None:
    remove(index, "a.txt")
    assert not WITH_TEASERS & held(index)
    assert remembered(index) == {("a.txt", "a.txt")}
    report = run(index, docs)
    assert report.left_out == ("a.txt",)
    assert not WITH_TEASERS & held(index)
    assert {*bring_back(index, "a.txt").added} == WITH_TEASERS
    assert held(index) >= WITH_TEASERS
    assert remembered(index) == set()


def test_a_page_that_is_named_comes_back_with_its_teasers(index: Path, docs: Path, page: Path) -> None:
    remove(index, "a.txt")
    run(index, page)
    assert held(index) >= WITH_TEASERS
    assert run(index, docs).left_out == ()


def test_a_teaser_is_removed_by_itself(index: Path, docs: Path, page: Path) -> None:
    remove(index, "a.txt#doc-them-1")
    assert held(index) & WITH_TEASERS == WITH_TEASERS - {"a.txt#doc-them-1"}
    assert run(index, docs).left_out == ("a.txt#doc-them-1",)
    remove(index, "a.txt")
    assert {*bring_back(index, "a.txt").added} == WITH_TEASERS - {"a.txt#doc-them-1"}
    assert bring_back(index, "a.txt#doc-them-1").added == ("a.txt#doc-them-1",)


def test_a_teaser_that_vanished_goes_and_the_page_stays(index: Path, docs: Path, page: Path) -> None:
    put(docs, "a.txt", page.read_text(encoding="utf-8").replace("\n\nCầu Nhật Tân", ""))
    report = run(index, docs)
    assert (report.updated, report.removed) == ((), ("a.txt#doc-them-2",))
    page.unlink()
    assert {*run(index, docs).removed} == {"a.txt", "a.txt#doc-them-1"}


def test_a_page_of_the_same_name_elsewhere_gives_no_teasers(index: Path, page: Path, tmp_path: Path) -> None:
    other = put(tmp_path / "other", "a.txt", f"Bài khác\n\nGa mới.{TAIL}\n\nGa Hà Nội")
    report = run(index, other.parent)
    assert [error.place for error in report.failed] == [str(other)]
    assert (report.added, report.updated) == ((), ())
    assert SqliteStore(index).article("a.txt#doc-them-1").title == "Hầm Hải Vân"  # type: ignore[union-attr]


def test_the_teasers_of_a_removed_page_stay_away_where_it_has_moved(index: Path, docs: Path, page: Path) -> None:
    remove(index, "a.txt")
    page.rename(docs / "c.txt")
    assert run(index, docs).left_out == ("c.txt",)
    docs = docs.rename(docs.with_name("moved"))
    assert run(index, docs).left_out == ("c.txt",)
    assert {each for each in held(index) if "#" in each} == set()
    assert {*bring_back(index, "c.txt").added} == {"c.txt", "c.txt#doc-them-1", "c.txt#doc-them-2"}


def test_of_two_pages_of_one_name_the_first_has_teasers(docs: Path, tmp_path: Path) -> None:
    other = put(tmp_path / "other", "a.txt", f"Bài khác\n\nGa mới.{TAIL}\n\nGa Hà Nội")
    put(docs, "a.txt", f"Bài a\n\nCầu Rồng dài 666 mét.{TAIL}")
    report = run(tmp_path / "both", docs, other.parent)
    assert [error.place for error in report.failed] == [str(other)]
    assert {each for each in report.added if each.startswith("a.txt")} == WITH_TEASERS


def test_an_article_whose_id_only_looks_like_a_teasers_stays(index: Path, docs: Path) -> None:
    put(docs, "l.jsonl", "".join(json.dumps({"id": name, "text": "Một câu."}) + "\n" for name in ("x", "x#1")))
    run(index, docs)
    remove(index, "x")
    assert "x#1" in held(index)


# In the store


def test_a_store_remembers_removed_articles(tmp_path: Path) -> None:
    store = SqliteStore.create(tmp_path, Manifest("hash", "f", 64, 32, 4))
    assert store.removed_articles() == []
    with store.transaction():
        store.put_removed_article(RemovedArticle("a", "/kho/a.txt"))
        store.put_removed_article(RemovedArticle("b", "/kho/b.txt"))
        store.put_removed_article(RemovedArticle("b", "/kho/b.txt"))
    assert store.removed_articles() == [RemovedArticle("a", "/kho/a.txt"), RemovedArticle("b", "/kho/b.txt")]
    with store.transaction():
        store.forget_removed_article(RemovedArticle("a", "/kho/a.txt"))
        store.forget_removed_article(RemovedArticle("b", "/kho/other.txt"))
    assert SqliteStore(tmp_path).removed_articles() == [RemovedArticle("b", "/kho/b.txt")]


def test_a_collection_from_before_texts_were_remembered(docs: Path, index: Path) -> None:
    connection = sqlite3.connect(index / FILE)
    connection.execute("CREATE TABLE removals (id TEXT NOT NULL, origin TEXT NOT NULL, PRIMARY KEY (id, origin))")
    connection.execute("INSERT INTO removals VALUES ('old', '/kho/old.txt')")
    connection.commit()
    connection.close()
    assert SqliteStore(index).removed_articles() == [RemovedArticle("old", "/kho/old.txt")]
    assert run(index, docs).left_out == ()
    remove(index, "a.txt")
    assert run(index, docs).left_out == ("a.txt",)
    assert SqliteStore(index).manifest().format == 2


# The next ingestion


def test_a_removal_holds_against_the_next_ingestion(docs: Path, index: Path) -> None:
    remove(index, ["a.txt", "b/b.md", "y"])
    left = {"x", "z"}
    assert held(index) == left
    for paths in ([docs], [docs, docs], [docs / "b", docs / "l.jsonl", docs]):
        report = run(index, *paths)
        assert (report.added, report.removed, report.failed) == ((), (), ())
        assert set(report.left_out) == {"a.txt", "b/b.md", "y"}
        assert set(report.unchanged) == held(index) == left
    put(docs, "a.txt", "Bài a\n\nKhác hẳn.")
    assert "a.txt" in run(index, docs).left_out
    generation = SqliteStore(index).manifest().generation
    run(index, docs)
    assert SqliteStore(index).manifest().generation == generation


def test_a_file_that_is_named_itself_comes_back(docs: Path, index: Path) -> None:
    remove(index, ["a.txt", "b/b.md", "y"])
    assert run(index, docs / "a.txt").added == ("a.txt",)
    assert run(index, docs / "b" / "b.md").added == ("b.md",), "its id is its path in the folder that is read"
    report = run(index, docs)
    assert (report.added, report.removed, report.left_out) == (("b/b.md",), ("b.md",), ("y",))
    # To name a file of many articles is how they are ingested, not a wish for the one.
    report = run(index, docs / "l.jsonl")
    assert (report.added, report.left_out) == ((), ("y",))
    assert remembered(index) == {("y", "l.jsonl")}


def test_a_removal_is_forgotten_with_its_file(docs: Path, index: Path) -> None:
    remove(index, ["a.txt", "y"])
    (docs / "a.txt").unlink()
    put(docs, "l.jsonl", '{"id": "x", "text": "Câu x."}\n{"id": "z", "text": "Câu z."}\n')
    assert run(index, docs).left_out == ()
    assert remembered(index) == set()
    put(docs, "a.txt", "Bài khác\n\nCùng tên tệp.")
    assert run(index, docs).added == ("a.txt",)


def test_a_removal_is_kept_while_its_file_cannot_be_read(docs: Path, index: Path) -> None:
    remove(index, ["a.txt", "y"])
    before = remembered(index)
    whole = (docs / "a.txt").read_text(encoding="utf-8")
    put(docs, "a.txt", "")
    put(docs, "l.jsonl", '{"id": "x", "text": "Câu x."}\n{"id": "y", "te')
    assert len(run(index, docs).failed) == 2
    assert remembered(index) == before
    put(docs, "a.txt", whole)
    assert run(index, docs).left_out == ("a.txt",)


def test_a_removal_moves_with_its_folder(docs: Path, index: Path) -> None:
    remove(index, ["a.txt", "y"])
    moved = docs.with_name("moved")
    docs.rename(moved)
    assert set(run(index, moved).left_out) == {"a.txt", "y"}
    origins = {each.origin for each in SqliteStore(index).removed_articles() if each.origin}
    assert origins == {str(moved / "a.txt"), str(moved / "l.jsonl")}
    (moved / "a.txt").unlink()
    put(moved, "m.jsonl", (moved / "l.jsonl").read_text(encoding="utf-8"))
    (moved / "l.jsonl").unlink()
    assert run(index, moved).left_out == ("y",)
    assert remembered(index) == {("y", "m.jsonl")}


def test_a_removed_article_stays_away_under_another_name(docs: Path, index: Path) -> None:
    remove(index, "a.txt")
    (docs / "a.txt").rename(docs / "b" / "khác.txt")
    assert run(index, docs).left_out == ("b/khác.txt",)
    assert bring_back(index, "b/khác.txt").added == ("b/khác.txt",)


def test_a_removed_article_stays_away_in_another_folder_that_is_read_later(docs: Path, index: Path) -> None:
    remove(index, ["a.txt", "y"])
    other = docs.with_name("other")
    other.mkdir()
    (docs / "a.txt").rename(other / "c.txt")
    assert run(index, docs).left_out == ("y",)
    with pytest.raises(UsageError, match=r"the file of 'a\.txt' is gone"):
        bring_back(index, "a.txt")
    for _ in range(2):
        report = run(index, other)
        assert (report.added, report.left_out) == ((), ("c.txt",))
    put(other, "c.txt", "Bài c\n\nVăn bản khác.")
    assert run(index, other).left_out == ("c.txt",), "its file is still the one that was removed"
    assert run(index, other / "c.txt").added == ("c.txt",)


def test_a_copy_of_a_removed_article_is_another_article(docs: Path, index: Path) -> None:
    remove(index, "a.txt")
    shutil.copy(docs / "a.txt", docs / "copy.txt")
    report = run(index, docs)
    assert (report.added, report.left_out) == (("copy.txt",), ("a.txt",))


def test_another_file_of_the_same_name_is_another_article(docs: Path, index: Path, tmp_path: Path) -> None:
    remove(index, "a.txt")
    other = put(tmp_path / "other", "a.txt", "Bài khác\n\nKhác hẳn.").parent
    assert run(index, other).added == ("a.txt",)
    report = run(index, docs)
    assert (report.failed, report.left_out) == ((), ("a.txt",))
    assert SqliteStore(index).origin("a.txt") == str(other / "a.txt")
    with pytest.raises(UsageError, match=r"'a\.txt' is taken by"):
        bring_back(index, "a.txt")
    remove(index, "a.txt")
    assert run(index, docs, other).left_out == ("a.txt",)
    shutil.rmtree(docs)
    assert run(index, other).left_out == ("a.txt",)


# Restoring


def test_a_restored_article_is_back_and_stays(docs: Path, index: Path) -> None:
    whole = {each: SqliteStore(index).article(each) for each in held(index)}
    remove(index, ["a.txt", "b/b.md", "y"])
    assert bring_back(index, "b/b.md", "y", "y") == IngestReport(added=("b/b.md", "y"))
    assert {each: SqliteStore(index).article(each) for each in held(index)} == {
        each: article for each, article in whole.items() if each != "a.txt"
    }
    assert restore(index, "a.txt", HashEmbedder(), SETTINGS).added == ("a.txt",)
    report = run(index, docs)
    assert set(report.unchanged) == set(whole)
    assert report.left_out == ()
    assert bring_back(index) == IngestReport()


def test_what_was_not_removed_is_not_restored(docs: Path, index: Path) -> None:
    with pytest.raises(UsageError, match=r"no article 'a\.txt' was removed; nothing was"):
        bring_back(index, "a.txt")
    remove(index, ["a.txt", "y"])
    before = SqliteStore(index).manifest()
    with pytest.raises(UsageError, match=r"no article 'x' was removed; removed were: a\.txt, y"):
        bring_back(index, "a.txt", "x")
    assert SqliteStore(index).manifest() == before
    with pytest.raises(CollectionNotFound):
        bring_back(index.with_name("nowhere"), "a.txt")
    assert not index.with_name("nowhere").exists()


@pytest.mark.parametrize("given", [None, 5, [5], ""])
def test_what_is_no_id_is_refused(index: Path, given: Any) -> None:
    with pytest.raises(UsageError, match="an article's id or a list of ids"):
        restore(index, given, HashEmbedder(), SETTINGS)


def test_what_its_file_no_longer_holds_cannot_be_restored(docs: Path, index: Path) -> None:
    remove(index, ["a.txt", "y", "z"])
    (docs / "a.txt").unlink()
    put(docs, "l.jsonl", '{"id": "x", "text": "Câu x."}\n{"id": "z", "text": "Câu z."}\n{"id')
    with pytest.raises(DocumentError, match=r"a\.txt: cannot be read \(No such file"):
        bring_back(index, "z", "a.txt")
    with pytest.raises(DocumentError, match=r"l\.jsonl: no longer holds the article 'y'"):
        bring_back(index, "y")
    assert held(index) == {"x", "b/b.md"}
    assert bring_back(index, "z").added == ("z",)


# Parts of files


def test_a_chapter_that_was_removed_stays_away_and_comes_back_alone(tmp_path: Path) -> None:
    docs, index = tmp_path / "docs", tmp_path / "index"
    file = docs / "kệ" / "sách.epub"
    file.parent.mkdir(parents=True)
    file.write_bytes(book({"a.xhtml": PAGE.format("<p>Một.</p>"), "b.xhtml": PAGE.format("<p>Hai.</p>")}))
    run(index, docs)
    first, second = "kệ/sách.epub/a.xhtml", "kệ/sách.epub/b.xhtml"
    assert held(index) == {first, second}
    remove(index, [first])
    for path in (docs, file):
        report = run(index, path)
        assert len(report.left_out) == 1
        assert {each.rpartition("/")[2] for each in held(index)} == {"b.xhtml"}
    run(index, docs)
    assert bring_back(index, first).added == (first,)
    assert held(index) == {first, second}


def test_a_teaser_in_an_archive_stays_away_below_another_folder(tmp_path: Path) -> None:
    index, docs = tmp_path / "index", tmp_path / "docs"
    page = f"Bài a\n\nCầu Rồng dài 666 mét.{TAIL}".encode()
    docs.mkdir()
    (docs / "z.zip").write_bytes(zipped(("p/a.txt", page)))
    run(index, docs)
    remove(index, "z.zip/p/a.txt#doc-them-1")
    assert {*run(index, tmp_path).added} == {"docs/z.zip/p/a.txt", "docs/z.zip/p/a.txt#doc-them-2"}


def test_an_archive_in_a_folder_of_its_name_is_read_again(tmp_path: Path) -> None:
    index, folder = tmp_path / "index", tmp_path / "docs" / "t.zip"
    folder.mkdir(parents=True)
    (folder / "t.zip").write_bytes(zipped(("a.txt", "Bài a\n\nCâu a.".encode())))
    run(index, folder.parent)
    remove(index, "t.zip/t.zip/a.txt")
    assert bring_back(index, "t.zip/t.zip/a.txt").added == ("t.zip/t.zip/a.txt",)


def test_many_removed_articles_of_one_file_are_passed_by_quickly(index: Path, tmp_path: Path) -> None:
    ids = [f"nhiều-{number}" for number in range(1000)]
    file = put(tmp_path / "many", "m.jsonl", "".join(json.dumps({"id": each, "text": each}) + "\n" for each in ids))
    run(index, file.parent)
    remove(index, ids)
    start = time.process_time()
    assert len(run(index, file.parent).left_out) == len(ids)
    assert time.process_time() - start < 4  # 0.4 s; 8 s when each is compared with all others


def test_two_books_of_one_name_do_not_take_each_others_place(tmp_path: Path) -> None:
    index = tmp_path / "index"
    for folder, text in (("a", "Một."), ("b", "Hai.")):
        file = tmp_path / folder / "sách.epub"
        file.parent.mkdir()
        file.write_bytes(book({"a.xhtml": PAGE.format(f"<p>{text}</p>")}))
    run(index, tmp_path / "a" / "sách.epub")
    report = run(index, tmp_path / "b" / "sách.epub")
    assert "is taken by" in str(report.failed[0])
    article = SqliteStore(index).article("sách.epub/a.xhtml")
    assert article is not None
    assert article.text == "Một."
