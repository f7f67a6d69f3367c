"""How often a short answer is right, by how sure it is: the curve from which its threshold can be read.

python tests/benchmarks/short_answers.py NAME=GOLD.jsonl:INDEX ... [--limit N] [--all]

Every answerable question is asked without refusal, about a second each, and the short answer in its first quote is
judged, shown or not: right when it is word for word an accepted answer, or when one of the two contains the other in
one run, their token F1 is at least one half and their numbers are the same. A question without a short answer counts as
one that is not shown. Printed are, for each threshold, the share of questions with a short answer, and of these that
are right or exact, and their mean token F1.

Only questions over the half of the articles that `rag/weights/short_answers.json` was not fitted on are asked, where
its split is by the hash of article ids; `--all` asks the others too. `hoidap train weights` fits the weights anew.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.answering.short_answer_weights import short_answer_weights
from rag.assistant import Assistant
from rag.config import load_config
from rag.evaluation.gold import TODAY, GoldQuestion, draw, load_gold
from rag.evaluation.metrics import exact_match, token_f1
from rag.evaluation.outcome import agrees
from rag.text.language import language_of

THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98)


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """A question's short answer: its probability, -1 where there is none, and how right it is (0 to 1)."""

    probability: float
    right: float = 0.0
    exact: float = 0.0
    f1: float = 0.0


def judged(question: GoldQuestion, assistant: Assistant) -> JudgedAnswer:
    evidence = assistant.evidence(question.question, today=TODAY)
    quote = evidence.quotes[0] if evidence.quotes else None
    answer = quote.candidate if quote else None
    if quote is None or answer is None:
        return JudgedAnswer(-1.0)
    english = language_of(question.question) == "en"
    scores = (measure(answer, question.answers, english=english) for measure in (agrees, exact_match, token_f1))
    return JudgedAnswer(quote.answer_probability, *map(float, scores))


def answers(gold: Path, index: Path, limit: int | None, *, everything: bool) -> Iterator[JudgedAnswer]:
    questions = [each for each in draw(load_gold(gold), limit) if each.answers and not each.history]
    assistant = Assistant.open(load_config(overrides={"index": index, "llm": {"model": "none"}}))
    for question in questions:
        if everything or is_held_out(question):
            yield judged(question, assistant)


def is_held_out(question: GoldQuestion) -> bool:
    """Whether its first article is of the half that the weights were not fitted on."""
    return hashlib.sha256(next(iter(question.qrels), question.id).encode()).digest()[0] % 2 == 1


def print_curve(title: str, found: Sequence[JudgedAnswer]) -> None:
    print(f"\n{title}: {len(found)} questions\n{'from':>6}{'shown':>9}{'right':>9}{'exact':>9}{'F1':>9}")
    shown_from = short_answer_weights().shown_from
    for threshold in sorted({*THRESHOLDS, shown_from}):
        shown = [each for each in found if each.probability >= threshold]
        rows = [(each.right, each.exact, each.f1) for each in shown] or [(np.nan,) * 3]
        right, exact, f1 = np.mean(rows, axis=0)
        mark = "  <" if threshold == shown_from else ""
        print(f"{threshold:>6}{len(shown) / len(found):>9.3f}{right:>9.3f}{exact:>9.3f}{f1:>9.3f}{mark}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", metavar="NAME=GOLD:INDEX")
    parser.add_argument("--limit", type=int, help="questions drawn from each set")
    parser.add_argument("--all", action="store_true", help="ask the questions that the weights were fitted on too")
    arguments = parser.parse_args()
    found: list[JudgedAnswer] = []
    for each in arguments.sets:
        name, place = each.split("=", 1)
        gold, index = place.split(":")
        own = list(answers(Path(gold), Path(index), arguments.limit, everything=arguments.all))
        print_curve(name, own)
        found += own
    print_curve("all", found)


if __name__ == "__main__":
    main()
