"""The fit of the probability that a collection holds the answer: logistic regression on the signals of the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rag.answering.answerability import INFORMATIVE
from rag.answering.answerability_weights import AnswerabilityWeights, answerability_weights
from rag.evaluation.calibration import FEWEST, Judged, measures
from rag.evaluation.logistic import logistic_weights
from rag.training.retrieved_question import RankedQuestion, TrainingCollection


def judge(questions: Sequence[RankedQuestion], collection: TrainingCollection) -> list[Judged]:
    """The signals of each question, with the reader and without, and as if cosines were not known (`words`)."""
    judged: list[Judged] = []
    for number, each in enumerate(questions):
        for reader in (True, False):
            signals = collection.evidence(each, reader=reader).signals
            judged.append(Judged(f"{number} {reader}", signals, each.question.answerable))
            if signals and signals.kind == "same":
                judged.append(Judged(f"{number} words", replace(signals, kind="words"), each.question.answerable))
    return judged


def fit_answerability(judged: Sequence[Judged]) -> AnswerabilityWeights:
    """The weights fitted on questions, for the kinds of which there are enough; those of other kinds stay.

    `FEWEST` answerable questions of a kind are enough, and as many unanswerable ones. `unknown_lead` is the lead at
    which a question is as likely answerable as not, by the lead alone.
    """
    shipped = answerability_weights()
    kinds = dict(shipped.kinds)
    for kind, columns in INFORMATIVE.items():
        rows = [(each.signals, each.held) for each in judged if each.signals and each.signals.kind == kind]
        answerable = np.array([held for _, held in rows], np.bool_)
        if min(answerable.sum(), (~answerable).sum()) >= FEWEST:
            weights = np.zeros(len(shipped.kinds[kind]))
            values = np.array([signals.values for signals, _ in rows], np.float64)
            weights[list(columns)] = logistic_weights(values[:, list(columns)], answerable)
            kinds[kind] = tuple(weights.tolist())
    return AnswerabilityWeights(kinds, _even_lead(judged))


def measure_answerability(judged: Sequence[Judged], threshold: float) -> dict[str, float]:
    """How well the weights in use foretell what is answerable, by kind of question, refused below a threshold."""
    kinds = answerability_weights().kinds
    found: dict[str, float] = {}
    for kind in kinds:
        own = [each for each in judged if each.signals and each.signals.kind == kind]
        if own:
            measured = measures(own, kinds, threshold)
            found |= {f"{kind}: AUROC": measured.auroc, f"{kind}: Brier score": measured.brier_score}
            found |= {f"{kind}: refusal F1": measured.refusal_f1}
    return found


def _even_lead(judged: Sequence[Judged]) -> float:
    known = [(each.signals.lead, each.held) for each in judged if each.signals]
    rows = np.array([(1.0, lead) for lead, _ in known])
    constant, weight = logistic_weights(rows, np.array([held for _, held in known], np.bool_))
    return round(max(0.0, min(1.0, -constant / weight)), 2) if weight > 0 else answerability_weights().unknown_lead
