from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rag.dense import DenseIndex


def unit_rows(seed: int, count: int, dimension: int = 16) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    found: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return found


def some_ids(seed: int, count: int) -> NDArray[np.int64]:
    return np.sort(np.random.default_rng(seed).choice(10_000, size=count, replace=False)).astype(np.int64)


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 80))
def test_search_is_that_of_brute_force(seed: int, count: int, k: int) -> None:
    vectors, ids = unit_rows(seed, count), some_ids(seed, count)
    question = unit_rows(seed + 1, 1)[0]
    found, scores = DenseIndex.build(ids, vectors).search(question, k)
    cosines = vectors @ question
    order = np.argsort(-cosines)[:k]
    np.testing.assert_array_equal(found, ids[order])
    np.testing.assert_allclose(scores, cosines[order], atol=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_scores_are_those_of_search_in_the_order_asked_for(seed: int, count: int) -> None:
    index = DenseIndex.build(some_ids(seed, count), unit_rows(seed, count))
    question = unit_rows(seed + 1, 1)[0]
    found, scores = index.search(question, count)
    shuffled = np.random.default_rng(seed).permutation(count)
    np.testing.assert_allclose(index.scores(question, found[shuffled]), scores[shuffled], atol=1e-6)


def test_ties_are_in_order_of_id() -> None:
    vectors = np.repeat(unit_rows(1, 1), 9, axis=0)
    ids = np.array([9, 2, 7, 1, 8, 3, 6, 4, 5], dtype=np.int64)
    assert DenseIndex.build(ids, vectors).search(vectors[0], 9)[0].tolist() == sorted(ids.tolist())


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    index = DenseIndex.build(np.zeros(0, np.int64), np.zeros((0, 16), np.float32))
    index.save(tmp_path / "a")
    for each in (index, DenseIndex.load(tmp_path / "a")):
        found, scores = each.search(unit_rows(1, 1)[0], 5)
        assert len(each) == len(found) == len(scores) == 0
        assert found.dtype == np.int64
        assert scores.dtype == np.float32
        assert len(each.scores(unit_rows(1, 1)[0], found)) == 0


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    index = DenseIndex.build(some_ids(3, 50), unit_rows(3, 50))
    file = tmp_path / "chỉ mục hoà.faiss"
    index.save(file)
    loaded = DenseIndex.load(file)
    assert len(loaded) == 50
    question = unit_rows(4, 1)[0]
    np.testing.assert_array_equal(loaded.search(question, 50)[0], index.search(question, 50)[0])
    np.testing.assert_array_equal(loaded.search(question, 50)[1], index.search(question, 50)[1])


@pytest.mark.parametrize("kept", [None, 0, 3, 100, -1])
def test_a_missing_or_cut_file_is_a_value_error(tmp_path: Path, kept: int | None) -> None:
    file = tmp_path / "a"
    DenseIndex.build(some_ids(3, 50), unit_rows(3, 50)).save(file)
    if kept is None:
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(ValueError, match="no readable vector index"):
        DenseIndex.load(file)


def test_another_file_is_a_value_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"not an index at all" * 99)
    with pytest.raises(ValueError, match="no readable vector index"):
        DenseIndex.load(tmp_path / "a")
