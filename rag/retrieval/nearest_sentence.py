"""The best candidates ranked again by the cosine of their nearest sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.index.store import StoredChunk
from rag.query.query import Query, share
from rag.retrieval.candidates import Candidates
from rag.retrieval.fusion_weights import fusion_weights
from rag.retrieval.passage_sentences import Sentence, SentenceVectors, sentences_of
from rag.text.words import bigrams

Scores = NDArray[np.float32]
Order = NDArray[np.int64]
# How many of the best candidates are ranked again, of the question's language and of others at least, and by how many
# of the sentences of each: those that hold most of the question. Embedding a sentence takes some three milliseconds.
RERANKED, RERANKED_OF_EACH_SIDE, SENTENCES_OF_EACH = 8, 3, 4


def by_nearest_sentence(
    query: Query, candidates: Candidates, scores: Scores, vectors: SentenceVectors
) -> tuple[Order, Scores]:
    """The places of candidates, best first, ties by id, and their scores (n,), in the order of the candidates.

    To the best of them is added what the cosine of their nearest sentence is worth; scores still fall behind them.
    """
    scores, ids = scores.copy(), np.array([chunk.id for chunk in candidates.chunks], np.int64)
    order: Order = np.lexsort((ids, -scores))
    head, rest = _split(order, candidates.foreign)
    nearest = nearest_sentences(query, [candidates.chunks[i] for i in head.tolist()], vectors)
    nearest += candidates.offsets[head]
    scores[head] += fusion_weights().sentence * (nearest - nearest.max(initial=-1.0))
    if len(rest):
        raised = scores[head] + max(0.0, float(scores[rest[0]] - scores[head].min()))
        scores[head] = np.maximum(raised, scores[rest[0]])  # a sum is rounded
    return np.concatenate((head[np.lexsort((ids[head], -scores[head]))], rest)), scores


def nearest_sentences(query: Query, chunks: Sequence[StoredChunk], vectors: SentenceVectors) -> Scores:
    """The cosine (n,) of the question with the nearest of the sentences of each chunk that hold most of its words."""
    read = [[f"{chunk.title}\n{text}" for text in fullest(query, chunk.text)[:SENTENCES_OF_EACH]] for chunk in chunks]
    cosines = vectors.of([text for of_chunk in read for text in of_chunk]) @ query.vector
    ends = np.cumsum([len(of_chunk) for of_chunk in read], dtype=np.int64)
    return np.array([part.max(initial=0.0) for part in np.split(cosines, ends[:-1])], dtype=np.float32)


def fullest(query: Query, text: str) -> list[str]:
    """The sentences of a text, those that hold most of the question's content words and pairs of words first."""

    def held(sentence: Sentence) -> float:
        tokens = query.compared(sentence.terms)
        return share(query.content, {*tokens, *sentence.dates}) + share(query.pairs, {*bigrams(tokens)})

    return [text[each.start : each.end] for each in sorted(sentences_of(text), key=held, reverse=True)]


def _split(order: Order, foreign: NDArray[np.bool_]) -> tuple[Order, Order]:
    """The places of those that are ranked again, and of the rest, both best first."""
    chosen = np.zeros(len(order), dtype=bool)
    chosen[:RERANKED] = True
    for side in (foreign[order], ~foreign[order]):
        chosen[np.flatnonzero(side)[:RERANKED_OF_EACH_SIDE]] = True
    return order[chosen], order[~chosen]
