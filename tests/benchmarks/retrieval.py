"""How good the rankings are when a question is typed as it stands, without diacritics, and in NFD.

python tests/benchmarks/retrieval.py GOLD.jsonl --index DIR [--limit N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rag.assistant import Assistant
from rag.evaluation import DEPTH, GoldQuestion, load_gold
from rag.metrics import mrr_at_k, ndcg_at_k, recall_at_k
from rag.text import fold

FORMS: Mapping[str, Callable[[str], str]] = {
    "as typed": str,
    "without diacritics": fold,
    "NFD": lambda question: unicodedata.normalize("NFD", question),
}


def measure(assistant: Assistant, gold: Sequence[GoldQuestion], form: Callable[[str], str]) -> dict[str, float]:
    """Means over the questions, and the median milliseconds of a search."""
    scores: list[dict[str, float]] = []
    for question in gold:
        begin = time.perf_counter()
        passages = assistant.search(form(question.question), top_n=DEPTH)
        milliseconds = (time.perf_counter() - begin) * 1000
        ranking = list(dict.fromkeys(passage.article_id for passage in passages))
        recalls = {f"recall@{k}": recall_at_k(ranking, question.qrels, k) for k in (1, 5, 10)}
        ranks = {"MRR@10": mrr_at_k(ranking, question.qrels, 10), "nDCG@10": ndcg_at_k(ranking, question.qrels, 10)}
        scores.append({**recalls, **ranks, "ms": milliseconds})
    means = {name: statistics.fmean(score[name] for score in scores) for name in scores[0] if name != "ms"}
    return {**means, "ms p50": statistics.median(score["ms"] for score in scores)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    gold = [question for question in load_gold(arguments.gold) if question.qrels and not question.history]
    assistant = Assistant.open(arguments.index)
    table = {name: measure(assistant, gold[: arguments.limit], form) for name, form in FORMS.items()}
    print(f"{'question':<20}" + "".join(f"{name:>11}" for name in next(iter(table.values()))))
    for name, row in table.items():
        print(f"{name:<20}" + "".join(f"{value:>11.3f}" for value in row.values()))
    if arguments.json:
        arguments.json.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
