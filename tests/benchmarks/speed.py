"""Speed: how long a question takes to its evidence, as multiples of the embedding of the question, in one run.

python -m tests.benchmarks.speed GOLD.jsonl --index DIR [--limit N] [--at-once N ...] [--beside-llamaindex] [--json F]
    [--before CHECKOUT INDEX]

For each question, one after the other, so that other load hits all alike: the embedding of the question; the floor, the
least that any search with a reader must do (the embedding, both indexes bare, one passage read); the evidence with the
reader; the evidence without it. Then whole answers of quotes, so many askers at once as `--at-once` names: questions a
second, and the seconds that an asker waits. Medians and 95th percentiles, of the clock and of the processor; only the
ratios hold on other machines, and those of the clock only on an idle one: the load is printed.

With `--beside-llamaindex` its vector index over the same articles, set up as its documentation does, with the same
embedding model in float32 under sentence-transformers, takes its turn: chunks found, nothing read, no answer chosen.
(No cross-encoder is among the pinned models, so that none ranks its chunks anew.) With `--before CHECKOUT INDEX` the
release that lies there takes its turn, in a process of its own over a collection that it built itself: only its clock
tells, the time of its processor is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rag.assistant import Assistant
from rag.config import Config, load_config
from rag.evaluation.gold import draw, load_gold
from rag.evaluation.metrics import percentile
from rag.index.filter import EVERYTHING

Work = Callable[[str], object]
EMBEDDING, CANDIDATES = "embedding of the question", 100


@dataclass(frozen=True, slots=True)
class Took:
    """The seconds of the clock that a question took, and those of the processor, of all threads."""

    clock: float
    processor: float


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
    """The settings, for this collection, without a language model and without a log of answers."""
    answer = {"reader": reader, "mode": "extractive", "keep": False}
    return load_config(overrides={"index": str(index), "llm": {"model": "none"}, "answer": answer})


def works(assistant: Assistant, unread: Assistant) -> dict[str, Work]:
    """What is timed, by name."""
    return {
        EMBEDDING: lambda question: assistant.embedder.embed_queries([question]),
        "floor: embedding, both indexes, one passage read": floor(assistant),
        "evidence": assistant.evidence,
        "evidence without the reader": unread.evidence,
    }


def llamaindex(assistant: Assistant) -> Work:
    """LlamaIndex's vector index over the articles of the collection, with the embedding model in float32."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.schema import Document

    from rag.models.pinned_embedding import unpacked_weights
    from rag.models.registry import models_folder
    from rag.models.sentence_transformer_embedder import SentenceTransformerEmbedder
    from tests.benchmarks.llamaindex_embedding import SameEmbedding

    articles = [article for each in assistant.articles() if (article := assistant.article(each.id))]
    documents = [Document(id_=each.id, text=each.text, metadata={"title": each.title}) for each in articles]
    embedder = SentenceTransformerEmbedder(str(unpacked_weights(models_folder(assistant.config.models))))
    theirs = VectorStoreIndex.from_documents(documents, embed_model=SameEmbedding(embedder))
    return theirs.as_retriever(similarity_top_k=10).retrieve


# Answers each line with one, when it has found the evidence.
ASKED = """
import sys
from rag.assistant import Assistant
from rag.config import load_config
assistant = Assistant(load_config(overrides={"index": sys.argv[1], "llm": {"model": "none"}}))
for line in sys.stdin:
    assistant.evidence(line.strip())
    print(flush=True)
"""


def before(checkout: Path, index: Path) -> Work:
    """The evidence as the release in a checkout finds it."""
    process = subprocess.Popen(
        [sys.executable, "-c", ASKED, str(index.resolve())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(checkout.resolve())},
    )

    def once(question: str) -> None:
        assert process.stdin
        assert process.stdout
        process.stdin.write(" ".join(question.split()) + "\n")
        process.stdin.flush()
        if not process.stdout.readline():
            raise SystemExit(f"{checkout}: its release did not answer")

    return once


def took(work: Work, question: str) -> Took:
    """What a question takes while nothing else is asked."""
    clock, processor = time.perf_counter(), time.process_time()
    work(question)
    return Took(time.perf_counter() - clock, time.process_time() - processor)


def in_turn(timed: dict[str, Work], asked: Sequence[str]) -> dict[str, dict[str, float]]:
    """Milliseconds of each work over the questions, and what they are in embeddings of the question."""
    found: dict[str, list[Took]] = {name: [] for name in timed}
    for question in asked:
        for name, work in timed.items():
            found[name].append(took(work, question))
    clocks = {name: [each.clock for each in took] for name, took in found.items()}
    processors = {name: median(each.processor for each in took) for name, took in found.items()}
    return {
        name: {
            "p50 ms": median(clocks[name]) * 1000,
            "p95 ms": percentile(clocks[name], 0.95) * 1000,
            "times": median(clocks[name]) / median(clocks[EMBEDDING]),
            "processor ms": processors[name] * 1000,
            "processor times": processors[name] / processors[EMBEDDING],
        }
        for name in timed
    }


def at_once(assistant: Assistant, asked: Sequence[str], askers: int) -> dict[str, float]:
    """What so many askers get who ask the questions, each its next one as soon as it has its answer."""
    clock, processor = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(askers) as pool:
        waits = [each.clock for each in pool.map(lambda question: took(assistant.ask, question), asked)]
    return {
        "questions a second": len(asked) / (time.perf_counter() - clock),
        "p50 ms": median(waits) * 1000,
        "p95 ms": percentile(waits, 0.95) * 1000,
        "processor ms": (time.process_time() - processor) / len(asked) * 1000,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=40, help="questions, evenly spaced (40)")
    parser.add_argument("--at-once", type=int, nargs="*", default=[1, 4, 16], help="askers at once (1 4 16)")
    parser.add_argument("--beside-llamaindex", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--before", nargs=2, type=Path, metavar=("CHECKOUT", "INDEX"))
    arguments = parser.parse_args()
    asked = [each.question for each in draw(load_gold(arguments.gold), arguments.limit)]
    assistant, unread = (Assistant(config_of(arguments.index, reader=read)) for read in (True, False))
    timed = works(assistant, unread)
    if arguments.beside_llamaindex:
        timed["LlamaIndex, vectors alone, float32"] = llamaindex(assistant)
    if arguments.before:
        timed["evidence, the release before"] = before(*arguments.before)
    for work in timed.values():
        work(asked[0])  # models are loaded when first used
    print(f"{len(asked)} questions, {os.cpu_count()} cores, load of the machine {os.getloadavg()[0]:.1f}")
    report = in_turn(timed, asked)
    report |= {f"quotes, {askers} at once": at_once(assistant, asked, askers) for askers in arguments.at_once}
    for name, row in report.items():
        print(f"{name:50}" + "".join(f"{value:9.1f} {key}" for key, value in row.items()))
    print(f"load of the machine at the end {os.getloadavg()[0]:.1f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
