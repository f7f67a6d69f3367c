from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from rag.documents.article import Article
from rag.documents.chunking import Chunk
from rag.errors import CollectionError, CollectionMismatch, CollectionNotFound
from rag.index.sqlite_store import FILE, SqliteStore
from rag.index.store import Manifest

MANIFEST = Manifest("hash", "f", 4, 100, 10)


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore.create(tmp_path / "kho", MANIFEST)


def article(name: str, text: str = "Một câu. 😀 Hai câu.", language: str = "vi") -> Article:
    return Article(name, f"Bài {name}", text, f"https://bao.example/{name}", "2024-09-07", language)


def put(store: SqliteStore, each: Article, *spans: tuple[int, int], origin: str = "/a") -> None:
    with store.transaction():
        store.put_article(each, origin, [chunk(each, start, end) for start, end in spans])


def chunk(each: Article, start: int, end: int) -> Chunk:
    head = f"{each.title}\n7/9/2024"
    text = each.text[start:end]
    return Chunk(each.id, start, end, text, head, hashlib.sha256(f"{head}\n{text}".encode()).hexdigest())


def vector(*values: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.array([values], np.float32)


def test_there_is_none_yet(tmp_path: Path) -> None:
    with pytest.raises(CollectionNotFound, match="run: hoidap ingest"):
        SqliteStore(tmp_path)
    with pytest.raises(CollectionNotFound):
        SqliteStore(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_all_chunks_comes_in_pages(store: SqliteStore) -> None:
    put(store, article("a", "x" * 11_000), *((place, place + 1) for place in range(11_000)))
    assert [chunk.start for chunk in store.all_chunks()] == list(range(11_000))


def test_a_frozen_store_does_not_move(store: SqliteStore) -> None:
    put(store, article("a"), (0, 3))
    frozen = SqliteStore(store.path.parent)
    frozen.freeze()
    with store.transaction():
        store.remove_article("a")
        store.put_manifest(replace(MANIFEST, generation=1, build="b"))
    assert frozen.manifest() == MANIFEST
    assert frozen.article("a") == article("a")
    assert len(list(frozen.all_chunks())) == 1
    assert store.manifest().generation == 1
    frozen.close()
    assert SqliteStore(store.path.parent).article("a") is None


def test_a_store_that_was_not_finished_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Dying(sqlite3.Connection):
        def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
            if statement.startswith("INSERT INTO collection"):
                raise KeyboardInterrupt
            return super().execute(statement, *values)  # type: ignore[arg-type]

    original = sqlite3.connect
    monkeypatch.setattr("sqlite3.connect", lambda *a, **k: original(*a, **k, factory=Dying))
    with pytest.raises(KeyboardInterrupt):
        SqliteStore.create(tmp_path, MANIFEST)
    monkeypatch.undo()
    with pytest.raises(CollectionNotFound):
        SqliteStore(tmp_path)
    store = SqliteStore.create(tmp_path, MANIFEST)
    assert store.manifest() == MANIFEST
    store.close()
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def rewritten(store: SqliteStore, statement: str, *values: str) -> None:
    store.close()
    connection = sqlite3.connect(store.path)
    connection.execute(statement, values)
    connection.commit()
    connection.close()


def test_another_format_is_a_mismatch(store: SqliteStore) -> None:
    rewritten(store, "UPDATE collection SET manifest = ?", json.dumps({**asdict(MANIFEST), "format": 99}))
    with pytest.raises(CollectionMismatch, match="has format 99, not 2; ingest into a new one"):
        SqliteStore(store.path.parent)


@pytest.mark.parametrize("manifest", ["", "{", "[]", "null", '{"format": 2}', '{"format": 2, "x": 2}'])
def test_a_damaged_manifest_is_an_error(store: SqliteStore, manifest: str) -> None:
    rewritten(store, "UPDATE collection SET manifest = ?", manifest)
    with pytest.raises(CollectionError, match="damaged or no collection"):
        SqliteStore(store.path.parent)


def test_a_manifest_from_before_collections_were_calibrated_is_read(store: SqliteStore) -> None:
    earlier = {name: value for name, value in asdict(MANIFEST).items() if name != "calibration"}
    rewritten(store, "UPDATE collection SET manifest = ?, sha256 = NULL", json.dumps(earlier))
    assert SqliteStore(store.path.parent).manifest() == MANIFEST


def test_a_calibration_is_kept_with_the_manifest(store: SqliteStore) -> None:
    with store.transaction():
        store.put_manifest(replace(MANIFEST, calibration={"same": (1.5, -2.0)}))
    assert list(SqliteStore(store.path.parent).manifest().calibration["same"]) == [1.5, -2.0]


def test_a_lost_manifest_is_an_error(store: SqliteStore) -> None:
    rewritten(store, "DELETE FROM collection")
    with pytest.raises(CollectionError, match="damaged or no collection"):
        SqliteStore(store.path.parent)


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 99, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_another_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(CollectionError, match="damaged or no collection"):
        SqliteStore(tmp_path)
