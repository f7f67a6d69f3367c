"""The best candidates ranked again by the cosine of their nearest sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.index.store import StoredChunk
from rag.query.query import Query
from rag.retrieval.candidates import Candidates
from rag.retrieval.fusion_weights import fusion_weights
from rag.retrieval.sentence_vectors import SentenceVectors

Scores = NDArray[np.float32]
Order = NDArray[np.int64]
# By the ids of chunks, of each of `sentences_of(chunk.text)` in order (n, 2): its product with the centred question,
# which is ranked by, and its cosine with the question.
SentenceCosines = dict[int, Scores]
# How many of the best candidates are ranked again, of the question's language and of others at least.
RERANKED, RERANKED_OF_EACH_SIDE = 8, 3


def by_nearest_sentence(
    query: Query, candidates: Candidates, scores: Scores, vectors: SentenceVectors
) -> tuple[Order, Scores, SentenceCosines]:
    """The places of candidates, best first, ties by id, and their scores (n,), in the order of the candidates.

    To the best of them is added what the cosine of their nearest sentence is worth; scores still fall behind them. What
    they are worth it by comes along.
    """
    scores, ids = scores.copy(), np.array([chunk.id for chunk in candidates.chunks], np.int64)
    order: Order = np.lexsort((ids, -scores))
    head, rest = _split(order, candidates.foreign)
    cosines = sentence_cosines(query, [candidates.chunks[i] for i in head.tolist()], vectors)
    nearest = np.array([own[:, 0].max(initial=-1.0) for own in cosines.values()], np.float32) + candidates.offsets[head]
    scores[head] += fusion_weights().sentence * (nearest - nearest.max(initial=-1.0))
    if len(rest):
        raised = scores[head] + max(0.0, float(scores[rest[0]] - scores[head].min()))
        # Above the best of the rest, whose id may be lower: a sum is rounded.
        scores[head] = np.maximum(raised, np.nextafter(scores[rest[0]], np.float32(np.inf)))
    return np.concatenate((head[np.lexsort((ids[head], -scores[head]))], rest)), scores, cosines


def sentence_cosines(query: Query, chunks: Sequence[StoredChunk], vectors: SentenceVectors) -> SentenceCosines:
    """How near the question is to the sentences of chunks, in the order of the chunks."""
    both = np.column_stack((query.centred, query.vector))
    return {chunk.id: rows @ both for chunk, rows in zip(chunks, vectors.of(chunks), strict=True)}


def _split(order: Order, foreign: NDArray[np.bool_]) -> tuple[Order, Order]:
    """The places of those that are ranked again, and of the rest, both best first."""
    chosen = np.zeros(len(order), dtype=bool)
    chosen[:RERANKED] = True
    for side in (foreign[order], ~foreign[order]):
        chosen[np.flatnonzero(side)[:RERANKED_OF_EACH_SIDE]] = True
    return order[chosen], order[~chosen]
