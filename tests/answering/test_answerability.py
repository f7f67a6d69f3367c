from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from rag.answering.answerability import INFORMATIVE, Calibration, Kind, Signals, probability, weights_of
from rag.answering.answerability_weights import answerability_weights

DEFAULT = answerability_weights().kinds
SIGNALS = (0.9, 0.5, 0.5, 1.0, 0.2)


def signals(kind: str, reading: float = 0.0) -> Signals:
    return Signals(cast(Kind, kind), *SIGNALS, reading=reading)


def test_each_kind_has_weights_for_the_signals_that_tell() -> None:
    assert set(DEFAULT) == set(INFORMATIVE)
    for kind, weights in DEFAULT.items():
        told = {place for place, weight in enumerate(weights) if weight}
        # Codes are too few to fit with, and a fit is on one language.
        assert told - {"cross": {4}, "read": {7}}.get(kind, set()) <= set(INFORMATIVE[kind])
        assert len(weights) <= len(signals(kind).values)


def test_only_where_it_was_read_a_reading_tells() -> None:
    for kind in DEFAULT:
        low, high = (probability(signals(kind, reading), DEFAULT) for reading in (-5.0, 5.0))
        assert (low < high) == (kind == "read"), kind
        assert 0 <= low <= high <= 1


def test_less_is_wanted_in_other_languages_than_vietnamese() -> None:
    same = signals("read")
    assert probability(replace(same, elsewhere=1.0), DEFAULT) > probability(same, DEFAULT)
    seven = {"read": (-1.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.1)}  # of a collection, whose constant is that of its languages
    assert probability(replace(same, elsewhere=1.0), seven) == probability(same, seven)


@pytest.mark.parametrize("kind", ["same", "cross", "words"])
def test_six_weights_of_a_collection_are_those_of_its_kind(kind: Kind) -> None:
    own: Calibration = {kind: (-1.0, 1.0, 0.5, 0.0, 0.0, 0.0)}
    assert weights_of(kind, own) == own[kind]
    expected = 1 / (1 + np.exp(-(-1.0 + SIGNALS[0] + 0.5 * SIGNALS[1])))
    assert probability(signals(kind, 7.0), own) == pytest.approx(expected)


def test_a_kind_that_a_collection_has_no_weights_of_has_the_default() -> None:
    own = {"cross": (0.0,) * 6}
    assert weights_of("read", own) == DEFAULT["read"]
    assert probability(signals("read", 2.0), own) == probability(signals("read", 2.0), DEFAULT)


def test_weights_from_before_there_was_a_reader_go_on() -> None:
    own = {"same": (-1.0, 1.0, 0.5, 0.0, 0.0, 0.0)}
    assert weights_of("read", own) == own["same"]
    assert probability(signals("read", 7.0), own) == probability(signals("same"), own)
    assert weights_of("read", {**own, "read": DEFAULT["read"]}) == DEFAULT["read"]
    assert weights_of("read", {"same": DEFAULT["same"]}) == DEFAULT["read"]
