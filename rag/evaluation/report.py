"""The report of a run: one value fit for JSON, and the files made from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.errors import GoldError
from rag.evaluation.compare import Comparison
from rag.evaluation.outcome import Outcome
from rag.evaluation.run import Conditions, outcome_from, without_seconds
from rag.evaluation.summary import Summary, by_tag, ranks, reliability, risk_coverage, seconds, summary

FORMAT = 1
REPORT, TIMINGS = "report.json", "timings.json"


@dataclass(frozen=True, slots=True)
class Report:
    """A run over the questions of a gold file, and what it comes to; `comparison` where there is a baseline."""

    name: str
    conditions: Conditions
    outcomes: tuple[Outcome, ...]
    summary: Summary
    comparison: Comparison | None = None


def report_of(
    name: str, conditions: Conditions, outcomes: Sequence[Outcome], comparison: Comparison | None = None
) -> Report:
    """The report of a run, by the name of its gold file."""
    return Report(name, conditions, tuple(outcomes), summary(outcomes), comparison)


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain values; the same run gives the same, for seconds are no part of it (see `timings`)."""
    outcomes = report.outcomes
    return {
        "format": FORMAT,
        "name": report.name,
        "conditions": asdict(report.conditions),
        **_summary(report.summary),
        "by_tag": {
            tag: {value: _summary(found) for value, found in values.items()} for tag, values in by_tag(outcomes).items()
        },
        "ranks": ranks(outcomes),
        "reliability": reliability(outcomes),
        "risk_coverage": risk_coverage(outcomes),
        "comparison": _comparison(report.comparison) if report.comparison else None,
        "outcomes": [_outcome(each) for each in outcomes],
    }


def timings(report: Report) -> dict[str, Any]:
    """Seconds by stage: medians and 95th percentiles, and those of each question."""
    stages = {name: {"p50": half, "p95": most} for name, (half, most) in seconds(report.outcomes).items()}
    return {"stages": stages, "questions": {each.id: dict(each.seconds) for each in report.outcomes}}


def load_outcomes(path: Path) -> list[Outcome]:
    """The outcomes of a report that was written down. Raises `GoldError` for a file that is none."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        if fields["format"] != FORMAT:
            raise ValueError(f"its format is {fields['format']}, not {FORMAT}")
        return [outcome_from(each) for each in fields["outcomes"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise GoldError(f"{path}: is not a report of `hoidap eval --out` ({error}); give its {REPORT}") from error


def table(report: Report) -> list[str]:
    """Lines of the means, one measure a line, with its interval and the number of questions that it applies to."""
    means = report.summary.means
    width = max(map(len, means), default=0)
    lines = [
        f"{name:<{width}}  {each.value:.3f}  [{each.low:.3f}, {each.high:.3f}]  {each.count}"
        for name, each in means.items()
    ]
    lines += [f"confidence, {name}: {value:.3f}" for name, value in report.summary.confidence.items()]
    return lines + [f"{count:>5}  {fault}" for fault, count in report.summary.faults.items()]


def _summary(found: Summary) -> dict[str, Any]:
    return {
        "questions": found.questions,
        "means": {name: asdict(each) for name, each in found.means.items()},
        "faults": dict(found.faults),
        "confidence": dict(found.confidence),
    }


def _comparison(found: Comparison) -> Mapping[str, Any]:
    return {**asdict(found), "verdict": found.verdict, "better": found.better, "worse": found.worse}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {name: value for name, value in asdict(without_seconds(outcome)).items() if name != "seconds"}
