"""Fit the weights of the fusion on the questions of a gold file: prints those of rag/retrieval/fusion.py.

python tests/benchmarks/fusion.py GOLD.train.jsonl --index DIR [--limit N]

The weights are those under which the right passages are the likeliest among the candidates (a softmax over each
question's candidates, by gradient descent), for questions as typed and without their diacritics together.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.assistant import Assistant
from rag.evaluation.gold import GoldQuestion, load_gold
from rag.index.snapshot import Collection, Snapshot
from rag.index.store import StoredChunk
from rag.models.embedder import Embedder
from rag.query.query import Query, make_query
from rag.retrieval.fusion import standardised
from rag.retrieval.nearest_sentence import RERANKED, nearest_sentences
from rag.retrieval.passage_sentences import SentenceVectors
from rag.retrieval.word_features import word_features
from rag.text.normalize import fold

CANDIDATES = 100
STEPS, RATE = 400, 0.3
# Quotation marks and codes are too few among the questions; their weight is set by hand.
PHRASE = 4
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A question's candidates: their signals (n, 6), and which are right (n,)."""

    query: Query
    chunks: Sequence[StoredChunk]
    signals: Matrix
    right: NDArray[np.bool_]


def example(question: GoldQuestion, typed: str, snapshot: Snapshot, embedder: Embedder) -> Example | None:
    """The candidates of a question; None when the right passage is not among them."""
    query = make_query(typed, snapshot.statistics, embedder)
    near = snapshot.dense.search(query.vector, CANDIDATES)
    shared = snapshot.lexical.search(query.text, CANDIDATES)
    ids = np.union1d(near.ids, shared.ids)
    known = snapshot.store.chunks(ids.tolist())
    chunks = [known[chunk] for chunk in ids.tolist()]
    right = np.array([chunk.article_id in question.qrels for chunk in chunks])
    if not right.any():
        return None
    dense = standardised(snapshot.dense.scores(query.vector, ids))
    lexical = standardised(snapshot.lexical.scores(query.text, ids))
    words = np.delete(word_features(query, chunks), PHRASE, axis=1)
    return Example(query, chunks, np.column_stack((dense, lexical, words)).astype(np.float64), right)


def fit(examples: Sequence[tuple[Matrix, NDArray[np.bool_]]]) -> Matrix:
    """The weights (f,) of the softmax that makes the right candidates likeliest, by Adam's gradient descent."""
    rows, right = (np.concatenate(parts) for parts in zip(*examples, strict=True))
    sizes = [len(each) for _, each in examples]
    first, of = np.cumsum([0, *sizes[:-1]]), np.repeat(np.arange(len(sizes)), sizes)
    target = right / np.add.reduceat(right.astype(np.float64), first)[of]
    weights, mean, square = (np.zeros(rows.shape[1]) for _ in range(3))
    for step in range(1, STEPS + 1):
        scores = rows @ weights
        odds = np.exp(scores - np.maximum.reduceat(scores, first)[of])
        gradient = rows.T @ (odds / np.add.reduceat(odds, first)[of] - target) / len(sizes)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        weights -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-9)
    return weights


def fit_sentence(examples: Sequence[Example], weights: Matrix, vectors: SentenceVectors) -> float:
    """The weight of the nearest sentence's cosine among the best candidates, in units of the fused score."""
    heads: list[tuple[Matrix, NDArray[np.bool_]]] = []
    for each in examples:
        scores = each.signals @ weights
        best = np.argsort(-scores, kind="stable")[:RERANKED]
        if each.right[best].any():
            chunks = [each.chunks[place] for place in best.tolist()]
            nearest = nearest_sentences(each.query, chunks, vectors)
            heads.append((np.column_stack((scores[best], 20 * nearest)), each.right[best]))
    score, sentence = fit(heads)
    return float(20 * sentence / score)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=2000)
    arguments = parser.parse_args()
    gold = [question for question in load_gold(arguments.gold) if question.qrels and not question.history]
    random.Random(0).shuffle(gold)
    assistant = Assistant.open(arguments.index)
    snapshot = Collection(arguments.index, assistant.embedder).snapshot()
    chosen = [(question, form) for question in gold[: arguments.limit] for form in (str, fold)]
    made = (example(question, form(question.question), snapshot, assistant.embedder) for question, form in chosen)
    examples = [each for each in made if each is not None]
    weights = fit([(each.signals, each.right) for each in examples])
    columns = ("dense", "lexical", "content", "pairs", "named", "length")
    print({column: round(float(weight), 2) for column, weight in zip(columns, weights, strict=True)})
    sentence = fit_sentence(examples, weights, SentenceVectors(assistant.embedder))
    print(f"sentence: {sentence:.1f}, from {len(examples)} of {len(chosen)} questions")


if __name__ == "__main__":
    main()
