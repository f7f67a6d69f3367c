"""Speed: how long a question takes to its evidence, as multiples of the embedding of the question, in one run.

python tests/benchmarks/speed.py GOLD.jsonl --index DIR [--limit N] [--articles ARTICLES.jsonl] [--json FILE]

For each question, one after the other, so that other load hits all alike: the embedding of the question; the floor, the
least that any search with a reader must do (the embedding, both indexes bare, one passage read); the evidence with the
reader; the evidence without it. With `--articles`, the articles of the collection, LlamaIndex's vector index over them
as its documentation sets it up, with the same embedding model, takes its turn (wants the extra `bench`; its vectors are
made first, some minutes for 5,000 passages). Medians and 95th percentiles; only the ratios hold on other machines.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from rag.assistant import Assistant
from rag.config import Config, load_config
from rag.evaluation.gold import draw, load_gold
from rag.evaluation.metrics import percentile
from rag.index.filter import EVERYTHING

Work = Callable[[str], object]
EMBEDDING, CANDIDATES = "embedding of the question", 100


def floor(assistant: Assistant) -> Work:
    """The least that a search with a reader must do."""
    snapshot, reader = assistant._snapshot(), assistant.reader
    (passage,) = assistant.search("Cầu dài bao nhiêu mét?", 1)

    def once(question: str) -> None:
        vector = assistant.embedder.embed_queries([question])[0]
        snapshot.dense.search(vector, CANDIDATES, EVERYTHING)
        snapshot.lexical.search(question, CANDIDATES, EVERYTHING)
        if reader:
            reader.read(question, [(passage.title, passage.text)])

    return once


def config_of(index: Path, *, reader: bool = True) -> Config:
    """The settings, for this collection and without a language model."""
    return load_config(overrides={"index": str(index), "llm": {"model": "none"}, "answer": {"reader": reader}})


def works(index: Path) -> dict[str, Work]:
    """What is timed, by name."""
    assistant, unread = Assistant(config_of(index)), Assistant(config_of(index, reader=False))
    return {
        EMBEDDING: lambda question: assistant.embedder.embed_queries([question]),
        "floor: embedding, both indexes, one passage read": floor(assistant),
        "evidence": assistant.evidence,
        "evidence without the reader": unread.evidence,
    }


def llamaindex(index: Path, articles: Path) -> Work:
    """LlamaIndex's vector index over the articles that the collection holds."""
    from llama_index.core import VectorStoreIndex

    from rag.llamaindex import ArticleReader
    from tests.benchmarks.baselines import TOP_K, SameEmbedding

    assistant = Assistant(config_of(index))
    held = {article.id for article in assistant.articles()}
    documents = [document for document in ArticleReader().load_data(articles) if document.id_ in held]
    theirs = VectorStoreIndex.from_documents(documents, embed_model=SameEmbedding(assistant.embedder))
    return theirs.as_retriever(similarity_top_k=TOP_K).retrieve


def seconds(work: Work, question: str) -> float:
    begin = time.perf_counter()
    work(question)
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--articles", type=Path, help="also time LlamaIndex over these")
    parser.add_argument("--limit", type=int, default=40, help="questions, evenly spaced (40)")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    asked = [each.question for each in draw(load_gold(arguments.gold), arguments.limit)]
    timed = works(arguments.index)
    if arguments.articles:
        timed["LlamaIndex, vectors alone"] = llamaindex(arguments.index, arguments.articles)
    for work in timed.values():
        work(asked[0])  # models are loaded when first used
    found: dict[str, list[float]] = {name: [] for name in timed}
    for question in asked:
        for name, work in timed.items():
            found[name].append(seconds(work, question))
    unit = median(found[EMBEDDING])
    report = {
        name: {"p50 ms": median(each) * 1000, "p95 ms": percentile(each, 0.95) * 1000, "times": median(each) / unit}
        for name, each in found.items()
    }
    print(f"{len(asked)} questions, load of the machine {os.getloadavg()[0]:.1f}")
    for name, row in report.items():
        print(f"{name:50}" + "".join(f"{value:9.1f} {key}" for key, value in row.items()))
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
