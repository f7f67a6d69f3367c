from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.training.softmax_regression import Features, Group, softmax_weights

TRUE = np.array([1.5, -0.5, 0.0])


def drawn(seed: int, count: int) -> list[Group]:
    """Groups whose right candidate is drawn from the softmax of the features under the weights `TRUE`."""
    rng = np.random.default_rng(seed)
    groups: list[Group] = []
    for _ in range(count):
        features = rng.normal(0, 1, (int(rng.integers(2, 12)), len(TRUE)))
        right = np.zeros(len(features), np.bool_)
        right[np.argmax(features @ TRUE + rng.gumbel(size=len(features)))] = True
        groups.append((features, right))
    return groups


def loss(weights: Features, groups: list[Group]) -> float:
    """Mean negative log likelihood of the right candidates."""
    found = []
    for features, right in groups:
        logits = features @ weights
        found.append(float(np.logaddexp.reduce(logits) - logits[right].mean()))
    return sum(found) / len(found)


def test_the_weights_that_the_right_ones_were_drawn_by_are_found() -> None:
    assert softmax_weights(drawn(1, 3000)) == pytest.approx(TRUE, abs=0.12)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.integers(10, 60))
def test_no_weights_nearby_have_a_smaller_loss(seed: int, count: int) -> None:
    groups = drawn(seed, count)
    found = softmax_weights(groups)
    assert np.isfinite(found).all()
    for step in 0.02 * np.eye(len(found)):
        assert loss(found, groups) < min(loss(found + step, groups), loss(found - step, groups)) + 1e-6


def test_what_all_candidates_of_a_question_share_changes_nothing() -> None:
    groups = drawn(2, 60)
    shifted = [(features + number, right) for number, (features, right) in enumerate(groups)]
    assert softmax_weights(shifted) == pytest.approx(softmax_weights(groups), abs=1e-3)


def test_several_right_candidates_share_the_probability() -> None:
    features = np.array([[1.0], [1.0], [0.0]])
    both, one = (softmax_weights([(features, np.array(right))] * 4 + [(features, np.array([False, False, True]))])
                 for right in ([True, True, False], [True, False, False]))  # fmt: skip
    assert both == pytest.approx(one, abs=1e-6)
