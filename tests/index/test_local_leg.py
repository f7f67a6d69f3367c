from __future__ import annotations

import numpy as np
import pytest

from rag.documents.article import Article
from rag.documents.chunking import Chunk
from rag.errors import UsageError
from rag.index.dense import DenseIndex
from rag.index.filter import EVERYTHING, Filter
from rag.index.local_leg import FilteredIds, LocalLeg
from rag.index.store import Manifest
from tests.doubles import MemoryStore

VIETNAMESE = Filter(languages="vi")


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore(Manifest("hash", "f", 4, 100, 10))
    for name, language in (("a", "vi"), ("b", "en"), ("c", "vi")):
        article = Article(name, "Tin", "Một câu.", name, None, language)
        store.put_article(article, name, [Chunk(name, 0, 8, "Một câu.", "Tin", name)])
    store.put_vectors(["a", "b", "c"], np.eye(3, 4, dtype=np.float32))
    return store


def test_legs_look_a_filter_up_once(store: MemoryStore) -> None:
    filtered = FilteredIds()
    index = DenseIndex.build(*store.vectors())
    legs = [LocalLeg(index, lambda only: filtered.of(store, only)) for _ in range(2)]
    for _ in range(3):
        for leg in legs:
            assert leg.search(np.ones(4, np.float32), 9, VIETNAMESE).ids.tolist() == [1, 3]
    assert store.looked_up == [VIETNAMESE]


def test_without_a_filter_nothing_is_looked_up(store: MemoryStore) -> None:
    leg = LocalLeg(DenseIndex.build(*store.vectors()), store.chunk_ids)
    assert len(leg.search(np.ones(4, np.float32), 9, EVERYTHING)) == 3
    assert store.looked_up == []


def test_the_latest_filters_are_remembered(store: MemoryStore) -> None:
    filtered = FilteredIds()
    many = [Filter(until=str(year)) for year in range(1900, 1920)]
    for only in (VIETNAMESE, *many[:10], VIETNAMESE, *many[10:], VIETNAMESE):
        filtered.of(store, only)
    assert store.looked_up.count(VIETNAMESE) == 1
    filtered.of(store, many[0])
    assert store.looked_up.count(many[0]) == 2


def test_a_filter_that_is_refused_is_refused_again(store: MemoryStore) -> None:
    filtered = FilteredIds()
    for _ in range(2):
        with pytest.raises(UsageError, match="nowhere"):
            filtered.of(store, Filter(articles="nowhere"))
