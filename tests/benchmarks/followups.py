"""Measure how follow-ups are made to stand alone, against people's rewrites of them.

python tests/benchmarks/followups.py REWRITES.jsonl [--part first|second|apart] [--json FILE] [--show N]

A line holds `id` (conversation_turn), `question`, `rewrite`, and `history`: entries of `question` and `answer`, or of
`speaker` (user or agent) and `text`. Rules and weights are made on the first half of the conversations, or, where a
file is no list of whole ones, on those that are not kept apart by the hash of their first question; the second half, or
those kept apart, say how good they are.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.query.conversation import Turn
from rag.query.followup import standalone
from rag.text.normalize import clean
from rag.text.words import content_words, words
from rag.training.followup_fit import is_apart, turns_of

_POSSESSIVE = re.compile(r"['’]s\b")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question, the turns before it, and how a person made it stand alone."""

    id: str
    question: str
    rewrite: str
    history: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Measures:
    """Shares over the questions that have a history; `invented` counts words that no turn and no question holds."""

    questions: int
    dependent: int
    recall: float
    precision: float
    dependent_changed: float
    standing_alone_untouched: float
    invented: int


def load(path: Path) -> list[FollowUp]:
    """The questions of a file that have a history."""
    packed = gzip.open if path.suffix == ".gz" else open
    with packed(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [
        FollowUp(
            row["id"],
            clean(row["question"]).strip(),
            clean(row["rewrite"]).strip(),
            tuple(Turn(*turn) for turn in turns_of(row["history"])),
        )
        for row in rows
        if row["history"] and row["question"].strip()
    ]


def part(questions: Sequence[FollowUp], which: str) -> list[FollowUp]:
    """The questions of the first or the second half of the conversations, or those kept apart, in order of the file."""
    if which == "apart":
        return [each for each in questions if is_apart(each.history[0].question)]
    conversations = list(dict.fromkeys(each.id.rpartition("_")[0] for each in questions))
    first = set(conversations[: len(conversations) // 2])
    return [each for each in questions if (each.id.rpartition("_")[0] in first) == (which == "first")]


def naming(text: str) -> set[str]:
    """The words of an English text that name something."""
    return set(content_words(words(_POSSESSIVE.sub("", text)), "en"))


def measure(questions: Sequence[FollowUp]) -> tuple[Measures, list[dict[str, Any]]]:
    """The measures, and each question with what was made of it."""
    recalls: list[float] = []
    precisions: list[float] = []
    changed: list[bool] = []
    untouched: list[bool] = []
    invented, rows = 0, []
    for each in questions:
        made = standalone(each.question, each.history)
        typed = naming(each.question)
        held = typed.union(*(naming(turn.question) | naming(turn.answer) for turn in each.history))
        added, lacking = naming(made) - typed, naming(each.rewrite) - typed
        invented += len({word for word in added - held if not re.fullmatch(r"(1[5-9]|20)\d\d", word)})
        (untouched if each.rewrite == each.question else changed).append(
            (made == each.question) == (each.rewrite == each.question)
        )
        if lacking:
            recalls.append(len(lacking & added) / len(lacking))
        if added:
            precisions.append(len(lacking & added) / len(added))
        rows.append({"id": each.id, "question": each.question, "made": made, "rewrite": each.rewrite})
    mean = statistics.fmean
    return (
        Measures(
            len(questions), len(changed), mean(recalls), mean(precisions), mean(changed), mean(untouched), invented
        ),
        rows,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rewrites", type=Path)
    parser.add_argument("--part", choices=("first", "second", "apart"), default="second")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--show", type=int, default=0)
    arguments = parser.parse_args()
    measures, rows = measure(part(load(arguments.rewrites), arguments.part))
    for row in rows[: arguments.show]:
        print(f"{row['question']} | {row['made']} | {row['rewrite']}")
    for name, value in asdict(measures).items():
        print(f"{name:<26}{value:.3f}" if isinstance(value, float) else f"{name:<26}{value}")
    if arguments.json:
        report = {**asdict(measures), "rows": rows}
        arguments.json.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
