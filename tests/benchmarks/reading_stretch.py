"""How much the reader has to read: by how many passages are read whole, the stretch of the others, and when it stops.

python tests/benchmarks/reading_stretch.py GOLD.jsonl --index DIR [--limit N] [--whole N ...] [--stretch N ...]
    [--sure LOG_ODDS ...]

Every answerable question is asked without refusal under each of `WHOLE`, `STRETCH` and `SURE` of
`rag/retrieval/reading_stretch.py`. Printed are the letters that were read, recall@1 of the right article, the shares of
questions whose first quote, and one of the first three, hold the answer, and the share of questions whose confidence is
at least .4, and its mean.
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

ROW = ("letters read", "recall@1", "first quote", "one of three", "from .4 on", "confidence")


def measured(assistant: Assistant, question: GoldQuestion) -> tuple[float, ...]:
    """The letters that the reader read, and the measures, of one question."""
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
    sure = evidence.confidence
    return float(letters), float(first), float(held[:1] == [True]), float(any(held)), float(sure >= 0.4), sure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--limit", type=int, help="questions, evenly spaced")
    parser.add_argument("--whole", type=int, nargs="+", default=[2], help="passages read whole (2)")
    parser.add_argument("--stretch", type=int, nargs="+", default=[350], help="letters of the others (350)")
    parser.add_argument("--sure", type=float, nargs="+", default=[99.0, 6, 4, 3, 2, 1, 0], help="log odds (99 ... 0)")
    arguments = parser.parse_args()
    config = load_config(overrides={"index": str(arguments.index), "llm": {"model": "none"}})
    assistant = Assistant.open(config)
    asked = [each for each in draw(load_gold(arguments.gold), arguments.limit) if each.answers and not each.history]
    print(f"{len(asked)} questions\n{'whole':>6}{'stretch':>9}{'sure':>6}" + "".join(f"{name:>14}" for name in ROW))
    for whole, letters, sure in product(arguments.whole, arguments.stretch, arguments.sure):
        with patch.multiple(reading_stretch, WHOLE=whole, STRETCH=letters, SURE=sure):
            means = np.mean([measured(assistant, each) for each in asked], axis=0)
        numbers = f"{means[0]:>14.0f}" + "".join(f"{mean:>14.3f}" for mean in means[1:])
        print(f"{whole:>6}{letters:>9}{sure:>6.1f}{numbers}", flush=True)


if __name__ == "__main__":
    main()
