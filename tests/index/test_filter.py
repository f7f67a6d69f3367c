from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents.article import Article
from rag.documents.chunking import split_into_chunks
from rag.errors import UsageError
from rag.index.filter import Filter
from rag.index.sqlite_store import SqliteStore
from rag.index.store import Manifest
from tests.doubles import HashEmbedder

ARTICLES = tuple(
    Article(f"a{number}", "Tin", f"Câu số {number}.", source, published, language)
    for number, (source, published, language) in enumerate(
        [
            ("https://bao.vn/1", "2016-07-21", "vi"),
            ("https://bao.vn/2", "2016-07-31", "vi"),
            ("https://news.example/3", "2017-01-01", "en"),
            ("lao-cai/Tuổi Trẻ/4.md", "2015-12-31", "vi"),
            ("lao-cai/5.md", None, "zh"),
        ]
    )
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> SqliteStore:
    embedder = HashEmbedder()
    store = SqliteStore.create(tmp_path_factory.mktemp("store"), Manifest("hash", embedder.fingerprint, 64, 400, 32))
    with store.transaction():
        for article in ARTICLES:
            store.put_article(
                article, article.source, split_into_chunks(article, embedder.count_tokens, size=400, overlap=32)
            )
    return store


def passed(store: SqliteStore, only: Filter) -> set[str]:
    ids = store.chunk_ids(only).tolist()
    assert ids == sorted(ids)
    return {chunk.article_id for chunk in store.chunks(ids).values()}


@pytest.mark.parametrize(
    ("only", "articles"),
    [
        (Filter(), {"a0", "a1", "a2", "a3", "a4"}),
        (Filter(since="2016"), {"a0", "a1", "a2"}),
        (Filter(until="2016"), {"a0", "a1", "a3"}),
        (Filter(since="2016-07", until="2016-07"), {"a0", "a1"}),
        (Filter(since="2016-07-22", until="2016-07-31"), {"a1"}),
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
def test_what_passes(store: SqliteStore, only: Filter, articles: set[str]) -> None:
    assert passed(store, only) == articles


@given(
    since=st.none() | st.sampled_from(["2015", "2016-07", "2016-07-21", "2017-01-01"]),
    languages=st.lists(st.sampled_from(["vi", "en", "zh"]), max_size=2).map(tuple),
    articles=st.lists(st.sampled_from(["a0", "a1", "a2"]), max_size=2).map(tuple),
)
def test_conditions_narrow_each_other(
    store: SqliteStore, since: str | None, languages: tuple[str, ...], articles: tuple[str, ...]
) -> None:
    both = passed(store, Filter(since=since, languages=languages, articles=articles))
    one_by_one = (Filter(since=since), Filter(languages=languages), Filter(articles=articles))
    assert both == set.intersection(*(passed(store, only) for only in one_by_one))


@pytest.mark.parametrize("given", ["tomorrow", "2016-13", "21/7/2016", "2016-7-1", "", "20160721x"])
def test_what_is_no_date_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="2016-07-21"):
        Filter(since=given)


@pytest.mark.parametrize(
    "given", [{"sources": ("",)}, {"articles": (" ",)}, {"articles": ""}, {"articles": 5}, {"languages": (1,)}]
)
def test_what_is_no_list_of_texts_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="list of texts"):
        Filter(**given)


def test_one_text_is_a_list_of_one() -> None:
    assert Filter(sources="bao.vn", languages="vi-VN", articles="a0") == Filter(
        sources=("bao.vn",), languages=("vi",), articles=("a0",)
    )
    assert Filter(articles=(name for name in ["a0", "a1"])).articles == ("a0", "a1")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="2016-07-21"):
        Filter(since=2016)  # type: ignore[arg-type]


def test_what_is_not_there_is_named(store: SqliteStore) -> None:
    with pytest.raises(UsageError, match="'a9'"):
        store.chunk_ids(Filter(articles=("a9",)))
    with pytest.raises(UsageError, match=r"'fr'.*vi"):
        store.chunk_ids(Filter(languages=("fr",)))


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(UsageError, match="exchange"):
        Filter(since="2017", until="2016")
    with pytest.raises(UsageError, match="exchange"):
        Filter(since="2016-07-23", until="2016-06")
    assert Filter(since="2016-07-23", until="2016-07")
    assert not Filter()
    assert Filter(until="2016")
