"""How well the shipped probability that the first quote answers does on gold questions, and what is doubted by it.

    python -m tests.benchmarks.quote_confidence GOLD.jsonl --index DIR

Of the questions that are not refused and that a sentence can answer, see `rag.training.quote_confidence_fit`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rag.answering.quote_confidence import quote_confidence
from rag.assistant import Assistant
from rag.config import load_config
from rag.evaluation.gold import load_gold
from rag.training.quote_confidence_fit import judge_quotes, measures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    options = parser.parse_args()
    config = load_config(overrides={"index": str(options.index), "llm": {"model": "none"}})
    judged = judge_quotes(Assistant.open(config), load_gold(options.gold))
    for name, value in measures(
        [quote_confidence(each.signals) for each in judged], [each.right for each in judged]
    ).items():
        print(f"{name}: {value:g}")


if __name__ == "__main__":
    main()
