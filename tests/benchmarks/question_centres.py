"""What taking off the centre of questions gains, by the share that is taken off, in each language and across them.

python tests/benchmarks/question_centres.py XQUAD [--languages vi,en,zh,de] [--over vi,en]

XQUAD is a folder with parallel `articles.jsonl` and `gold.LANGUAGE.jsonl`. For questions in each language over the
passages in each, by the vectors alone: how often the passage with the answer is nearest, how often the passage of the
nearest sentence is the one, and how often the nearest sentence of the right passage holds the answer.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.config import load_config
from rag.documents.passage_sentences import sentences_of
from rag.evaluation.gold import GoldQuestion, load_gold
from rag.evaluation.metrics import contains
from rag.models.embedder import Embedder
from rag.models.loading import load_embedder
from rag.models.question_centres import QuestionCentres, centred
from rag.models.registry import models_folder
from rag.models.weights_file import using_weights, weights_in_use
from rag.training.qa_dataset import load_articles

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
Vectors = NDArray[np.float32]


class Passages:
    """The passages in a language: vectors of them and of their sentences, and which passage each of these is in."""

    def __init__(self, embedder: Embedder, articles: Path, language: str) -> None:
        own = {name[:-3]: each for name, each in load_articles(articles).items() if name.endswith(f"-{language}")}
        self.places = {name: place for place, name in enumerate(own)}
        titled = [(title.replace("_", " "), text) for title, text in own.values()]
        self.vectors = embedder.embed_passages([f"{title}\n{text}" for title, text in titled])
        said = [(place, text[at.start : at.end]) for place, (_, text) in enumerate(titled) for at in sentences_of(text)]
        self.of = np.array([place for place, _ in said])
        self.said = [text for _, text in said]
        self.sentences = embedder.embed_passages(self.said)


def measured(asked: Vectors, gold: Sequence[GoldQuestion], passages: Passages) -> tuple[float, float, float]:
    """The three shares (0 to 1) for centred questions (n, d), and what answers them in the language of the passages."""
    right = np.array([passages.places[next(iter(each.qrels))[:-3]] for each in gold])
    nearest = (asked @ passages.vectors.T).argmax(axis=1) == right
    near = asked @ passages.sentences.T
    of_nearest = passages.of[near.argmax(axis=1)] == right
    first = []
    for row, place, each in zip(near, right.tolist(), gold, strict=True):
        own = np.flatnonzero(passages.of == place)
        held = [contains(passages.said[i], each.answers) > 0 for i in own.tolist()]
        if any(held):
            first.append(held[int(row[own].argmax())])
    return float(nearest.mean()), float(of_nearest.mean()), float(np.mean(first))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xquad", type=Path)
    parser.add_argument("--languages", default="vi,en,zh,de", help="of the questions")
    parser.add_argument("--over", default="vi,en", help="of the passages")
    arguments = parser.parse_args()
    config = load_config()
    embedder = load_embedder(config.embedding, models_folder(config.models))
    shipped = weights_in_use("question_centres", QuestionCentres)
    vectors: dict[str, Vectors] = {}
    print("asked  over  share  passage  by its sentence  sentence")
    for over in arguments.over.split(","):
        passages = Passages(embedder, arguments.xquad / "articles.jsonl", over)
        gold = load_gold(arguments.xquad / f"gold.{over}.jsonl")
        for language in arguments.languages.split(","):
            if language not in vectors:
                asked = load_gold(arguments.xquad / f"gold.{language}.jsonl")
                vectors[language] = embedder.embed_queries([each.question for each in asked])
            for share in SHARES:
                with using_weights("question_centres", replace(shipped, share=share)):
                    less = np.stack([centred(each, language) for each in vectors[language]])
                shown = "  ".join(f"{value:.3f}" for value in measured(less, gold, passages))
                print(f"{language}  {over}  {share:.2f}  {shown}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
