"""The weights that ship, fitted one after the other: what is fitted later sees what was fitted before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any, TypeVar

from rag.answering.answerability_weights import AnswerabilityWeights
from rag.answering.evidence_weights import EvidenceWeights
from rag.answering.short_answer_weights import ShortAnswerWeights
from rag.models.weights_file import WeightsFile, read_weights, using_weights
from rag.progress import Progress
from rag.retrieval.fusion_weights import FusionWeights
from rag.training.answerability_fit import fit_answerability, judge, measure_answerability
from rag.training.evidence_fit import fit_evidence, measure_evidence
from rag.training.fusion_fit import fit_fusion, measure_fusion
from rag.training.retrieved_question import RankedQuestion, RetrievedQuestion, TrainingCollection
from rag.training.short_answer_fit import fit_short_answers, judge_answers, measure_short_answers
from rag.training.weight_questions import QuestionSample

MADE_BY = "hoidap train weights"
# The files of weights in the order in which they are fitted, each with what it holds.
KINDS: dict[str, type[Any]] = {
    "fusion": FusionWeights,
    "evidence": EvidenceWeights,
    "answerability": AnswerabilityWeights,
    "short_answers": ShortAnswerWeights,
}

Q = TypeVar("Q", RetrievedQuestion, RankedQuestion)
Fitted = tuple[str, WeightsFile[Any]]


def fit_weights(
    sample: QuestionSample,
    collection: TrainingCollection,
    threshold: float,
    names: Collection[str] = tuple(KINDS),
    progress: Progress = lambda *_: None,
) -> Iterator[Fitted]:
    """The name and file of each of the weights of these names, in the order of `KINDS`, with those before it in use.

    `collection` is made of the articles of the sample; questions are refused below `threshold` (0 to 1). Raises
    `GoldError` for too few questions.
    """
    retrieved = collection.retrieve(sample.questions, progress)
    with ExitStack() as in_use:

        def finished(name: str, fit: Callable[[], Any], measure: Callable[[], dict[str, float]]) -> Iterator[Fitted]:
            if name in names:
                before, weights = measure(), fit()
                in_use.enter_context(using_weights(name, weights))
                yield name, _file(name, weights, sample, before, measure())

        vectors = collection.vectors
        fitted, others = _halves([each for each in retrieved if each.question.answerable])
        yield from finished("fusion", lambda: fit_fusion(fitted, vectors), lambda: measure_fusion(others, vectors))
        if {*names} <= {"fusion"}:
            return
        ranked = collection.rank(retrieved, progress)
        own, rest = _halves([each for each in ranked if each.question.answerable])
        yield from finished(
            "evidence", lambda: fit_evidence(own, collection), lambda: measure_evidence(rest, collection)
        )
        judged, checked = (judge(half, collection) for half in _halves(ranked))
        yield from finished(
            "answerability", lambda: fit_answerability(judged), lambda: measure_answerability(checked, threshold)
        )
        answers, other_answers = (judge_answers(half, collection) for half in (own, rest))
        yield from finished(
            "short_answers",
            lambda: fit_short_answers(answers, other_answers),
            lambda: measure_short_answers(other_answers),
        )


def _halves(questions: Sequence[Q]) -> tuple[list[Q], list[Q]]:
    """The questions to fit on, and those to measure with."""
    return [each for each in questions if each.question.fitted], [
        each for each in questions if not each.question.fitted
    ]


def _file(
    name: str, weights: Any, sample: QuestionSample, before: dict[str, float], after: dict[str, float]
) -> WeightsFile[Any]:
    shipped = read_weights(name, KINDS[name])
    old, new = (asdict(each) for each in (shipped.weights, weights))
    kept = {path: why for path, why in shipped.not_fitted.items() if _at(old, path) == _at(new, path)}
    measured = {measure: round(value, 4) for measure, value in after.items()}
    # Only the probability of an answer is measured with unanswerable questions too.
    counted = [each for each in sample.questions if not each.fitted and (each.answerable or name == "answerability")]
    measured |= {f"{measure}, weights before": round(value, 4) for measure, value in before.items()}
    return WeightsFile(
        weights=weights,
        made_by=MADE_BY,
        fitted_on=sample.datasets,
        split=sample.split,
        not_fitted=kept,
        held_out={"questions": float(len(counted)), **measured},
    )


def _at(weights: Any, path: str) -> Any:
    """The weight at a path of names parted by dots."""
    for name in path.split("."):
        weights = weights[name]
    return weights
