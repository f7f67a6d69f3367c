"""How much the reader has to read: quality by how many passages are read whole, and by the stretch of the others.

python tests/benchmarks/reading_stretch.py GOLD.jsonl --index DIR [--limit N] [--whole N ...] [--stretch N ...]

Every answerable question is asked without refusal under each pair of `WHOLE` and `STRETCH` of
`rag/retrieval/reading_stretch.py`. Printed are the share of the letters of the passages that were read, recall@1 of the
right article, and the shares of questions whose first quote, and one of the first three, hold the answer.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from unittest.mock import patch

import numpy as np

from rag.assistant import Assistant
from rag.config import load_config
from rag.evaluation.gold import TODAY, GoldQuestion, draw, load_gold
from rag.evaluation.metrics import contains
from rag.models.reranker import TitledText
from rag.retrieval import reading_stretch

ROW = ("letters read", "recall@1", "first quote", "one of three")


def measured(assistant: Assistant, question: GoldQuestion) -> tuple[float, ...]:
    """The letters that the reader read, and the three measures, of one question."""
    letters = 0
    reader = assistant.reader
    assert reader is not None
    read = reader.read

    def counted(asked: str, passages: Sequence[TitledText]) -> object:
        nonlocal letters
        letters += sum(len(text) for _, text in passages)
        return read(asked, passages)

    with patch.object(reader, "read", counted):
        evidence = assistant.evidence(question.question, today=TODAY)
    held = [contains(quote.text, question.answers) > 0 for quote in evidence.quotes[:3]]
    first = bool(evidence.ranking) and evidence.ranking[0] in question.qrels
    return float(letters), float(first), float(held[:1] == [True]), float(any(held))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--limit", type=int, help="questions, evenly spaced")
    parser.add_argument("--whole", type=int, nargs="+", default=[99, 2, 1, 0], help="passages read whole (99 2 1 0)")
    parser.add_argument("--stretch", type=int, nargs="+", default=[350], help="letters of the others (350)")
    arguments = parser.parse_args()
    config = load_config(overrides={"index": str(arguments.index), "llm": {"model": "none"}})
    assistant = Assistant.open(config)
    asked = [each for each in draw(load_gold(arguments.gold), arguments.limit) if each.answers and not each.history]
    print(f"{len(asked)} questions\n{'whole':>6}{'stretch':>9}" + "".join(f"{name:>14}" for name in ROW))
    for whole, letters in product(arguments.whole, arguments.stretch):
        with patch.multiple(reading_stretch, WHOLE=whole, STRETCH=letters):
            means = np.mean([measured(assistant, each) for each in asked], axis=0)
        print(f"{whole:>6}{letters:>9}{means[0]:>14.0f}" + "".join(f"{mean:>14.3f}" for mean in means[1:]), flush=True)


if __name__ == "__main__":
    main()
