"""The refusal refitted to a collection: weights fitted on one half of gold questions, checked on the other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from rag.answering.answerability import INFORMATIVE, Calibration, Signals, probability
from rag.answering.answerability_weights import answerability_weights
from rag.assistant import Assistant
from rag.errors import GoldError
from rag.evaluation.gold import TODAY, GoldQuestion
from rag.evaluation.logistic import logistic_weights
from rag.evaluation.metrics import auroc, brier_score, expected_calibration_error, precision_recall_f1
from rag.index.sqlite_store import SqliteStore
from rag.index.write_lock import write_lock
from rag.progress import Progress

# With fewer questions of a kind, held or not, in a half the default is the better guess.
FEWEST = 20


@dataclass(frozen=True, slots=True)
class Judged:
    """A question's signals, None when nothing was found, and whether the collection holds its answer."""

    id: str
    signals: Signals | None
    held: bool


@dataclass(frozen=True, slots=True)
class RefusalMeasures:
    """How well the confidence foretells what is held, and how well it refuses at the threshold of the settings."""

    auroc: float
    expected_calibration_error: float
    brier_score: float
    refusal_precision: float
    refusal_recall: float
    refusal_f1: float
    answerable_refused: float


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """New weights by kind of question, and what the half that was not fitted on says of the default and of them."""

    fitted: int
    checked: int
    weights: Mapping[str, tuple[float, ...]]
    before: RefusalMeasures
    after: RefusalMeasures

    @property
    def better(self) -> bool:
        """Whether the probabilities come nearer to the truth, by their Brier score."""
        return self.after.brier_score < self.before.brier_score


def calibrate(
    assistant: Assistant, gold: Sequence[GoldQuestion], progress: Progress = lambda *_: None
) -> CalibrationReport:
    """Look for the evidence of every question, fit and check. Raises `GoldError` for too few questions.

    Nothing is written. `progress` is told how many questions are done.
    """
    judged: list[Judged] = []
    for question in gold:
        signals = assistant.evidence(
            question.question, question.history, question.only, question.today or TODAY
        ).signals
        judged.append(Judged(question.id, signals, question.answerable))
        progress("questions", len(judged), len(gold))
    return refit(judged, assistant.config.answer.refuse_below)


def held_out(gold: Sequence[GoldQuestion]) -> list[GoldQuestion]:
    """The questions of the half that `calibrate` does not fit on."""
    return [question for question in gold if _half(question.id) == 1]


def refit(judged: Sequence[Judged], threshold: float) -> CalibrationReport:
    """Weights fitted on half of the questions, and both halves' report. Raises `GoldError` for too few questions.

    The halves are told by a hash of the ids, so that the order of the questions decides nothing.
    """
    fitted = [each for each in judged if _half(each.id) == 0]
    checked = [each for each in judged if _half(each.id) == 1]
    default = answerability_weights().kinds
    kinds = [kind for kind in default if all(_enough(half, kind) for half in (fitted, checked))]
    if not kinds:
        held = sum(each.held for each in judged)
        raise GoldError(
            f"{held} held and {len(judged) - held} not held are too few questions to calibrate with; each half, told by"
            f" a hash of the id, needs {FEWEST} of both in the same language as the articles, or in another"
        )
    weights = {kind: _weights(fitted, kind) for kind in kinds}
    before, after = (measures(checked, calibration, threshold) for calibration in (default, weights))
    return CalibrationReport(len(fitted), len(checked), weights, before, after)


def measures(judged: Sequence[Judged], calibration: Calibration, threshold: float) -> RefusalMeasures:
    """What the confidence under these weights is worth on the questions."""
    probabilities = [probability(each.signals, calibration) if each.signals else 0.0 for each in judged]
    held = [each.held for each in judged]
    refused = {
        each.id for each, value in zip(judged, probabilities, strict=True) if value < threshold or not each.signals
    }
    answerable = {each.id for each in judged if each.held}
    precision, recall, f1 = precision_recall_f1(refused, {each.id for each in judged} - answerable)
    return RefusalMeasures(
        auroc=auroc(probabilities, held),
        expected_calibration_error=expected_calibration_error(probabilities, held),
        brier_score=brier_score(probabilities, held),
        refusal_precision=precision,
        refusal_recall=recall,
        refusal_f1=f1,
        answerable_refused=len(refused & answerable) / len(answerable) if answerable else 0.0,
    )


def put_calibration(folder: Path, weights: Calibration) -> None:
    """Make these the weights of the collection in a folder; none are the defaults.

    Readers see them with their next question; the indexes stay.
    """
    with closing(SqliteStore(folder)) as store, write_lock(folder), store.transaction():
        manifest = store.manifest()
        store.put_manifest(replace(manifest, generation=manifest.generation + 1, calibration=weights))


def table(report: CalibrationReport) -> Iterator[str]:
    """Lines of the measures, before and after."""
    yield f"{'':28}  before  after"
    after = asdict(report.after)
    for name, value in asdict(report.before).items():
        yield f"{name.replace('_', ' '):28}  {value:6.3f} {after[name]:6.3f}"


def _half(name: str) -> int:
    return hashlib.sha256(name.encode()).digest()[0] % 2


def _of_kind(judged: Sequence[Judged], kind: str) -> list[tuple[Signals, bool]]:
    return [(each.signals, each.held) for each in judged if each.signals and each.signals.kind == kind]


def _enough(judged: Sequence[Judged], kind: str) -> bool:
    held = [is_held for _, is_held in _of_kind(judged, kind)]
    return min(sum(held), len(held) - sum(held)) >= FEWEST


def _weights(judged: Sequence[Judged], kind: str) -> tuple[float, ...]:
    """The fitted weights, with zeros for the signals that tell nothing in this kind."""
    rows = np.array([signals.values for signals, _ in _of_kind(judged, kind)], dtype=np.float64)
    held = np.array([is_held for _, is_held in _of_kind(judged, kind)], dtype=np.bool_)
    columns = list(INFORMATIVE[kind])
    weights = np.zeros(len(answerability_weights().kinds[kind]))
    weights[columns] = logistic_weights(rows[:, columns], held)
    return tuple(weights.tolist())
