from __future__ import annotations

import json
import sqlite3
import threading
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


def chunk(each: Article, start: int, end: int, key: str = "") -> Chunk:
    head = f"{each.title}\n7/9/2024"
    return Chunk(each.id, start, end, each.text[start:end], head, key or f"{each.id} {start} {end}")


def vector(*values: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.array([values], np.float32)


def test_there_is_none_yet(tmp_path: Path) -> None:
    with pytest.raises(CollectionNotFound, match="run: hoidap ingest"):
        SqliteStore(tmp_path)
    with pytest.raises(CollectionNotFound):
        SqliteStore(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_a_new_store_is_empty(store: SqliteStore) -> None:
    assert store.manifest() == MANIFEST
    assert store.count() == (0, 0)
    assert store.articles() == []
    assert list(store.all_chunks()) == []
    ids, vectors = store.vectors()
    assert (len(ids), len(vectors), vectors.shape[1]) == (0, 0, 4)
    assert vectors.dtype == np.float16


def test_what_is_put_is_read(store: SqliteStore) -> None:
    one, two = article("b"), article("a/ả", language="en")
    put(store, one, (0, 8), (9, 20))
    put(store, two, (11, 19), origin="/b")
    assert store.count() == (2, 3)
    assert store.article("b") == one
    assert store.article("c") is None
    assert store.articles() == [replace(two, text=""), replace(one, text="")]
    assert (store.origin("b"), store.origin("c")) == ("/a", None)
    assert store.origins() == {"/a": ["b"], "/b": ["a/ả"]}
    chunks = list(store.all_chunks())
    assert [chunk.id for chunk in chunks] == sorted({chunk.id for chunk in chunks})
    assert [(chunk.article_id, chunk.start, chunk.end) for chunk in chunks] == [
        ("b", 0, 8),
        ("b", 9, 20),
        ("a/ả", 11, 19),
    ]
    for chunk, held in zip(chunks, (one, one, two), strict=True):
        assert held.text[chunk.start : chunk.end] == chunk.text
        assert chunk.indexed == f"{held.title}\n7/9/2024\n{chunk.text}"
        assert (chunk.title, chunk.source, chunk.published) == (held.title, held.source, held.published)
        assert chunk.language == held.language
    assert store.chunks([chunks[2].id, chunks[0].id, 999]) == {chunks[2].id: chunks[2], chunks[0].id: chunks[0]}
    assert store.chunks([]) == {}
    assert store.chunks_of(["a/ả", "nowhere", "b"]) == [chunks[2], chunks[0], chunks[1]]


@pytest.mark.parametrize("text", ["👩‍👩‍👧 là nhà. 北京。", "e\u0301 hòa", "𝔘𝔫𝔦", "ไทย น้ำ"])
def test_spans_count_characters(store: SqliteStore, text: str) -> None:
    spans = [(start, end) for start in range(len(text)) for end in range(start + 1, len(text) + 1)]
    put(store, article("a", text), *spans)
    assert [(chunk.start, chunk.end, chunk.text) for chunk in store.all_chunks()] == [
        (start, end, text[start:end]) for start, end in spans
    ]


def test_the_neighbours_of_a_chunk_are_those_of_its_article(store: SqliteStore) -> None:
    put(store, article("a"), (0, 3), (4, 8), (9, 20))
    put(store, article("b"), (0, 8))
    one, two, three, alone = store.all_chunks()
    assert store.neighbours(one.id) == (None, two)
    assert store.neighbours(two.id) == (one, three)
    assert store.neighbours(three.id) == (two, None)
    assert store.neighbours(alone.id) == (None, None)
    assert store.neighbours(999) == (None, None)


def test_putting_again_replaces_and_never_gives_an_id_twice(store: SqliteStore) -> None:
    put(store, article("a"), (0, 3), (4, 8))
    before = {chunk.id for chunk in store.all_chunks()}
    put(store, article("a", "Khác hẳn."), (0, 9), origin="/b")
    (chunk,) = store.all_chunks()
    assert chunk.text == "Khác hẳn."
    assert chunk.id not in before
    assert store.origin("a") == "/b"
    with store.transaction():
        store.remove_article("a")
        store.remove_article("nowhere")
    assert store.count() == (0, 0)
    put(store, article("b"), (0, 3))
    assert {chunk.id for chunk in store.all_chunks()}.isdisjoint(before | {chunk.id})


def test_all_chunks_comes_in_pages(store: SqliteStore) -> None:
    put(store, article("a", "x" * 11_000), *((place, place + 1) for place in range(11_000)))
    assert [chunk.start for chunk in store.all_chunks()] == list(range(11_000))


def test_vectors_are_kept_by_key_in_order_of_chunk(store: SqliteStore) -> None:
    put(store, article("a"), (0, 3), (4, 8))
    put(store, article("b"), (0, 3))
    keys = ["b 0 3", "a 4 8", "a 0 3"]
    assert store.missing_vectors([*keys, "x"]) == {*keys, "x"}
    with store.transaction():
        store.put_vectors(keys, np.array([[0, 0, 0, 1], [0, 1, 0, 0], [0.6, 0, 0.8, 0]], np.float32))
        store.put_vectors(["unused"], vector(0, 0, 0, 1))
    assert store.missing_vectors([*keys, "x"]) == {"x"}
    ids, vectors = store.vectors()
    assert ids.tolist() == [chunk.id for chunk in store.all_chunks()]
    expected = np.array([[0.6, 0, 0.8, 0], [0, 1, 0, 0], [0, 0, 0, 1]], np.float32)
    np.testing.assert_allclose(vectors, expected, atol=1e-3)
    for after in (0, *ids.tolist()):
        late, behind = store.vectors(after)
        np.testing.assert_array_equal(late, ids[ids > after])
        np.testing.assert_array_equal(behind, vectors[ids > after])
    with store.transaction():
        store.remove_article("a")
        store.remove_unused_vectors()
    assert store.missing_vectors([*keys, "unused"]) == {"a 4 8", "a 0 3", "unused"}


def test_two_chunks_may_share_a_vector(store: SqliteStore) -> None:
    for name in "ab":
        with store.transaction():
            store.put_article(article(name), "/", [chunk(article(name), 0, 3, "same")])
    with store.transaction():
        store.put_vectors(["same"], vector(1, 0, 0, 0))
    assert store.vectors()[1].tolist() == [[1, 0, 0, 0]] * 2


def test_languages_are_in_order_of_frequency(store: SqliteStore) -> None:
    for name, language in [("a", "en"), ("b", "vi"), ("c", "vi"), ("d", "de")]:
        put(store, article(name, language=language))
    assert store.languages() == ("vi", "de", "en")


def test_a_failed_transaction_leaves_nothing(store: SqliteStore) -> None:
    put(store, article("a"), (0, 3))

    def die() -> None:
        with store.transaction():
            store.put_article(article("b"), "/", [chunk(article("b"), 0, 3)])
            store.remove_article("a")
            store.put_manifest(replace(MANIFEST, generation=7))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        die()
    assert [each.id for each in store.articles()] == ["a"]
    assert store.manifest() == MANIFEST
    put(store, article("b"))


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


def test_several_threads_may_read(store: SqliteStore) -> None:
    put(store, article("a"), *((0, end) for end in range(1, 9)))
    failures: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(50):
                assert len(list(store.all_chunks())) == 8
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


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
    rewritten(store, "UPDATE collection SET manifest = ?", json.dumps(earlier))
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
