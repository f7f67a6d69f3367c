from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rag.evaluation.logistic import INVERSE_PENALTY, logistic_weights


def drawn(seed: int, count: int = 600) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Rows of a constant, a signal that tells, one that does not, and which of them are true."""
    random = np.random.default_rng(seed)
    true = random.random(count) < 0.5
    noise = random.normal(3, 10, count)
    return np.column_stack([np.ones(count), true + random.normal(0, 0.5, count), noise]), true


def loss(weights: NDArray[np.float64], rows: NDArray[np.float64], true: NDArray[np.bool_]) -> float:
    """What the weights minimise: the log loss, and half the squares of the weights of standardised signals."""
    odds = rows @ weights
    penalty = np.sum((weights[1:] * rows[:, 1:].std(axis=0)) ** 2) / (2 * INVERSE_PENALTY)
    return float(np.sum(np.logaddexp(0, odds) - odds * true) + penalty)


def test_a_signal_that_tells_weighs_more_than_noise() -> None:
    constant, telling, other = logistic_weights(*drawn(3))
    assert telling > 1 > abs(other)
    assert constant < 0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(40, 400))
def test_no_weights_nearby_have_a_smaller_loss(seed: int, count: int) -> None:
    rows, true = drawn(seed, count)
    found = np.array(logistic_weights(rows, true))
    for place in range(rows.shape[1]):
        step = np.zeros(rows.shape[1])
        step[place] = 0.01
        assert loss(found, rows, true) < min(loss(found + step, rows, true), loss(found - step, rows, true))


def test_a_signal_that_never_varies_weighs_nothing() -> None:
    rows, true = drawn(4)
    rows[:, 2] = 0.3
    assert logistic_weights(rows, true)[2] == 0


def test_rows_of_one_kind_alone_foretell_nothing() -> None:
    rows, true = drawn(5)
    with pytest.raises(ValueError, match="class"):
        logistic_weights(rows, np.ones_like(true))
