from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock, patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rag.index import dense
from rag.index.dense import DenseIndex

SEEDS = st.integers(0, 2**32 - 1)


def unit_rows(seed: int, count: int, dimension: int = 16) -> NDArray[np.float32]:
    """Unit rows as the store gives them back, rounded to halves."""
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float16).astype(np.float32)


def some_ids(seed: int, count: int) -> NDArray[np.int64]:
    return np.sort(np.random.default_rng(seed).choice(10_000, size=count, replace=False)).astype(np.int64)


def nearest(
    ids: NDArray[np.int64], vectors: NDArray[np.float32], question: NDArray[np.float32], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    cosines = vectors @ question
    order = np.argsort(-cosines)[:k]
    return ids[order], cosines[order]


def assert_same(one: DenseIndex, other: DenseIndex, question: NDArray[np.float32]) -> None:
    assert len(one) == len(other)
    np.testing.assert_array_equal(one.ids, other.ids)
    for k in (1, 5, 10_000):
        mine, theirs = one.search(question, k), other.search(question, k)
        np.testing.assert_array_equal(mine.ids, theirs.ids)
        np.testing.assert_array_equal(mine.scores, theirs.scores)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sketch is used for small collections too."""
    monkeypatch.setattr(dense, "APPROXIMATE_FROM", 1000)
    monkeypatch.setattr(dense, "_SELECTED", 100)


@given(SEEDS, st.integers(1, 60), st.integers(1, 80))
def test_search_is_that_of_brute_force(seed: int, count: int, k: int) -> None:
    vectors, ids = unit_rows(seed, count), some_ids(seed, count)
    question = unit_rows(seed + 1, 1)[0]
    hits = DenseIndex.build(ids, vectors).search(question, k)
    found, scores = hits.ids, hits.scores
    expected, cosines = nearest(ids, vectors, question, k)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(scores, cosines, atol=1e-6)


@given(SEEDS, st.integers(1, 60), st.integers(1, 80), st.floats(0, 1), st.sampled_from([0.0, 1.0]))
def test_search_among_some_is_that_of_brute_force(seed: int, count: int, k: int, share: float, few: float) -> None:
    vectors, ids = unit_rows(seed, count), some_ids(seed, count)
    chosen = np.random.default_rng(seed).random(count) < share
    strangers = np.setdiff1d(some_ids(seed + 1, 5), ids)
    question = unit_rows(seed + 1, 1)[0]
    among = np.union1d(ids[chosen], strangers)
    with patch.object(dense, "_FEW", few):
        hits = DenseIndex.build(ids, vectors).search(question, k, among)
        found, scores = hits.ids, hits.scores
    expected, cosines = nearest(ids[chosen], vectors[chosen], question, k)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(scores, cosines, atol=1e-6)


@given(SEEDS, st.integers(1, 40))
def test_scores_are_those_of_search_in_the_order_asked_for(seed: int, count: int) -> None:
    index = DenseIndex.build(some_ids(seed, count), unit_rows(seed, count))
    question = unit_rows(seed + 1, 1)[0]
    hits = index.search(question, count)
    found, scores = hits.ids, hits.scores
    shuffled = np.random.default_rng(seed).permutation(count)
    np.testing.assert_array_equal(index.scores(question, found[shuffled]), scores[shuffled])


@given(SEEDS, st.integers(0, 60), st.integers(0, 60), st.floats(0, 1))
def test_an_updated_index_is_that_built_anew(seed: int, count: int, more: int, share: float) -> None:
    vectors, ids = unit_rows(seed, count + more), some_ids(seed, count + more)
    removed = ids[:count][np.random.default_rng(seed).random(count) < share]
    strangers = np.setdiff1d(some_ids(seed + 1, 5), ids)
    before = DenseIndex.build(ids[:count], vectors[:count])
    updated = before.updated(np.union1d(removed, strangers), ids[count:], vectors[count:])
    kept = ~np.isin(ids, removed)
    question = unit_rows(seed + 1, 1)[0]
    assert_same(updated, DenseIndex.build(ids[kept], vectors[kept]), question)
    assert_same(before, DenseIndex.build(ids[:count], vectors[:count]), question)


def test_vectors_are_rounded_as_the_store_rounds_them() -> None:
    vectors = np.random.default_rng(1).normal(size=(50, 16)).astype(np.float32)
    question = unit_rows(2, 1)[0]
    ids = some_ids(1, 50)
    assert_same(DenseIndex.build(ids, vectors), DenseIndex.build(ids, vectors.astype(np.float16)), question)


def test_what_is_added_comes_behind_what_is_there() -> None:
    index = DenseIndex.build(np.arange(5), unit_rows(1, 5))
    with pytest.raises(ValueError, match="in order of their ids"):
        index.updated(np.zeros(0, np.int64), np.array([3]), unit_rows(2, 1))


@pytest.mark.parametrize("among", [None, np.arange(10), np.arange(5)])
def test_ties_are_in_order_of_id(among: NDArray[np.int64] | None) -> None:
    vectors = np.repeat(unit_rows(1, 1), 9, axis=0)
    ids = np.array([9, 2, 7, 1, 8, 3, 6, 4, 5], dtype=np.int64)
    found = DenseIndex.build(ids, vectors).search(vectors[0], 9, among).ids
    assert found.tolist() == [each for each in range(1, 10) if among is None or each in among]


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    index = DenseIndex.build(np.zeros(0, np.int64), np.zeros((0, 16), np.float32))
    index.save(tmp_path)
    question = unit_rows(1, 1)[0]
    for each in (index, DenseIndex.load(tmp_path)):
        for among in (None, np.zeros(0, np.int64), np.arange(3)):
            hits = each.search(question, 5, among)
            found, scores = hits.ids, hits.scores
            assert len(each) == len(found) == len(scores) == 0
            assert found.dtype == np.int64
            assert scores.dtype == np.float32
        assert len(each.scores(question, found)) == 0
    filled = DenseIndex.load(tmp_path).updated(np.zeros(0, np.int64), np.arange(1, 4), unit_rows(1, 3))
    assert_same(filled, DenseIndex.build(np.arange(1, 4), unit_rows(1, 3)), question)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    index = DenseIndex.build(some_ids(3, 50), unit_rows(3, 50))
    folder = tmp_path / "chỉ mục hoà"
    folder.mkdir()
    index.save(folder)
    assert_same(DenseIndex.load(folder), index, unit_rows(4, 1)[0])


@pytest.mark.parametrize("kept", [None, 0, 3, 100, -9])
@pytest.mark.parametrize("file", ["dense.faiss", "sketch.faiss"])
@pytest.mark.usefixtures("few")
def test_a_missing_or_cut_file_is_a_value_error(tmp_path: Path, file: str, kept: int | None) -> None:
    DenseIndex.build(np.arange(2000), unit_rows(3, 2000)).save(tmp_path)
    if kept is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_bytes((tmp_path / file).read_bytes()[:kept])
    with pytest.raises(ValueError, match="no readable vector index"):
        DenseIndex.load(tmp_path)


def test_another_file_is_a_value_error(tmp_path: Path) -> None:
    import faiss

    (tmp_path / "dense.faiss").write_bytes(b"not an index at all" * 99)
    with pytest.raises(ValueError, match="no readable vector index"):
        DenseIndex.load(tmp_path)
    for other in (faiss.IndexFlatIP(16), faiss.IndexIDMap2(faiss.IndexFlatIP(16))):
        faiss.write_index(other, str(tmp_path / "dense.faiss"))
        with pytest.raises(ValueError, match="no readable vector index"):
            DenseIndex.load(tmp_path)


# Many chunks


def clustered(seed: int, count: int) -> NDArray[np.float32]:
    """Rows around 50 middles that all lie to one side, as those of texts do."""
    random = np.random.default_rng(seed)
    middles = np.random.default_rng(7).normal(size=(50, 64)) + 1
    rows = middles[random.integers(0, 50, count)] + 0.7 * random.normal(size=(count, 64))
    halves: NDArray[np.float16] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)
    return halves.astype(np.float32)


def recall(index: DenseIndex, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> float:
    shares = []
    for question in clustered(99, 50):
        hits = index.search(question, 10)
        found, scores = hits.ids, hits.scores
        expected, _ = nearest(ids, vectors, question, 10)
        np.testing.assert_array_equal(scores, index.scores(question, found))
        np.testing.assert_allclose(scores, vectors[np.searchsorted(ids, found)] @ question, atol=1e-6)
        assert (np.diff(scores) <= 0).all()
        shares.append(len(np.intersect1d(found, expected)) / 10)
    return float(np.mean(shares))


@pytest.mark.usefixtures("few")
def test_of_many_chunks_nearly_the_nearest_are_found(tmp_path: Path) -> None:
    ids, vectors = some_ids(1, 5000), clustered(1, 5000)
    index = DenseIndex.build(ids, vectors)
    index.save(tmp_path)
    assert (tmp_path / "sketch.faiss").is_file()
    assert recall(index, ids, vectors) >= 0.97
    assert_same(DenseIndex.load(tmp_path), index, clustered(2, 1)[0])
    assert_same(DenseIndex.build(ids, vectors), index, clustered(2, 1)[0])


@pytest.mark.usefixtures("few")
def test_of_many_chunks_the_nearest_among_some_are_found() -> None:
    ids, vectors = some_ids(1, 5000), clustered(1, 5000)
    index = DenseIndex.build(ids, vectors)
    for share in (0.002, 0.05, 0.5, 1.0):
        chosen = np.random.default_rng(3).random(5000) < share
        for question in clustered(2, 20):
            hits = index.search(question, 10, ids[chosen])
            found, scores = hits.ids, hits.scores
            expected, cosines = nearest(ids[chosen], vectors[chosen], question, 10)
            np.testing.assert_allclose(scores, cosines, atol=1e-6)
            assert set(found.tolist()) == set(expected.tolist())


@pytest.mark.usefixtures("few")
def test_an_updated_index_of_many_finds_what_is_nearest_now(tmp_path: Path) -> None:
    vectors = clustered(1, 5000)
    ids = np.arange(1, 5001, dtype=np.int64)
    DenseIndex.build(ids[:4500], vectors[:4500]).save(tmp_path)
    removed = ids[:4500:7]
    updated = DenseIndex.load(tmp_path).updated(removed, ids[4500:], vectors[4500:])
    kept = ~np.isin(ids, removed)
    assert updated.ids.tolist() == ids[kept].tolist()
    assert recall(updated, ids[kept], vectors[kept]) >= 0.97


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("before", "after", "trained"),
    [(999, 999, 0), (999, 1001, 1), (1500, 1600, 0), (1500, 2500, 1), (2500, 1500, 1), (1500, 900, 0)],
)
def test_the_sketch_is_trained_when_there_are_many_or_many_more(
    before: int, after: int, trained: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors, ids = clustered(1, 3000), np.arange(3000)
    index = DenseIndex.build(ids[:before], vectors[:before])
    made = Mock(wraps=dense._sketch)
    monkeypatch.setattr(dense, "_sketch", made)
    updated = index.updated(ids[after:before], ids[before:after], vectors[before:after])
    assert made.call_count == trained
    assert (updated._sketch is not None) == (after >= 1000)
    assert recall(updated, ids[:after], vectors[:after]) >= 0.97
