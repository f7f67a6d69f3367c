from __future__ import annotations

import numpy as np
import pytest

from rag.errors import GoldError
from rag.models.weights_file import using_weights
from rag.training.short_answer_fit import (
    FEWEST_SHOWN,
    RIGHT_SHARE,
    JudgedAnswer,
    fit_short_answers,
    measure_short_answers,
)


def judged(count: int, seed: int) -> list[JudgedAnswer]:
    """Answers whose second signal tells how likely they are right, some questions without one."""
    rng = np.random.default_rng(seed)
    made = [JudgedAnswer((), False)] * (count // 4)
    for _ in range(count):
        signal = float(rng.normal(0, 2))
        made.append(JudgedAnswer((1.0, signal), bool(rng.random() < 1 / (1 + np.exp(-signal)))))
    return made


def test_an_answer_stands_first_from_where_enough_are_right() -> None:
    fitted, others = judged(400, 1), judged(400, 2)
    weights = fit_short_answers(fitted, others)
    assert weights.signals[1] == pytest.approx(1.0, abs=0.3)
    with using_weights("short_answers", weights):
        measured = measure_short_answers(others)
    assert measured["right of those shown"] > RIGHT_SHARE
    assert 0.1 < measured["short answer shown"] < 0.6
    lower = [each for each in others if each.probability(weights.signals) >= weights.shown_from - 0.01]
    assert sum(each.right for each in lower) <= RIGHT_SHARE * len(lower)


def test_none_stands_first_where_none_is_sure_enough() -> None:
    wrong = [JudgedAnswer(each.signals, False) for each in judged(400, 2)]
    weights = fit_short_answers(judged(400, 1), wrong)
    assert weights.shown_from == 1.0
    with using_weights("short_answers", weights):
        assert measure_short_answers(wrong) == {"short answer shown": 0.0, "right of those shown": 0.0}


def test_a_handful_of_answers_shows_nothing() -> None:
    right = [JudgedAnswer((1.0, 9.0), True)] * (FEWEST_SHOWN - 1)
    assert fit_short_answers(judged(400, 1), right).shown_from == 1.0


def test_too_few_answers_are_an_error() -> None:
    with pytest.raises(GoldError, match="too few short answers"):
        fit_short_answers([each for each in judged(400, 1) if each.right], judged(40, 2))
