"""Damage to the database of a collection: told by reading it, never answered from, and mended by ingesting again."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rag.config import ChunkSettings
from rag.documents.article import Article
from rag.errors import CollectionError
from rag.index.filter import EVERYTHING
from rag.index.ingest import ingest, remove, restore
from rag.index.integrity import Integrity, integrity
from rag.index.snapshot import Collection
from rag.index.sqlite_store import FILE, SqliteStore
from rag.index.store import StoredChunk
from rag.query.query import make_query
from rag.retrieval.candidates import find_candidates
from tests.doubles import HashEmbedder, MemoryStore

SETTINGS = ChunkSettings(size=32, overlap=4)
WHOLE = Integrity((), (), 0)
# Each changes something of the article cau.txt alone.
DAMAGES = {
    "text": "UPDATE articles SET text = replace(text, '666', '667') WHERE id = 'cau.txt'",
    "title": "UPDATE articles SET title = 'Cầu Hổ' WHERE id = 'cau.txt'",
    "date": "UPDATE articles SET published = '2001-01-01' WHERE id = 'cau.txt'",
    "source": "UPDATE articles SET source = 'x' WHERE id = 'cau.txt'",
    "not Unicode": "UPDATE articles SET text = CAST(x'ff' || text AS TEXT) WHERE id = 'cau.txt'",
    "head": "UPDATE chunks SET head = 'x' WHERE id = 1",
    "start": "UPDATE chunks SET start = start + 1 WHERE id = 1",
    "end": 'UPDATE chunks SET "end" = "end" - 1 WHERE id = 1',
    "key": "UPDATE chunks SET key = 'x' WHERE id = 1",
    "vector": "UPDATE vectors SET vector = zeroblob(length(vector)) WHERE key = (SELECT key FROM chunks WHERE id = 1)",
    "origin": "UPDATE articles SET origin = '/elsewhere/cau.txt' WHERE id = 'cau.txt'",
    "no vector": "DELETE FROM vectors WHERE key = (SELECT key FROM chunks WHERE id = 1)",
}


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "cau.txt").write_text("Cầu Rồng\n\n" + "Cầu Rồng dài 666 mét. " * 30, encoding="utf-8")
    (folder / "ga.txt").write_text("Ga Hà Nội\n\n" + "Ga xây năm 1902. " * 30, encoding="utf-8")
    return folder


@pytest.fixture
def index(tmp_path: Path, docs: Path) -> Path:
    folder = tmp_path / "index"
    ingest(folder, [docs], HashEmbedder(), SETTINGS)
    return folder


def execute(index: Path, *statements: str) -> None:
    connection = sqlite3.connect(index / FILE)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def all_of(
    index: Path, ids: Sequence[int] = ()
) -> tuple[list[Article | None], list[Article], list[StoredChunk], list[list[float]]]:
    """What answers are made of; the chunks of those `ids` that an index has found, or of all articles."""
    store = SqliteStore(index)
    try:
        ids = ids or store.ids_of(["cau.txt", "ga.txt"])
        found = store.chunks(ids)
        if len(found) < len(ids):
            raise CollectionError("as `rag.retrieval.candidates` says")
        chunks = [*found.values()]
        articles = [store.article(name) for name in ("cau.txt", "ga.txt")]
        return articles, store.articles(), chunks, store.vectors()[1].tolist()
    finally:
        store.close()


def test_damaged_sentences_are_told_left_out_and_made_again(index: Path, docs: Path) -> None:
    execute(
        index,
        "UPDATE sentences SET packed = zeroblob(length(packed)) WHERE key = (SELECT key FROM chunks WHERE id = 1)",
    )
    assert integrity(index) == replace(WHOLE, articles=("cau.txt",))
    store = SqliteStore(index)
    assert [*store.sentences(store.ids_of(["cau.txt"])[:1])] == []
    assert [*store.sentences(store.ids_of(["ga.txt"]))] == store.ids_of(["ga.txt"])
    store.close()
    ingest(index, [docs], HashEmbedder(), SETTINGS)
    assert integrity(index) == WHOLE


def test_a_collection_without_sentences_gets_them_with_its_next_change(index: Path, docs: Path) -> None:
    execute(index, "DROP TABLE sentences")
    assert integrity(index) == WHOLE
    (docs / "ga.txt").write_text("Ga\n\nGa mới.", encoding="utf-8")
    ingest(index, [docs], HashEmbedder(), SETTINGS)
    store = SqliteStore(index)
    assert [*store.sentences(store.ids_of(["ga.txt"]))] == store.ids_of(["ga.txt"])
    store.close()


def test_what_was_written_is_whole(index: Path, docs: Path) -> None:
    assert integrity(index) == WHOLE
    (docs / "ga.txt").write_text("Ga\n\nGa mới.", encoding="utf-8")
    ingest(index, [docs], HashEmbedder(), SETTINGS)
    remove(index, "cau.txt")
    assert integrity(index) == WHOLE
    restore(index, "cau.txt", HashEmbedder(), SETTINGS)
    assert integrity(index) == WHOLE


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_article_is_named_not_quoted_and_whole_when_it_was_ingested_again(
    index: Path, docs: Path, damage: str
) -> None:
    before = all_of(index)
    execute(index, DAMAGES[damage])
    assert integrity(index).articles == ("cau.txt",)
    if damage not in ("no vector", "origin"):  # of which no answer is made
        with pytest.raises(
            CollectionError, match="damaged" if damage == "not Unicode" else "'cau.txt' is damaged; ingest"
        ):
            all_of(index)
    report = ingest(index, [docs], HashEmbedder(), SETTINGS)
    assert (report.updated, report.unchanged) == (("cau.txt",), ("ga.txt",))
    assert integrity(index) == WHOLE
    after = all_of(index)
    assert (after[0], after[1], sorted(after[3])) == (before[0], before[1], sorted(before[3]))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_article_can_be_removed(index: Path, damage: str) -> None:
    execute(index, DAMAGES[damage])
    remove(index, "cau.txt")
    assert integrity(index) == WHOLE


def test_indexes_are_not_derived_from_what_is_damaged(index: Path) -> None:
    shutil.rmtree(index / "derived")
    execute(index, DAMAGES["text"])
    with pytest.raises(CollectionError, match="'cau\\.txt' is damaged"):
        Collection(index, HashEmbedder())


@pytest.mark.parametrize(
    ("before", "after"),
    [('"generation": 1', '"generation": 9'), ('"chunk_size": 32', '"chunk_size": 64'), ('"build": "', '"build": "0')],
)
def test_a_manifest_that_was_changed_is_told(index: Path, docs: Path, before: str, after: str) -> None:
    execute(index, f"UPDATE collection SET manifest = replace(manifest, '{before}', '{after}')")
    told = "is damaged or no collection .its manifest is not as it was written"
    for use in (SqliteStore, integrity, lambda folder: ingest(folder, [docs], HashEmbedder(), SETTINGS)):
        with pytest.raises(CollectionError, match=told):
            use(index)


def test_an_origin_is_known_again_after_its_file_was_moved(index: Path, docs: Path) -> None:
    ingest(index, [docs.rename(docs.parent / "moved")], HashEmbedder(), SETTINGS)
    assert integrity(index) == WHOLE
    execute(index, DAMAGES["origin"])
    assert integrity(index).articles == ("cau.txt",)


SEALS = ("articles DROP COLUMN origin_sha256", "collection DROP COLUMN sha256")
NEWEST = (*SEALS, "articles DROP COLUMN details", "articles DROP COLUMN boxes")


def test_a_collection_without_seals_is_used_and_gets_them_with_its_next_change(index: Path, docs: Path) -> None:
    execute(index, *(f"ALTER TABLE {column}" for column in SEALS), DAMAGES["origin"])
    assert integrity(index) == WHOLE
    (docs / "hue.txt").write_text("Huế\n\nHuế là cố đô.", encoding="utf-8")
    ingest(index, [docs], HashEmbedder(), SETTINGS)
    assert integrity(index) == WHOLE
    execute(index, DAMAGES["origin"])
    assert integrity(index).articles == ("cau.txt",)
    execute(index, "UPDATE collection SET manifest = replace(manifest, '1', '2')")
    with pytest.raises(CollectionError, match="its manifest is not as it was written"):
        integrity(index)


def test_a_collection_of_before_by_lines_is_used_and_checked(index: Path, docs: Path) -> None:
    before = all_of(index)
    execute(index, *(f"ALTER TABLE {column}" for column in NEWEST))
    assert all_of(index) == before
    assert integrity(index) == WHOLE
    (docs / "hue.txt").write_text("Huế\n\nHuế là cố đô.", encoding="utf-8")
    assert ingest(index, [docs], HashEmbedder(), SETTINGS).added == ("hue.txt",)
    assert integrity(index) == WHOLE
    execute(index, "UPDATE articles SET details = '{}' WHERE id = 'cau.txt'")
    assert integrity(index).articles == ("cau.txt",)


def test_a_collection_of_an_earlier_version_is_used_and_gets_hashes(index: Path, docs: Path) -> None:
    columns = (
        *NEWEST,
        "articles DROP COLUMN metadata_sha256",
        "articles DROP COLUMN text_sha256",
        "vectors DROP COLUMN sha256",
    )
    before = all_of(index)
    execute(index, *(f"ALTER TABLE {column}" for column in columns))
    assert all_of(index) == before
    assert integrity(index) == Integrity((), (), 2)
    Collection(index, HashEmbedder()).snapshot()
    (docs / "hue.txt").write_text("Huế\n\nHuế là cố đô.", encoding="utf-8")
    assert ingest(index, [docs], HashEmbedder(), SETTINGS).added == ("hue.txt",)
    assert integrity(index) == Integrity((), (), 2)
    execute(index, DAMAGES["text"])
    assert integrity(index) == Integrity(("cau.txt",), (), 2), "passages are known by their keys"
    with pytest.raises(CollectionError, match="'cau\\.txt' is damaged"):
        all_of(index)


def test_what_sqlite_finds_is_told(index: Path) -> None:
    sql = "UPDATE sqlite_schema SET sql = 'CREATE INDEX chunks_by_key ON chunks (head)' WHERE name = 'chunks_by_key'"
    execute(index, "PRAGMA writable_schema = ON", sql)
    found = integrity(index)
    assert found.database
    assert not found.whole


def test_no_flipped_bit_changes_what_answers_are_made_of_in_silence(index: Path) -> None:
    before, content = all_of(index), (index / FILE).read_bytes()
    ids = [chunk.id for chunk in before[2]]
    draw = random.Random(22)
    told = 0
    for _ in range(200):
        flipped = bytearray(content)
        flipped[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        (index / FILE).write_bytes(flipped)
        try:
            after = all_of(index, ids)
        except CollectionError:
            told += 1
        else:
            assert after == before or not integrity(index).whole
            assert after[0] == before[0]
            assert after[2] == before[2]
    assert told > 10


def test_passages_that_are_gone_from_the_store_are_an_error(index: Path) -> None:
    snapshot = Collection(index, HashEmbedder()).snapshot()
    query = make_query("cầu rồng", snapshot.statistics, HashEmbedder())
    lacking = replace(snapshot, store=MemoryStore(snapshot.manifest))
    with pytest.raises(CollectionError, match="lacks passages that it has indexed; run: hoidap verify"):
        find_candidates(query, lacking, EVERYTHING, 5)
