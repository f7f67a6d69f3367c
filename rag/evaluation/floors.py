"""Floors under what is won: the least that measures may come to, pinned with what they were measured on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rag.errors import GoldError
from rag.evaluation.report import Report
from rag.evaluation.summary import MISTAKES

# The measures that floors are pinned under; for shares of mistakes the floor is a ceiling.
PINNED = (
    "recall@1",
    "recall@5",
    "nDCG@10",
    "evidence@1 holds answer",
    "evidence@3 holds answer",
    "a quote holds answer",
    "short answer",
    "short answer right",
    "citation precision",
    "refusal precision",
    "refusal recall",
    "answerable refused",
    "right",
)
# So much a measure may fall without a change of the program: two questions, for processors round differently.
_SLACK_QUESTIONS, _SLACK = 2.0, 0.01


@dataclass(frozen=True, slots=True)
class Floors:
    """Floors by measure, with the SHA-256 of the gold questions and of the articles that they were measured on."""

    gold: str
    collection: str
    questions: int
    floors: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Fall:
    """A measure that came to less than its floor, or of mistakes to more than its ceiling."""

    measure: str
    floor: float
    value: float

    def __str__(self) -> str:
        side = "above its ceiling" if self.measure in MISTAKES else "below its floor"
        return f"{self.measure} is {self.value:.3f}, {side} of {self.floor:.3f}"


def floors_of(report: Report, measures: Sequence[str] = PINNED) -> Floors:
    """The floors that a run earns: each measure less the slack that rounding needs."""
    found = {}
    for name in measures:
        if mean := report.summary.means.get(name):
            slack = max(_SLACK, _SLACK_QUESTIONS / mean.count)
            value = mean.value + slack if name in MISTAKES else mean.value - slack
            found[name] = round(min(1.0, max(0.0, value)), 4)
    conditions = report.conditions
    return Floors(conditions.gold, conditions.collection, report.summary.questions, found)


def falls(report: Report, floors: Floors) -> list[Fall]:
    """The measures under their floors; one that no question has any more has fallen to nothing.

    Raises `GoldError` when the questions or the articles are not those that the floors were pinned on.
    """
    for name in ("gold", "collection"):
        if getattr(report.conditions, name) != getattr(floors, name):
            what = "questions" if name == "gold" else "articles"
            raise GoldError(f"{report.name}: its {what} are not those that the floors were pinned on; pin them again")
    return [*_falls(report, floors.floors)]


def under(report: Report, wanted: Mapping[str, float]) -> list[Fall]:
    """The measures that come to less than is wanted. Raises `GoldError` for a measure that the report does not have."""
    if unknown := sorted(wanted.keys() - report.summary.means.keys()):
        known = ", ".join(report.summary.means)
        raise GoldError(f"there is no measure {unknown[0]!r} in this report; there are: {known}")
    return _falls(report, wanted)


def _falls(report: Report, floors: Mapping[str, float]) -> list[Fall]:
    found = []
    for name, floor in floors.items():
        mean = report.summary.means.get(name)
        value = mean.value if mean else float(name in MISTAKES)
        if value > floor if name in MISTAKES else value < floor:
            found.append(Fall(name, floor, value))
    return found


def load_floors(path: Path) -> Floors | None:
    """The floors that were pinned in a file, None when there is none. Raises `GoldError` for one that is damaged."""
    if not path.is_file():
        return None
    try:
        found = Floors(**json.loads(path.read_text(encoding="utf-8")))
        return replace(found, floors={name: float(value) for name, value in found.floors.items()})
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise GoldError(f"{path}: holds no floors ({error}); pin them again") from error


def pin(path: Path, report: Report, *, lower: bool = False) -> Floors:
    """Write the floors of a report into a file.

    On the same questions and articles a floor only rises: raises `GoldError`, and writes nothing, where one would be
    lowered, unless `lower` says so.
    """
    new, old = floors_of(report), load_floors(path)
    same = old is not None and (old.gold, old.collection) == (new.gold, new.collection)
    if old and same and not lower:
        for name, floor in old.floors.items():
            value = new.floors.get(name)
            if value is None or (value > floor if name in MISTAKES else value < floor):
                said = "nothing" if value is None else f"{value:.3f}"
                raise GoldError(f"{path}: {name} would be lowered from {floor:.3f} to {said}; say --lower to do so")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(new), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return new
