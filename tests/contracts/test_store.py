"""What every store promises: `rag.index.store.Store` and `WritableStore`."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.documents.article import Article, Page, TextBox
from rag.documents.chunking import Chunk
from rag.errors import UsageError
from rag.index.filter import EVERYTHING, Filter
from rag.index.removed_articles import RemovedArticle
from rag.index.sqlite_store import SqliteStore
from rag.index.store import ChunkSentences, Manifest, WritableStore
from tests.doubles import MemoryStore

MANIFEST = Manifest("hash", "f", 4, 100, 10)
SENTENCES = ChunkSentences(np.array([[0, 2], [2, 3]], np.int32), np.array([[1, 0, 0, 0], [0, 0.6, 0, 0.8]], np.float32))


@contextmanager
def sqlite_store() -> Iterator[WritableStore]:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore.create(Path(folder) / "kho", MANIFEST)
        yield store
        store.close()


@contextmanager
def memory_store() -> Iterator[WritableStore]:
    yield MemoryStore(MANIFEST)


Maker = Callable[[], AbstractContextManager[WritableStore]]
MAKERS: dict[str, Maker] = {"sqlite": sqlite_store, "double": memory_store}


@pytest.fixture(params=MAKERS)
def store(request: pytest.FixtureRequest) -> Iterator[WritableStore]:
    with MAKERS[request.param]() as made:
        yield made


def article(name: str, text: str = "Một câu. 😀 Hai câu.", language: str = "vi") -> Article:
    return Article(name, f"Bài {name}", text, f"https://bao.example/{name}", "2024-09-07", language)


def put(store: WritableStore, each: Article, *ranges: tuple[int, int], origin: str = "/a") -> None:
    with store.transaction():
        store.put_article(each, origin, [chunk(each, start, end) for start, end in ranges])


def chunk(each: Article, start: int, end: int) -> Chunk:
    head = f"{each.title}\n7/9/2024"
    text = each.text[start:end]
    return Chunk(each.id, start, end, text, head, hashlib.sha256(f"{head}\n{text}".encode()).hexdigest())


def test_a_new_store_is_empty(store: WritableStore) -> None:
    assert store.manifest() == MANIFEST
    assert store.count() == (0, 0)
    assert store.languages() == ()
    assert store.articles() == []
    assert store.origins() == {}
    assert store.removed_articles() == []
    assert list(store.all_chunks()) == []
    ids, vectors = store.vectors()
    assert (ids.shape, vectors.shape) == ((0,), (0, 4))
    assert ids.dtype == np.int64
    assert vectors.dtype == np.float16
    assert store.chunk_ids(EVERYTHING).shape == (0,)


def test_what_is_put_is_read(store: WritableStore) -> None:
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
    ranges = [(chunk.article_id, chunk.start, chunk.end) for chunk in chunks]
    assert ranges == [("b", 0, 8), ("b", 9, 20), ("a/ả", 11, 19)]
    for chunk, held in zip(chunks, (one, one, two), strict=True):
        assert held.text[chunk.start : chunk.end] == chunk.text
        assert chunk.indexed == f"{held.title}\n7/9/2024\n{chunk.text}"
        assert (chunk.title, chunk.source, chunk.published) == (held.title, held.source, held.published)
        assert chunk.language == held.language
    assert store.chunks([chunks[2].id, chunks[0].id, 999]) == {chunks[2].id: chunks[2], chunks[0].id: chunks[0]}
    assert store.chunks([]) == {}
    assert store.chunks_of(["a/ả", "nowhere", "b"]) == [chunks[2], chunks[0], chunks[1]]
    assert store.ids_of(["a/ả", "nowhere", "b"]) == [chunks[2].id, chunks[0].id, chunks[1].id]
    with store.transaction():
        store.put_origin("b", "/c")
        store.put_origin("nowhere", "/c")
    assert (store.origin("b"), store.origin("nowhere")) == ("/c", None)


@pytest.mark.parametrize("text", ["👩‍👩‍👧 là nhà. 北京。", "e\u0301 hòa", "𝔘𝔫𝔦", "ไทย น้ำ"])
def test_offsets_count_characters(store: WritableStore, text: str) -> None:
    ranges = [(start, end) for start in range(len(text)) for end in range(start + 1, len(text) + 1)]
    put(store, article("a", text), *ranges)
    assert [(chunk.start, chunk.end, chunk.text) for chunk in store.all_chunks()] == [
        (start, end, text[start:end]) for start, end in ranges
    ]


def test_by_line_teaser_and_boxes_are_kept_where_an_article_has_them(store: WritableStore) -> None:
    box = TextBox(0, 8, 2, 72.0, 90.5, 300.25, 104.0)
    each = replace(article("a"), author="Lò Thị Én", teaser_of="trang.html", boxes=(box, replace(box, start=9, end=17)))
    put(store, each, (0, 8))
    put(store, article("b"), (0, 8))
    assert store.article("a") == each
    assert store.articles() == [replace(each, text="", boxes=()), replace(article("b"), text="")]


def test_a_chunk_of_a_teaser_tells_its_page(store: WritableStore) -> None:
    put(store, replace(article("a#x-1"), teaser_of="a"), (0, 8))
    assert next(store.all_chunks()).announced_on == Page("a", "a")
    put(store, article("a"), (0, 8))
    assert [(chunk.article_id, chunk.announced_on) for chunk in store.chunks_of(["a", "a#x-1"])] == [
        ("a", None),
        ("a#x-1", Page("a", "Bài a")),
    ]


def test_the_neighbours_of_a_chunk_are_those_of_its_article(store: WritableStore) -> None:
    put(store, article("a"), (0, 3), (4, 8), (9, 20))
    put(store, article("b"), (0, 8))
    one, two, three, alone = store.all_chunks()
    assert store.neighbours(one.id) == (None, two)
    assert store.neighbours(two.id) == (one, three)
    assert store.neighbours(three.id) == (two, None)
    assert store.neighbours(alone.id) == (None, None)
    assert store.neighbours(999) == (None, None)


def test_putting_again_replaces_and_ids_only_grow(store: WritableStore) -> None:
    put(store, article("a"), (0, 3), (4, 8))
    before = {chunk.id for chunk in store.all_chunks()}
    put(store, article("a", "Khác hẳn."), (0, 9), origin="/b")
    (chunk,) = store.all_chunks()
    assert chunk.text == "Khác hẳn."
    assert chunk.id > max(before)
    assert store.origin("a") == "/b"
    with store.transaction():
        store.remove_article("a")
        store.remove_article("nowhere")
    assert store.count() == (0, 0)
    put(store, article("b"), (0, 3))
    assert min(each.id for each in store.all_chunks()) > chunk.id


def test_vectors_are_kept_by_key_in_order_of_chunk(store: WritableStore) -> None:
    put(store, article("a"), (0, 3), (4, 8))
    put(store, article("b"), (0, 3))
    keys = [chunk(article("b"), 0, 3).key, chunk(article("a"), 4, 8).key, chunk(article("a"), 0, 3).key]
    assert store.missing_vectors([*keys, "x"]) == {*keys, "x"}
    with store.transaction():
        store.put_vectors(keys, np.array([[0, 0, 0, 1], [0, 1, 0, 0], [0.6, 0, 0.8, 0]], np.float32))
        store.put_vectors(["unused"], np.array([[0, 0, 0, 1]], np.float32))
    assert store.missing_vectors([*keys, "x"]) == {*keys, "x"}
    with store.transaction():
        store.put_sentences([*keys, "unused"], [SENTENCES] * 4)
    assert store.missing_vectors([*keys, "x"]) == {"x"}
    ids, vectors = store.vectors()
    assert ids.tolist() == [chunk.id for chunk in store.all_chunks()]
    assert vectors.dtype == np.float16
    assert vectors.shape == (3, 4)
    np.testing.assert_allclose(vectors, np.array([[0.6, 0, 0.8, 0], [0, 1, 0, 0], [0, 0, 0, 1]]), atol=1e-3)
    for after in (0, *ids.tolist()):
        late, behind = store.vectors(after)
        np.testing.assert_array_equal(late, ids[ids > after])
        np.testing.assert_array_equal(behind, vectors[ids > after])
    with store.transaction():
        store.remove_article("a")
        store.remove_unused_vectors()
    assert store.missing_vectors([*keys, "unused"]) == {*keys[1:], "unused"}


def test_sentences_are_found_by_chunk(store: WritableStore) -> None:
    put(store, article("a"), (0, 3), (4, 8))
    first, second = (chunk.id for chunk in store.all_chunks())
    assert store.sentences([first, second]) == {}
    with store.transaction():
        store.put_sentences([chunk(article("a"), 0, 3).key], [SENTENCES])
    found = store.sentences([second, first, 99])
    assert [*found] == [first]
    np.testing.assert_array_equal(found[first].ranges, SENTENCES.ranges)
    np.testing.assert_allclose(found[first].vectors, SENTENCES.vectors, atol=0.01)
    with store.transaction():
        store.remove_article("a")
        store.remove_unused_vectors()
    put(store, article("a"), (0, 3))
    assert store.sentences([chunk.id for chunk in store.all_chunks()]) == {}


def test_two_chunks_may_share_a_vector(store: WritableStore) -> None:
    same = chunk(article("c"), 0, 3)
    for name in "ab":
        with store.transaction():
            store.put_article(article(name), "/", [same])
    with store.transaction():
        store.put_vectors([same.key], np.array([[1, 0, 0, 0]], np.float32))
    assert store.vectors()[1].tolist() == [[1, 0, 0, 0]] * 2


def test_languages_are_in_order_of_frequency(store: WritableStore) -> None:
    for name, language in [("a", "en"), ("b", "vi"), ("c", "vi"), ("d", "de")]:
        put(store, article(name, language=language))
    assert store.languages() == ("vi", "de", "en")


def test_the_hash_of_a_removed_text_is_the_last_that_was_put(store: WritableStore) -> None:
    for text in ("1", "2"):
        with store.transaction():
            store.put_removed_article(RemovedArticle("a", "/a", text))
    assert [each.text_sha256 for each in store.removed_articles()] == ["2"]


def test_removed_articles_are_remembered_until_they_are_forgotten(store: WritableStore) -> None:
    one, two = RemovedArticle("a", "/kho/a.txt"), RemovedArticle("b", "/kho/b.txt")
    with store.transaction():
        for each in (two, one, two):
            store.put_removed_article(each)
    assert store.removed_articles() == [one, two]
    with store.transaction():
        store.forget_removed_article(one)
        store.forget_removed_article(RemovedArticle("b", "/kho/other.txt"))
    assert store.removed_articles() == [two]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError])
def test_a_failed_transaction_leaves_nothing(store: WritableStore, failure: type[BaseException]) -> None:
    put(store, article("a"), (0, 3))

    def die() -> None:
        with store.transaction():
            store.put_article(article("b"), "/", [chunk(article("b"), 0, 3)])
            store.put_vectors(["k"], np.ones((1, 4), np.float32))
            store.put_removed_article(RemovedArticle("a", "/a"))
            store.remove_article("a")
            store.put_manifest(replace(MANIFEST, generation=7))
            raise failure

    with pytest.raises(failure):
        die()
    assert [each.id for each in store.articles()] == ["a"]
    assert store.missing_vectors(["k"]) == {"k"}
    assert store.removed_articles() == []
    assert store.manifest() == MANIFEST
    put(store, article("b"))
    assert [each.id for each in store.articles()] == ["a", "b"]


def test_the_manifest_is_replaced(store: WritableStore) -> None:
    changed = replace(MANIFEST, generation=1, build="b", calibration={"same": [1.5, -2.0]})
    with store.transaction():
        store.put_manifest(changed)
    assert store.manifest() == changed


def test_several_threads_may_read(store: WritableStore) -> None:
    put(store, article("a"), *((0, end) for end in range(1, 9)))
    failures: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(50):
                assert len(list(store.all_chunks())) == len(store.chunk_ids(Filter(languages="vi"))) == 8
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


# Filters

FILTERED = {
    f"a{number}": Article(f"a{number}", "Tin", f"Câu số {number}.", source, published, language)
    for number, (source, published, language) in enumerate(
        [
            ("https://bao.vn/1", "2016-07-21", "vi"),
            ("https://bao.vn/2", "2016-07-31", "vi"),
            ("https://news.example/3", "2017-01-01", "en"),
            ("lao-cai/Tuổi Trẻ/4.md", "2015-12-31", "vi"),
            ("lao-cai/5.md", None, "zh"),
        ]
    )
}


@pytest.fixture
def filtered(store: WritableStore) -> WritableStore:
    for each in FILTERED.values():
        put(store, each, (0, 3), (4, 6))
    return store


def let_through(store: WritableStore, only: Filter) -> set[str]:
    ids = store.chunk_ids(only)
    assert ids.dtype == np.int64
    assert ids.tolist() == sorted(ids.tolist())
    found = {chunk.article_id for chunk in store.chunks(ids.tolist()).values()}
    assert ids.tolist() == sorted(chunk.id for chunk in store.chunks_of(found)), "all chunks of an article, or none"
    return found


@pytest.mark.parametrize(
    ("only", "articles"),
    [
        (EVERYTHING, {"a0", "a1", "a2", "a3", "a4"}),
        (Filter(since="2016"), {"a0", "a1", "a2"}),
        (Filter(until="2016"), {"a0", "a1", "a3"}),
        (Filter(since="2016-07", until="2016-07"), {"a0", "a1"}),
        (Filter(since="2016-07-22", until="2016-07-31"), {"a1"}),
        (Filter(until="2016-06"), {"a3"}),
        (Filter(sources=("BAO.vn",)), {"a0", "a1"}),
        (Filter(sources=("lao-cai/", "news.example")), {"a2", "a3", "a4"}),
        (Filter(sources=("%", "_")), set()),
        (Filter(languages=("zh", "en")), {"a2", "a4"}),
        (Filter(articles=("a3", "a9")), {"a3"}),
        (Filter(languages=("VI-vn",)), {"a0", "a1", "a3"}),
        (Filter(sources=("TUỔI TRẺ",)), {"a3"}),
        (Filter(since="2016", languages=("vi",), sources=("/1",)), {"a0"}),
    ],
)
def test_what_a_filter_lets_through(filtered: WritableStore, only: Filter, articles: set[str]) -> None:
    assert let_through(filtered, only) == articles
    assert [each.id for each in filtered.articles(only)] == sorted(articles)


def test_what_is_not_there_is_named(filtered: WritableStore) -> None:
    with pytest.raises(UsageError, match="'a9'"):
        filtered.chunk_ids(Filter(articles=("a9",)))
    with pytest.raises(UsageError, match=r"'fr'.*vi"):
        filtered.chunk_ids(Filter(languages=("fr",)))


# Whatever is written

filters = st.builds(
    Filter,
    since=st.none() | st.sampled_from(["2015", "2016-07", "2016-07-21", "2017-01-01"]),
    until=st.none() | st.sampled_from(["2017", "2017-01", "2018-02-28"]),
    sources=st.lists(st.sampled_from(["bao.vn", "LAO-cai", "tuổi", "/3"]), max_size=2),
    languages=st.lists(st.sampled_from(["vi", "en", "zh"]), max_size=2),
    articles=st.lists(st.sampled_from([*FILTERED]), max_size=3),
)
changes = st.lists(st.tuples(st.sampled_from(["put", "remove", "fail"]), st.sampled_from([*FILTERED])), max_size=12)


def change(store: WritableStore, what: str, name: str) -> None:
    each = FILTERED[name]
    with store.transaction():
        if what == "remove":
            store.remove_article(name)
            store.put_removed_article(RemovedArticle(name, f"/{name}"))
        else:
            parts = [chunk(each, 0, 3), chunk(replace(each, title="Tin"), 4, 9)]
            store.put_article(each, f"/{name}", parts)
            store.put_vectors([part.key for part in parts], np.eye(2, 4, dtype=np.float32))
        store.remove_unused_vectors()
        if what == "fail":
            raise LookupError


def observed(store: WritableStore, only: Filter) -> list[object]:
    """All that a reader sees, with chunks by their places, since stores may number them as they like."""
    places = {chunk.id: place for place, chunk in enumerate(store.all_chunks())}
    chunks = [replace(chunk, id=places[chunk.id]) for chunk in store.all_chunks()]
    ids, vectors = store.vectors()
    try:
        passed: object = [places[each] for each in store.chunk_ids(only).tolist()]
    except UsageError:
        passed = "nothing of the kind is there"
    return [
        store.count(),
        store.languages(),
        [store.article(each.id) for each in store.articles()],
        store.origins(),
        store.removed_articles(),
        store.missing_vectors(["shared", "a0 0 3", "a1 0 3"]),
        chunks,
        [places[each] for each in ids.tolist()],
        vectors.tolist(),
        passed,
    ]


@pytest.mark.parametrize("maker", [maker for name, maker in MAKERS.items() if name != "double"])
@settings(max_examples=40)
@given(changes=changes, only=filters)
def test_a_store_holds_what_the_double_holds(maker: Maker, changes: list[tuple[str, str]], only: Filter) -> None:
    with maker() as store, memory_store() as double:
        for what, name in changes:
            for each in (store, double):
                if what == "fail":
                    with pytest.raises(LookupError):
                        change(each, what, name)
                else:
                    change(each, what, name)
        assert observed(store, only) == observed(double, only)
