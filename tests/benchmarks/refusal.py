"""How well unanswerable questions are refused: asked alone, and after turns about something else.

python tests/benchmarks/refusal.py GOLD.jsonl --index DIR [--limit N] [--show N] [--json FILE]

GOLD has questions that stand alone, of which the collection answers some. Only the half that `hoidap calibrate` does
not fit on is asked, about two seconds a question: each first alone, then after two earlier turns, which are other
questions of GOLD about other articles with their answers, the same sample each time. Nothing in those turns matters, so
each measure should stay as it is and no question should be changed; --show prints those that were, for a question of
GOLD may itself point at something that it does not name. The rules alone make questions standalone here, no language
model. Weights and threshold are those of the collection and the settings. Printed are AUROC, calibration error, Brier
score, and precision, recall and F1 of the refusal, both ways.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.assistant import Assistant
from rag.evaluation.calibration import Judged, RefusalMeasures, held_out, measures
from rag.evaluation.gold import TODAY, GoldQuestion, draw, load_gold
from rag.index.snapshot import Collection
from rag.query.conversation import Turn
from rag.query.followup import standalone

EARLIER = 2
History = tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A question that stands alone, the turns before it, and what the conversation made of it."""

    question: str
    turns: tuple[str, ...]
    made: str


def histories(questions: Sequence[GoldQuestion], gold: Sequence[GoldQuestion]) -> dict[str, History]:
    """For each question two turns about other articles than its own and each other's."""
    rng = random.Random(7)
    answered = [each for each in gold if each.answers and each.qrels]
    made: dict[str, History] = {}
    for question in questions:
        seen = set(question.qrels)
        turns: list[Turn] = []
        for other in rng.sample(answered, len(answered)):
            if len(turns) < EARLIER and other.id != question.id and not seen & set(other.qrels):
                turns.append(Turn(other.question, other.answers[0]))
                seen |= set(other.qrels)
        made[question.id] = tuple(turns)
    return made


def judged(assistant: Assistant, questions: Sequence[GoldQuestion], before: Mapping[str, History]) -> list[Judged]:
    """The signals of each question after its turns, if it has any."""
    return [
        Judged(
            each.id, assistant.evidence(each.question, before.get(each.id, ()), today=TODAY).signals, each.answerable
        )
        for each in questions
    ]


def changed(questions: Sequence[GoldQuestion], before: Mapping[str, History]) -> list[Changed]:
    """The questions that the turns before them changed."""
    made = [(each.question, before[each.id], standalone(each.question, before[each.id])) for each in questions]
    return [
        Changed(question, tuple(turn.question for turn in turns), alone)
        for question, turns, alone in made
        if alone != question
    ]


def show(columns: Mapping[str, RefusalMeasures]) -> None:
    rows = [asdict(column) for column in columns.values()]
    print(f"{'':28}" + "".join(f"{name:>24}" for name in columns))
    for name in rows[0]:
        print(f"{name.replace('_', ' '):28}" + "".join(f"{row[name]:>24.3f}" for row in rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--limit", type=int, help="questions drawn from the half")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print so many changed questions")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    gold = [each for each in load_gold(arguments.gold) if not each.history]
    questions = draw(held_out(gold), arguments.limit)
    before = histories(questions, gold)
    assistant = Assistant.open(arguments.index)
    calibration = Collection(arguments.index, assistant.embedder).snapshot().manifest.calibration
    threshold = assistant.config.answer.refuse_below
    columns = {
        "alone": measures(judged(assistant, questions, {}), calibration, threshold),
        "after unrelated turns": measures(judged(assistant, questions, before), calibration, threshold),
    }
    answerable = sum(each.answerable for each in questions)
    print(f"{len(questions)} questions, {answerable} of them answerable, refused below {threshold}")
    show(columns)
    found = changed(questions, before)
    print(
        f"{'changed though standing alone':28}{len(found) / len(questions):>23.3f}  ({len(found)} of {len(questions)})"
    )
    for each in found[: arguments.show]:
        print(f"  {each.question}\n    -> {each.made}\n       after: {' | '.join(each.turns)}")
    if arguments.json:
        report = {
            "questions": len(questions),
            "answerable": answerable,
            "threshold": threshold,
            "measures": {name: asdict(column) for name, column in columns.items()},
            "changed share": len(found) / len(questions),
            "changed": [asdict(each) for each in found],
        }
        arguments.json.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
