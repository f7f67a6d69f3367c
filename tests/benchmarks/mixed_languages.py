"""How often the right article is first in collections of several languages, by what a foreign passage is given.

    python -m tests.benchmarks.mixed_languages GOLD... --index DIR
    python -m tests.benchmarks.mixed_languages --xquad FOLDER --limit 90

Printed are recall@1, 3 and 5 before the reader, for each `other_language` of the fusion. With `--xquad`, half of its
passages are in Vietnamese, the others in English, and Vietnamese questions are asked of each half.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from dataclasses import replace
from pathlib import Path

from rag.assistant import Assistant
from rag.config import load_config
from rag.evaluation.gold import TODAY, load_gold
from rag.index.filter import EVERYTHING
from rag.models.weights_file import using_weights
from rag.query.query import Query
from rag.query.request import Request
from rag.retrieval.candidates import Candidates, find_candidates
from rag.retrieval.fusion import fuse
from rag.retrieval.fusion_weights import fusion_weights
from rag.retrieval.nearest_sentence import by_nearest_sentence
from rag.retrieval.sentence_vectors import SentenceVectors

VALUES = (0.0, 2.0, 3.0, 4.0, 5.0, 6.5, 8.0)
AT = (1, 3, 5)
SEED = 3
Asked = list[tuple[str, frozenset[str]]]


def opened(index: Path) -> Assistant:
    """An assistant without a language model."""
    return Assistant(load_config(overrides={"index": index, "llm": {"model": "none"}}))


def of_gold(files: list[Path]) -> Asked:
    """The questions that stand alone and that articles answer."""
    gold = [each for file in files for each in load_gold(file)]
    return [
        (each.question, frozenset(each.relevant))
        for each in gold
        if each.relevant and not each.history and not each.reply
    ]


def of_xquad(folder: Path, index: Path, limit: int) -> tuple[Assistant, dict[str, Asked]]:
    """An assistant over half of the passages in each language, and the questions by the language of their passage."""
    lines = (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    rows = {each["id"]: each for each in map(json.loads, lines) if each["language"] in ("vi", "en")}
    parallel = sorted({name.rpartition("-")[0] for name in rows})
    kept = {name: f"{name}-{'vi' if place % 2 == 0 else 'en'}" for place, name in enumerate(parallel)}
    index.mkdir(parents=True, exist_ok=True)
    (index / "a.jsonl").write_text(
        "".join(json.dumps(rows[name], ensure_ascii=False) + "\n" for name in kept.values()), encoding="utf-8"
    )
    assistant = opened(index / "collection")
    assistant.ingest([index / "a.jsonl"])
    gold = load_gold(folder / "gold.vi.jsonl")
    random.Random(SEED).shuffle(gold)
    asked: dict[str, Asked] = {"vi": [], "en": []}
    for each in gold:
        (article,) = (kept[name.rpartition("-")[0]] for name in each.relevant)
        asked[article[-2:]].append((each.question, frozenset((article,))))
    return assistant, {f"vi over {language}": found[:limit] for language, found in asked.items()}


def candidates_of(assistant: Assistant, asked: Asked) -> list[tuple[Query, Candidates, frozenset[str]]]:
    """What is found for each question, once for all values."""
    snapshot, found = assistant._snapshot(), []
    for question, relevant in asked:
        query = assistant._query(Request.of(question, today=TODAY), snapshot)
        found.append((query, find_candidates(query, snapshot, EVERYTHING, 100), relevant))
    return found


def main() -> None:
    """Print a line for each value."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", nargs="*", type=Path)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--xquad", type=Path)
    parser.add_argument("--limit", type=int, default=90)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.xquad:
            assistant, sets = of_xquad(options.xquad, Path(folder), options.limit)
        else:
            assistant, sets = opened(options.index), {"gold": of_gold(options.gold)}
        found = {name: candidates_of(assistant, asked) for name, asked in sets.items()}
        for value in VALUES:
            with using_weights("fusion", replace(fusion_weights(), other_language=value)):
                print(
                    f"{value:.1f}",
                    *(f"{name}, {len(rows)}: {_recall(assistant, rows)}" for name, rows in found.items()),
                    sep="  ",
                )


def _recall(assistant: Assistant, rows: list[tuple[Query, Candidates, frozenset[str]]]) -> str:
    hits = dict.fromkeys(AT, 0)
    for query, candidates, relevant in rows:
        vectors = SentenceVectors(assistant._snapshot().store, assistant.embedder)
        order, _, _ = by_nearest_sentence(query, candidates, fuse(candidates), vectors)
        ranking = list(dict.fromkeys(candidates.chunks[place].article_id for place in order.tolist()))
        for k in AT:
            hits[k] += not relevant.isdisjoint(ranking[:k])
    return " ".join(f"{hits[k] / max(1, len(rows)):.3f}" for k in AT)


if __name__ == "__main__":
    main()
