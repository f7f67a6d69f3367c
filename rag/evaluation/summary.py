"""Outcomes -> means with intervals, over all questions and by tag, and the points of what a report plots."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.evaluation.metrics import auroc, brier_score, expected_calibration_error
from rag.evaluation.outcome import FAULTS, Outcome

_RESAMPLES, _SEED, _LEVEL, _NORMAL = 1000, 7, 0.95, 1.959964
# Measures of which less is better.
MISTAKES = frozenset(
    (
        "answerable refused",
        "says what it must not",
        "fell back to quotes",
        "sentences dropped",
        "wrong",
        "refused wrongly",
        "right, doubted",
    )
)


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over the questions that a measure applies to, with its 95 % interval.

    It is the bootstrap's (percentiles), but of shares that are 0 or 1 on all questions, and of sentences, Wilson's.
    """

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Means by measure, questions by fault, and how well the confidence foretells what is held."""

    questions: int
    means: Mapping[str, Mean]
    faults: Mapping[str, int]
    confidence: Mapping[str, float]


def summary(outcomes: Sequence[Outcome]) -> Summary:
    """What the outcomes come to; measures in the order in which questions first have them."""
    names = dict.fromkeys(name for outcome in outcomes for name in outcome.scores)
    means = {name: mean_of([each.scores[name] for each in outcomes if name in each.scores]) for name in names}
    written = sum((Counter(outcome.sentences) for outcome in outcomes), Counter[str]())
    for kind in ("supported", "partly", "dropped") if written else ():
        means[f"sentences {kind}"] = _share(written[kind], written.total())
    counts = Counter(outcome.fault for outcome in outcomes)
    faults: dict[str, int] = {fault: counts[fault] for fault in FAULTS if counts[fault]}
    held = [outcome.answerable for outcome in outcomes]
    confidences = [outcome.confidence for outcome in outcomes]
    confidence = {}
    if len(set(held)) == 2:
        confidence = {
            "AUROC": auroc(confidences, held),
            "Brier score": brier_score(confidences, held),
            "calibration error": expected_calibration_error(confidences, held),
        }
    return Summary(len(outcomes), means, faults, {name: round(value, 6) for name, value in confidence.items()})


def by_tag(outcomes: Sequence[Outcome]) -> dict[str, dict[str, Summary]]:
    """Tag -> value -> summary, in order; tags that all questions share are left out."""
    grouped: defaultdict[str, defaultdict[str, list[Outcome]]] = defaultdict(lambda: defaultdict(list))
    for outcome in outcomes:
        for tag, value in outcome.tags.items():
            grouped[tag][value].append(outcome)
    return {
        tag: {value: summary(grouped[tag][value]) for value in sorted(grouped[tag])}
        for tag in sorted(grouped)
        if len(grouped[tag]) > 1
    }


def mean_of(values: Sequence[float]) -> Mean:
    """The mean of at least one value, its interval from resamples drawn the same each time."""
    array = np.asarray(values, dtype=np.float64)
    if array.min() == array.max() and array[0] in (0.0, 1.0):
        return _share(int(array.sum()), len(array))
    low, high = interval(array)
    return Mean(round(float(array.mean()), 6), low, high, len(array))


def _share(count: int, of: int) -> Mean:
    """A share with Wilson's interval (1927), which is wide where there are few, also at 0 and 1."""
    share, square = count / of, _NORMAL**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    reach = _NORMAL / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    low, high = max(0.0, middle - reach), min(1.0, middle + reach)
    return Mean(round(share, 6), round(low, 6), round(high, 6), of)


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """The bootstrap interval (percentile method, 95 %) of the mean of values (n,)."""
    if len(values) < 2 or values.min() == values.max():
        return round(float(values.mean()), 6), round(float(values.mean()), 6)
    from scipy.stats import bootstrap

    rng = np.random.default_rng(_SEED)
    found = bootstrap(
        (values,), np.mean, n_resamples=_RESAMPLES, batch=100, confidence_level=_LEVEL, method="percentile", rng=rng
    ).confidence_interval
    return round(float(found.low), 6), round(float(found.high), 6)


def ranks(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many questions have their first relevant article at each rank: 1 to 10, `11-50`, or `none`."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        if outcome.relevant:
            rank = next((at for at, each in enumerate(outcome.ranking, 1) if each in outcome.relevant), None)
            counts["none" if rank is None else str(rank) if rank <= 10 else "11-50"] += 1
    return {name: counts[name] for name in (*map(str, range(1, 11)), "11-50", "none")} if counts else {}


def reliability(outcomes: Sequence[Outcome], bins: int = 10) -> list[tuple[float, float, int]]:
    """For each bin of confidence its mean, the share of questions whose answer is held, and their number."""
    filled: defaultdict[int, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        filled[min(int(outcome.confidence * bins), bins - 1)].append(outcome)
    return [
        (
            round(float(np.mean([each.confidence for each in held])), 6),
            round(float(np.mean([each.answerable for each in held])), 6),
            len(held),
        )
        for _, held in sorted(filled.items())
    ]


def risk_coverage(outcomes: Sequence[Outcome]) -> list[tuple[float, float]]:
    """(coverage, risk): of the so large a share of questions with the highest confidence, the share not replied right.

    A question counts as right by `Outcome.fault` as it was answered; one refused as wrong unless it is not held.
    """
    ordered = sorted(outcomes, key=lambda each: -each.confidence)
    wrong = np.cumsum([each.fault is not None for each in ordered])
    steps = sorted({max(1, round(len(ordered) * share / 40)) for share in range(1, 41)}) if ordered else []
    return [(round(count / len(ordered), 6), round(float(wrong[count - 1] / count), 6)) for count in steps]


def seconds(outcomes: Sequence[Outcome]) -> dict[str, tuple[float, float]]:
    """Median and 95th percentile of the seconds of each stage."""
    names = dict.fromkeys(name for outcome in outcomes for name in outcome.seconds)
    found = {name: [each.seconds[name] for each in outcomes if name in each.seconds] for name in names}
    return {name: (float(np.quantile(values, 0.5)), float(np.quantile(values, 0.95))) for name, values in found.items()}
