"""The fit of the probability that a short answer is right, and of that from which it stands first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.answering.short_answer_weights import ShortAnswerWeights, short_answer_weights
from rag.errors import GoldError
from rag.evaluation.logistic import logistic_weights
from rag.evaluation.outcome import agrees
from rag.training.retrieved_question import RankedQuestion, TrainingCollection

# A short answer stands first from the lowest probability on, in steps of a hundredth, at which more than this share of
# those that do are right, and at least so many do.
RIGHT_SHARE, FEWEST_SHOWN = 0.85, 20
# So many right answers, and as many wrong ones, are needed to fit weights on.
FEWEST = 10


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """The short answer in the first quote of a question: its signals, none where there is none, and if it is right."""

    signals: tuple[float, ...]
    right: bool

    def probability(self, weights: Sequence[float]) -> float:
        """How likely it is right (0 to 1) under weights; 0 where there is none."""
        return float(1 / (1 + np.exp(-np.dot(weights, self.signals)))) if self.signals else 0.0


def judge_answers(questions: Sequence[RankedQuestion], collection: TrainingCollection) -> list[JudgedAnswer]:
    """The short answers of answerable questions, under the weights in use. Right is what `agrees` accepts."""
    judged: list[JudgedAnswer] = []
    for each in questions:
        evidence = collection.evidence(each)
        text = evidence.quotes[0].candidate if evidence.quotes else None
        if evidence.short is None or not evidence.short.signals or text is None:
            judged.append(JudgedAnswer((), False))
            continue
        right = agrees(text, each.question.answers, english=each.question.language == "en")
        judged.append(JudgedAnswer(evidence.short.signals, bool(right)))
    return judged


def fit_short_answers(fitted: Sequence[JudgedAnswer], measured: Sequence[JudgedAnswer]) -> ShortAnswerWeights:
    """The weights fitted on some answers, and `shown_from` read off the others; 1 where no probability suffices.

    Raises `GoldError` for too few answers.
    """
    given = [each for each in fitted if each.signals]
    if min(sum(each.right for each in given), sum(not each.right for each in given)) < FEWEST:
        raise GoldError(f"too few short answers to fit on: of right and of wrong ones {FEWEST} each are needed")
    rows = np.array([each.signals for each in given], np.float64)
    weights = logistic_weights(rows, np.array([each.right for each in given], np.bool_))
    return ShortAnswerWeights(weights, _shown_from(measured, weights))


def measure_short_answers(judged: Sequence[JudgedAnswer]) -> dict[str, float]:
    """The share of questions whose short answer stands first under the weights in use, and of these that are right."""
    weights = short_answer_weights()
    shown = [each for each in judged if each.probability(weights.signals) >= weights.shown_from]
    return {
        "short answer shown": len(shown) / len(judged),
        "right of those shown": sum(each.right for each in shown) / len(shown) if shown else 0.0,
    }


def _shown_from(judged: Sequence[JudgedAnswer], weights: Sequence[float]) -> float:
    for hundredths in range(50, 100):
        shown = [each for each in judged if each.probability(weights) >= hundredths / 100]
        if len(shown) < FEWEST_SHOWN:
            break
        if sum(each.right for each in shown) > RIGHT_SHARE * len(shown):
            return hundredths / 100
    return 1.0
