"""The fit of the probability that the first quote answers: logistic regression on gold questions and their quotes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.answering.quote_confidence import DOUBTED_BELOW, QuoteConfidenceWeights, QuoteSignals
from rag.errors import GoldError
from rag.evaluation.gold import TODAY, GoldQuestion
from rag.evaluation.logistic import logistic_weights
from rag.evaluation.metrics import auroc, contains
from rag.progress import Progress

if TYPE_CHECKING:
    from rag.assistant import Assistant

SPLIT = "five folds of neighbouring questions; the shipped weights are fitted on all that are not refused"
_FOLDS, _FEWEST = 5, 20


@dataclass(frozen=True, slots=True)
class JudgedQuote:
    """The signals of the first quote of a question, and whether it is of the right article and holds an answer."""

    signals: QuoteSignals
    right: bool


def judge_quotes(
    assistant: Assistant, gold: Sequence[GoldQuestion], progress: Progress = lambda *_: None
) -> list[JudgedQuote]:
    """The first quotes of answered questions, held or not, of a kind that one sentence can answer."""
    judged: list[JudgedQuote] = []
    refused_below = assistant.config.answer.refuse_below
    for number, each in enumerate(gold, start=1):
        found = assistant.evidence(each.question, each.history, each.only, each.today or TODAY)
        if found.quote_signals is not None and found.confidence >= refused_below:
            first = found.quotes[0]
            right = first.article_id in each.qrels and contains(first.text, each.answers) > 0
            judged.append(JudgedQuote(found.quote_signals, right))
        progress("questions", number, len(gold))
    return judged


def fit_quote_confidence(judged: Sequence[JudgedQuote]) -> tuple[QuoteConfidenceWeights, dict[str, float]]:
    """The weights fitted on all quotes, and what five folds measure. Raises `GoldError` for too few right or wrong."""
    rows = np.array([(1.0, *each.signals) for each in judged], np.float64).reshape(-1, 3)
    right = np.array([each.right for each in judged], np.bool_)
    if min(right.sum(), (~right).sum()) < _FEWEST:
        raise GoldError(f"{_FEWEST} questions whose first quote is right, and as many whose is wrong, are needed")
    likely = np.zeros(len(rows))
    for fold in range(_FOLDS):
        own = np.arange(len(rows)) * _FOLDS // len(rows) == fold
        likely[own] = 1 / (1 + np.exp(-rows[own] @ np.array(logistic_weights(rows[~own], right[~own]))))
    return QuoteConfidenceWeights(*logistic_weights(rows, right)), measures(likely.tolist(), right.tolist())


def measures(likely: Sequence[float], right: Sequence[bool]) -> dict[str, float]:
    """How well probabilities tell right first quotes from wrong ones, and what is doubted by them."""
    doubted = [is_right for each, is_right in zip(likely, right, strict=True) if each < DOUBTED_BELOW]
    trusted = [is_right for each, is_right in zip(likely, right, strict=True) if each >= DOUBTED_BELOW]
    return {
        "questions": float(len(right)),
        "AUROC": round(auroc(likely, right), 3),
        "doubted": round(len(doubted) / len(right), 3),
        "right of those doubted": round(float(np.mean(doubted)) if doubted else 0.0, 3),
        "right of the others": round(float(np.mean(trusted)) if trusted else 0.0, 3),
    }
