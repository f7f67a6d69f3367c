"""Questions that stand alone, asked after a conversation about something else: how many are changed by it.

python -m tests.benchmarks.second_question GOLD.jsonl ... --index DIR [--after FOLLOWUPS.jsonl]

Each answerable Vietnamese question without a history is asked alone, and after a conversation of another article, as it
is written, in small letters, and without diacritics. Printed are the shares whose question as it was understood is
another than alone, and those whose right article is first, alone and after it. Then the follow-ups themselves: the
share that a turn completes, and that of the right article first, with the questions of their conversation as they are
written, and with these typed as the follow-up is. All without the reader.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from rag.assistant import Assistant
from rag.config import load_config
from rag.evaluation.gold import TODAY, GoldQuestion, load_gold
from rag.query.conversation import Turn
from rag.query.request import Request
from rag.text.language import language_of
from rag.text.normalize import fold

# Of a question about more articles no conversation might be about others.
MOST_ARTICLES = 3
TYPED: dict[str, Callable[[str], str]] = {
    "as written": str,
    "in small letters": str.lower,
    "without diacritics": lambda question: fold(question).lower(),
}


def asked(assistant: Assistant, question: str, history: Iterable[Any]) -> tuple[str, str]:
    """A question as it was understood, and the article whose passage comes first."""
    understood = assistant._query(Request.of(question, history, today=TODAY), assistant._snapshot()).standalone
    found = assistant.evidence(question, history=history, today=TODAY).ranking
    return understood, next(iter(found), "")


def conversation(question: GoldQuestion, followups: Sequence[GoldQuestion], rng: random.Random) -> list[Turn]:
    """The turns of a conversation about other articles than those of a question."""
    others = [each for each in followups if not {*each.qrels} & {*question.qrels}]
    other = rng.choice(others)
    return [*other.history, Turn(other.question, next(iter(other.answers), ""))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path, nargs="+")
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--after", type=Path, default=Path(__file__).parents[1] / "gold" / "followups.jsonl")
    arguments = parser.parse_args()
    config = load_config(
        overrides={"index": str(arguments.index), "llm": {"model": "none"}, "answer": {"reader": False}}
    )
    assistant, rng = Assistant.open(config), random.Random(1)
    followups = [each for each in load_gold(arguments.after) if each.history and each.qrels]
    gold = [each for path in arguments.gold for each in load_gold(path)]
    alone_asked = [each for each in gold if 0 < len(each.qrels) <= MOST_ARTICLES and not each.history]
    own = [each for each in alone_asked if language_of(each.question) == "vi"]
    for name, typed in TYPED.items():
        changed = alone = after = 0
        for each in own:
            question = typed(each.question)
            understood, first = asked(assistant, question, [])
            again, then = asked(assistant, question, conversation(each, followups, rng))
            changed += again != understood
            alone += first in each.qrels
            after += then in each.qrels
        shares = (count / len(own) for count in (changed, alone, after))
        print(f"{len(own)} {name}: " + "changed {:.3f}, right article first {:.3f} alone, {:.3f} after".format(*shares))
        for turns, before in (("as written", str), ("typed so too", typed)):
            completed = right = 0
            for each in followups:
                history = [Turn(before(turn.question), turn.answer) for turn in each.history]
                told, first = asked(assistant, typed(each.question), history)
                completed += told != typed(each.question)
                right += first in each.qrels
            counts = completed / len(followups), right / len(followups)
            what = f"  {len(followups)} follow-ups, turns {turns}: "
            print(what + "completed {:.3f}, right article first {:.3f}".format(*counts))


if __name__ == "__main__":
    main()
