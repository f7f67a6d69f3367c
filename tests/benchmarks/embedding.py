"""The served graph against sentence-transformers in float32, in one run, taking turns.

    python tests/benchmarks/embedding.py --articles articles.jsonl [--questions gold.jsonl] [--json report.json]

Passages a second, milliseconds a question asked alone, cosine between the two, and the seconds from a new process to
its first vector. Each figure is the median over the rounds; only the ratios can be compared between machines.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from rag.config import load_config
from rag.models.embedder import PINNED_MODEL, Vectors
from rag.models.graph_embedder import GraphEmbedder
from rag.models.pinned_embedding import exported_graph
from rag.models.registry import models_folder

COLD = """
import time
start = time.perf_counter()
import sys
from pathlib import Path
from rag.config import EmbeddingSettings
from rag.models.loading import load_embedder
load_embedder(EmbeddingSettings(), Path(sys.argv[1])).embed_queries(["?"])
print(time.perf_counter() - start)
"""


def read(path: Path, field: str, count: int, seed: int) -> list[str]:
    rows = [json.loads(line)[field] for line in path.read_text(encoding="utf-8").splitlines()]
    return random.Random(seed).sample(rows, min(count, len(rows)))


def timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def take_turns(rounds: int, *works: Callable[[], Any]) -> list[float]:
    """The median seconds of each work; every round runs all of them, so that other load hits them alike."""
    seconds = [[timed(work) for work in works] for _ in range(rounds)]
    return [median(column) for column in zip(*seconds, strict=True)]


def cosines(ours: Vectors, theirs: Vectors) -> dict[str, float]:
    cosine = (ours * theirs).sum(1)
    return {
        "mean": float(cosine.mean()),
        "5th percentile": float(np.percentile(cosine, 5)),
        "minimum": float(cosine.min()),
    }


def cold_seconds(folder: Path, rounds: int) -> float:
    command = [sys.executable, "-c", COLD, str(folder)]
    return median(
        float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(rounds)
    )


def measure(passages: Sequence[str], questions: Sequence[str], folder: Path, rounds: int) -> dict[str, Any]:
    from sentence_transformers import SentenceTransformer

    graph = GraphEmbedder(exported_graph(folder))
    model = SentenceTransformer(str(folder / PINNED_MODEL), device="cpu", local_files_only=True)
    ours, theirs = graph.embed_passages(passages), model.encode(list(passages), prompt_name="passage")
    asked, expected = graph.embed_queries(questions), model.encode(list(questions), prompt_name="query")
    bulk = take_turns(
        rounds,
        lambda: graph.embed_passages(passages),
        lambda: model.encode(list(passages), prompt_name="passage"),
    )
    alone = take_turns(
        rounds,
        lambda: [graph.embed_queries([question]) for question in questions],
        lambda: [model.encode([question], prompt_name="query") for question in questions],
    )
    tokens = graph.count_tokens(passages)
    return {
        "passages": len(passages),
        "tokens a passage": sum(tokens) / len(tokens),
        "questions": len(questions),
        "passages/s": {
            "graph": len(passages) / bulk[0],
            "float32": len(passages) / bulk[1],
            "ratio": bulk[1] / bulk[0],
        },
        "ms/question": {
            "graph": alone[0] / len(questions) * 1e3,
            "float32": alone[1] / len(questions) * 1e3,
            "ratio": alone[1] / alone[0],
        },
        "cosine of passages": cosines(ours, theirs),
        "cosine of questions": cosines(asked, expected),
        "cold start, s": cold_seconds(folder, rounds),
    }


def show(report: dict[str, Any]) -> None:
    print(f"{report['passages']} passages of {report['tokens a passage']:.0f} tokens, {report['questions']} questions")
    print(f"{'':14}{'graph':>10}{'float32':>10}{'ratio':>8}")
    for name in ("passages/s", "ms/question"):
        row = report[name]
        print(f"{name:14}{row['graph']:10.1f}{row['float32']:10.1f}{row['ratio']:8.1f}")
    for name in ("cosine of passages", "cosine of questions"):
        print(f"{name:20}", "  ".join(f"{key} {value:.4f}" for key, value in report[name].items()))
    print(f"new process to first vector: {report['cold start, s']:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path, required=True, help="JSON lines with `text`")
    parser.add_argument("--questions", type=Path, help="JSON lines with `question`; first sentences when not given")
    parser.add_argument("--models", type=Path, help="folder of pulled models")
    parser.add_argument("--passages", type=int, default=300)
    parser.add_argument("--asked", type=int, default=100, help="how many questions")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    arguments = parser.parse_args()
    folder = arguments.models or models_folder(load_config().models)
    passages = read(arguments.articles, "text", arguments.passages, seed=1)
    if arguments.questions:
        questions = read(arguments.questions, "question", arguments.asked, seed=2)
    else:
        questions = [passage.split(". ")[0][:80] for passage in passages[: arguments.asked]]
    report = measure(passages, questions, folder, arguments.rounds)
    show(report)
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
