"""A report -> one page of HTML to look at: better or worse, where, and whether it is noise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rag.evaluation import plots
from rag.evaluation.compare import VERDICT
from rag.evaluation.summary import MISTAKES

_FIGURE_SPACE = "\u2007"
_FOLDER = Path(__file__).parent / "page_templates"
# What tells most about a group of questions, in the columns of its table.
_TELLING = (
    "right",
    "recall@1",
    "evidence@1 holds answer",
    "a quote holds answer",
    "short answer",
    "short answer right",
    "refusal recall",
    "answerable refused",
)


def render(report: Mapping[str, Any], timings: Mapping[str, Any]) -> str:
    """The page of a report (`as_json`) and its `timings`, whole in itself: it loads nothing and opens from disk."""
    comparison = report["comparison"]
    outcomes = report["outcomes"]
    tags = list(report["by_tag"].items())
    return (
        _templates()
        .get_template("report.html.jinja")
        .render(
            style=Markup((_FOLDER / "style.css").read_text(encoding="utf-8")),
            script=Markup((_FOLDER / "page.js").read_text(encoding="utf-8")),
            report=report,
            means=report["means"],
            mistakes=MISTAKES,
            faults=_faults(report),
            tags=[_tag(place, name, values) for place, (name, values) in enumerate(tags)],
            plots=_plots(report, timings),
            total=timings.get("stages", {}).get("total"),
            comparison=_comparison(comparison, outcomes) if comparison else None,
            rows=list(_rows(report, timings)),
            conditions=list(_flat("", report["conditions"])),
        )
    )


@cache
def _templates() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters |= {"number": plots.number, "signed": _signed, "chance": _chance, "seconds": plots.seconds}
    return found


def _signed(value: float) -> str:
    text = plots.number(value)
    return text if text == ".000" or value < 0 else f"+{text}"


def _chance(p: float) -> str:
    return "< .001" if p < 0.001 else plots.number(p)


def _plots(report: Mapping[str, Any], timings: Mapping[str, Any]) -> dict[str, Markup]:
    """The plots by name. What they show of a report is escaped where they are made."""
    means = [
        (name, each["value"], each["low"], each["high"], "mistake" if name in MISTAKES else "")
        for name, each in report["means"].items()
    ]
    found = {
        "means": plots.whiskers(means, "Means and their 95 % intervals"),
        "ranks": plots.rank_bars(report["ranks"]),
        "reliability": plots.reliability(report["reliability"]),
        "risk": plots.risk_coverage(report["risk_coverage"]),
        "stages": plots.stage_bars(timings.get("stages", {})),
    }
    if report["comparison"]:
        changes = [
            (name, each["change"], each["low"], each["high"], _judgement(name, each)[0])
            for name, each in _judged_first(report["comparison"])
        ]
        found["changes"] = plots.whiskers(changes, "Changes and their 95 % intervals", signed=True)
    return {name: Markup(svg) for name, svg in found.items()}


def _faults(report: Mapping[str, Any]) -> list[tuple[str, int, float]]:
    """(fault, questions, share of the most frequent one in percent), the most frequent first."""
    most = max(report["faults"].values(), default=1)
    ordered = sorted(report["faults"].items(), key=lambda fault: -fault[1])
    return [(name, count, round(100 * count / most, 1)) for name, count in ordered]


def _tag(place: int, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A tag with the measures that any of its values has."""
    columns = [measure for measure in _TELLING if any(measure in each["means"] for each in values.values())]
    return {"place": place, "name": name, "columns": columns, "groups": list(values.items())}


def _comparison(found: Mapping[str, Any], outcomes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The comparison with its headline, and the questions that became right or wrong with their places in the page."""
    asked = {outcome["id"]: (place, outcome["question"]) for place, outcome in enumerate(outcomes)}
    headline = {
        (True, False): ("Better", "good"),
        (False, True): ("Worse", "bad"),
        (True, True): ("Better and worse", "mixed"),
        (False, False): ("No change beyond noise", "none"),
    }[bool(found["better"]), bool(found["worse"])]
    moved = (("became wrong", "wrong", found["broken"]), ("became right", "right", found["mended"]))
    return {
        "headline": headline,
        "verdict": [
            (word, [(name, found["differences"][name]) for name in found[word] if name not in found["lost"]])
            for word in ("better", "worse")
        ],
        "questions": found["questions"],
        "lost": found["lost"],
        "missing": found["missing"],
        "differences": [(name, each, *_judgement(name, each)) for name, each in _judged_first(found)],
        "moved": [(title, kind, [(name, *asked[name]) for name in names]) for title, kind, names in moved],
    }


def _judged_first(comparison: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return sorted(comparison["differences"].items(), key=lambda difference: difference[0] not in VERDICT)


def _judgement(name: str, difference: Mapping[str, Any]) -> tuple[str, str]:
    """The class and the word for a change."""
    if name not in VERDICT:
        return "unjudged", "not judged"
    if not difference["significant"]:
        return "noise", "noise"
    return ("good", "better") if (difference["change"] > 0) != (name in MISTAKES) else ("bad", "worse")


def _rows(report: Mapping[str, Any], timings: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What the list of questions shows of each outcome, and is filtered by."""
    comparison = report["comparison"] or {"mended": (), "broken": ()}
    moved = dict.fromkeys(comparison["mended"], "right") | dict.fromkeys(comparison["broken"], "wrong")
    places = {tag: {value: place for place, value in enumerate(values)} for tag, values in report["by_tag"].items()}
    for outcome in report["outcomes"]:
        tags = outcome["tags"]
        yield {
            "of": outcome,
            "moved": moved.get(outcome["id"], ""),
            "tags": " ".join(str(values.get(tags.get(tag), "-")) for tag, values in places.items()),
            "language": _language(tags.get("language", "")),
            "ranking": _ranking(outcome),
            "missed": [article for article in outcome["relevant"] if article not in outcome["ranking"]],
            "read": _marked(outcome["read"], outcome["relevant"], "{0}"),
            "scores": _lines(outcome["scores"]),
            "signals": _lines(outcome["signals"]),
            "seconds": "\n".join(
                f"{plots.seconds(value)} {name}"
                for name, value in timings.get("questions", {}).get(outcome["id"], {}).items()
            ),
        }


def _language(tag: str) -> str:
    """A tag of a language that a page can name, else nothing."""
    return tag if tag.isascii() and tag.isalpha() and len(tag) == 2 else ""


def _ranking(outcome: Mapping[str, Any]) -> Markup:
    """The articles by rank: lines of text, for thousands of questions have a hundred thousand of them."""
    return _marked(outcome["ranking"], outcome["relevant"], "{1}. {0}")


def _marked(articles: Sequence[str], relevant: Sequence[str], form: str) -> Markup:
    """A line for each article in a form, those that are relevant marked."""
    right = Markup('<mark>{}<span class="unseen"> (right)</span></mark>')
    lines = ((article in relevant, form.format(article, place)) for place, article in enumerate(articles, start=1))
    return Markup("\n").join(right.format(line) if found else line for found, line in lines)


def _lines(values: Mapping[str, float | str]) -> str:
    """A line for each value, which stands before its name, points below points."""
    said = ((value if isinstance(value, str) else plots.number(value), name) for name, value in values.items())
    return "\n".join(f"{text:{_FIGURE_SPACE}>5} {name}" for text, name in said)


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """The leaves of nested mappings, each with the names that lead to it."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _flat(f"{path}.{name}" if path else str(name), each)
    else:
        yield path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
