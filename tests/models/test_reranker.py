from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.models.reranker import MAX_ANSWER_TOKENS, ReaderAnswer, Reading

scores = st.floats(-20, 20, width=32)


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    """Readings of tokens in order that share letters, leave some out or stand for none."""
    sizes = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=60))
    spans, at = [], 0
    for gap, size in sizes:
        spans.append((at + gap, at + gap + size))
        at += gap + size
    count = len(spans)
    starts, ends = (draw(st.lists(scores, min_size=count, max_size=count)) for _ in range(2))
    return Reading(0.0, tuple(spans), np.array(starts, np.float32), np.array(ends, np.float32))


@settings(max_examples=150)
@given(readings(), st.integers(0, 40), st.none() | st.integers(0, 120))
def test_the_best_is_the_best_of_all(reading: Reading, start: int, end: int | None) -> None:
    inside = [
        place
        for place, (at, to) in enumerate(reading.tokens)
        if start <= at < to and (to <= end if end is not None else True)
    ]
    sums = [
        float(reading.starts[one] + reading.ends[two])
        for one in inside
        for two in inside
        if one <= two < one + MAX_ANSWER_TOKENS
    ]
    found = reading.best_answer(start, end)
    if not sums:
        assert found is None
        return
    assert found is not None
    assert found.score == pytest.approx(max(sums) / 2, abs=1e-5)
    assert start <= found.start < found.end
    assert end is None or found.end <= end
    assert any(
        (reading.tokens[one][0], reading.tokens[two][1]) == (found.start, found.end) for one in inside for two in inside
    )


def test_an_answer_is_no_longer_than_was_learnt() -> None:
    starts, ends = np.zeros((2, 100), np.float32)
    starts[0] = ends[99] = 5
    reading = Reading(0.0, tuple((place, place + 1) for place in range(100)), starts, ends)
    found = reading.best_answer()
    assert found is not None
    assert found.end - found.start <= MAX_ANSWER_TOKENS
    assert found.score == 2.5


def test_a_token_that_stands_for_no_letter_is_no_answer() -> None:
    scores = np.array([0, 9, 0], np.float32)
    found = Reading(0.0, ((0, 1), (2, 2), (2, 3)), scores, scores).best_answer()
    assert found == ReaderAnswer(0, 1, 0.0)
