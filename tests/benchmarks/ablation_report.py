"""What each hand-written rule gains, from the outcomes that `ablation.py` kept.

python -m tests.benchmarks.ablation_report OUT --json FILE --table FILE

The outcomes of all rules on are compared with those of each rule off, question by question: changes of means with 95 %
bootstrap intervals, and the p of a paired randomisation test. A question that a rule does not apply to is unchanged.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rag.evaluation.compare import LEVEL, compare, randomisation_p
from rag.evaluation.outcome import Outcome
from rag.evaluation.run import outcome_from
from rag.evaluation.summary import interval

# What a rule is judged by: ranking, first sentence, short answers shown and right, whole replies, refusals.
MEASURES = (
    "recall@1",
    "evidence@1 holds answer",
    "a quote holds answer",
    "refusal recall",
    "answerable refused",
    "right",
)
# The sets that rules were written on; the others tell what a rule gains elsewhere.
WRITTEN_ON = ("sample", "followups", "plain_words")
HELD_OUT = "held_out"


def report(out: Path) -> dict[str, Any]:
    """What each rule gains: all rules on against the rule off, over groups of sets."""
    sets: dict[str, Any] = {}
    runs: dict[str, dict[str, dict[str, Outcome]]] = {}
    for file in sorted(out.glob("*.jsonl")):
        header = json.loads(file.open(encoding="utf-8").readline())
        rows = rows_of(file)
        conditions = header["conditions"]
        runs[file.stem] = _runs(file.stem, rows)
        sets[file.stem] = {
            "about": header["about"],
            "questions": len(runs[file.stem][""]),
            **{name: conditions[name] for name in ("gold", "collection", "program")},
        }
    groups = {
        "other sets": [name for name in runs if name not in (*WRITTEN_ON, HELD_OUT)],
        "sets written on": [name for name in runs if name in WRITTEN_ON],
        HELD_OUT: [name for name in runs if name == HELD_OUT],
    }
    names = dict.fromkeys(name for run in runs.values() for name in run if name)
    rules = {
        name: {group: _gains(name, [runs[each] for each in sets_of]) for group, sets_of in groups.items()}
        for name in names
    }
    return {"sets": sets, "groups": groups, "measures": MEASURES, "rules": rules, "rewrites": _gains_of_rewrites(out)}


def _runs(name: str, rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Outcome]]:
    """Outcomes by rule and id, with the measures that rules are judged by."""
    found: dict[str, dict[str, Outcome]] = {"": {}}
    for row in rows:
        outcome = outcome_from(row["outcome"])
        scores = {measure: outcome.scores[measure] for measure in MEASURES if measure in outcome.scores}
        if "short answer" in outcome.scores:
            right = outcome.scores.get("short answer right", 0.0)
            scores |= {"short and right": right, "short and wrong": outcome.scores["short answer"] - right}
        found.setdefault(row["rule"], {})[outcome.id] = replace(outcome, id=f"{name}: {outcome.id}", scores=scores)
    return found


def _gains(rule: str, runs: Sequence[dict[str, dict[str, Outcome]]]) -> dict[str, Any]:
    off, on = [], []
    for run in runs:
        for name, base in run[""].items():
            on.append(base)
            off.append(run.get(rule, {}).get(name, base))
    changed = sum(was.answer != new.answer or was.ranking != new.ranking for was, new in zip(off, on, strict=True))
    if not changed:
        return {"questions": len(on), "changed": 0}
    found = compare(off, on)
    return {
        "questions": len(on),
        "changed": changed,
        "gains": {
            name: {
                part: getattr(each, part) for part in ("change", "low", "high", "better", "worse", "p", "significant")
            }
            for name, each in found.differences.items()
            if each.better or each.worse
        },
    }


def _gains_of_rewrites(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for file in sorted(out.glob("rewrites-*.json")):
        rows = json.loads(file.read_text(encoding="utf-8"))
        base = np.array(rows[0]["scores"])
        for row in rows[1:]:
            changes = base - np.array(row["scores"])
            low, high = interval(changes)
            found.setdefault(row["rule"], {})[row["set"]] = {
                "questions": len(base),
                "changed": int((changes != 0).sum()),
                "change": round(float(changes.mean()), 6),
                "low": low,
                "high": high,
                "p": round(randomisation_p(changes), 6),
            }
    return found


def table(found: dict[str, Any]) -> str:
    """The report as a table in Markdown: what each rule gains, with the p where something changed."""
    groups = list(found["groups"])
    lines = [f"| rule | {' | '.join(groups)} |", f"|{'---|' * (len(groups) + 1)}"]
    for name, by_group in found["rules"].items():
        cells = [_cell(by_group[group]) for group in groups]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    if found["rewrites"]:
        lines += ["", "| rule | rewrites: F1 of the words added |", "|---|---|"]
        for rule, sets in found["rewrites"].items():
            changes = "; ".join(f"{name} {_change(each)} of {each['questions']}" for name, each in sets.items())
            lines.append(f"| {rule} | {changes} |")
    return "\n".join(lines) + "\n"


def _cell(group: dict[str, Any]) -> str:
    if not group["changed"]:
        return "-"
    gains = "; ".join(f"{name} {_change(each)}" for name, each in group["gains"].items())
    return f"{group['changed']} of {group['questions']} changed" + (f": {gains}" if gains else "")


def _change(each: dict[str, Any]) -> str:
    change = f"{each['change']:+.3f} [{each['low']:+.3f}, {each['high']:+.3f}] p {each['p']:.2f}"
    return f"**{change}**" if each["p"] <= LEVEL else change


def rows_of(file: Path) -> list[dict[str, Any]]:
    """The rows that were kept, less the header and a last one that was cut off."""
    if not file.exists():
        return []
    found = []
    for line in file.read_text(encoding="utf-8").splitlines()[1:]:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--table", type=Path, required=True)
    arguments = parser.parse_args()
    found = report(arguments.out)
    arguments.json.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    arguments.table.write_text(table(found), encoding="utf-8")


if __name__ == "__main__":
    main()
