"""What the probability of the first quote is fitted on, and that it learns it."""

from __future__ import annotations

import random

import pytest

from rag import Assistant
from rag.errors import GoldError
from rag.evaluation.gold import GoldQuestion
from rag.training.quote_confidence_fit import JudgedQuote, fit_quote_confidence, judge_quotes, measures


def judged(count: int) -> list[JudgedQuote]:
    """Quotes that are right the likelier the higher their score is."""
    rng = random.Random(3)
    drawn = [(rng.uniform(-5, 5), rng.uniform(0, 6)) for _ in range(count)]
    return [JudgedQuote((score, lead), score + rng.gauss(0, 2) > 0) for score, lead in drawn]


def test_what_tells_right_quotes_is_learnt() -> None:
    weights, found = fit_quote_confidence(judged(200))
    assert weights.score > 0.5
    assert abs(weights.lead) < weights.score
    assert found["AUROC"] > 0.8
    assert found["right of those doubted"] < 0.3 < found["right of the others"]


def test_too_few_are_refused() -> None:
    with pytest.raises(GoldError, match="20 questions whose first quote is right"):
        fit_quote_confidence(judged(30))
    with pytest.raises(GoldError, match="20 questions"):
        fit_quote_confidence([])


def test_measures_are_shares() -> None:
    found = measures([0.1, 0.2, 0.6, 0.9], [False, True, True, True])
    assert found["doubted"] == 0.5
    assert found["right of those doubted"] == 0.5
    assert found["right of the others"] == 1.0


def test_the_first_quote_of_what_a_sentence_answers_is_judged(sample: Assistant) -> None:
    article = next(each.id for each in sample.articles() if "noi-bai" in each.id)
    held = GoldQuestion("a", "Chủ đầu tư cao tốc Nội Bài – Lào Cai là ai?", qrels={article: 1}, answers=("VEC",))
    other = GoldQuestion("b", held.question, qrels={article: 1}, answers=("Bộ Giao thông",))
    summed = GoldQuestion("c", "Tóm tắt bài viết về cao tốc Nội Bài – Lào Cai", qrels={article: 1}, answers=("VEC",))
    assert [each.right for each in judge_quotes(sample, [held, other, summed])] == [True, False]
