"""A query -> candidates: the chunks that either leg finds, with what each leg and the words say of every one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.errors import CollectionError
from rag.index.filter import Filter
from rag.index.leg import Ids, Scores
from rag.index.snapshot import Snapshot
from rag.index.store import StoredChunk
from rag.query.query import Query
from rag.retrieval.word_features import word_features


@dataclass(frozen=True, eq=False, slots=True)
class Candidates:
    """Chunks in order of their ids, and arrays of what was found out about each, (n,) if nothing else is said.

    `cosines` (-1 to 1) are those of their vectors with the question's; `nearness` are the products with the centred
    question, which are ranked by, and `offsets` make these comparable between languages; `bm25` (0 on) are the scores
    of the lexical leg; `words` (n, 5) the features of `rag.retrieval.word_features`; `foreign` says which are in
    another language than the question.
    """

    chunks: tuple[StoredChunk, ...]
    cosines: Scores
    nearness: Scores
    offsets: Scores
    bm25: Scores
    words: Scores
    foreign: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.chunks)


def find_candidates(query: Query, snapshot: Snapshot, only: Filter, limit: int) -> Candidates:
    """The `limit` best chunks of each leg, `only` of the articles that the filter lets through.

    Each leg scores what it found itself as it finds it, and then what the other alone has found.
    """
    near = snapshot.dense.search(query.centred, limit, only)
    shared = snapshot.lexical.search(query.text, limit, only)
    nearness_of, bm25_of = _scored(near.ids, near.scores), _scored(shared.ids, shared.scores)
    near_alone, shared_alone = np.setdiff1d(near.ids, shared.ids), np.setdiff1d(shared.ids, near.ids)
    nearness_of |= _scored(shared_alone, snapshot.dense.scores(query.centred, shared_alone))
    bm25_of |= _scored(near_alone, snapshot.lexical.scores(query.text, near_alone))
    found = np.union1d(near.ids, shared.ids)
    ids: list[int] = found.tolist()
    known = snapshot.store.chunks(ids)
    if len(known) < len(ids):
        raise CollectionError("the collection is damaged: it lacks passages that it has indexed; run: hoidap verify")
    chunks = tuple(known[chunk] for chunk in ids)
    return Candidates(
        chunks=chunks,
        cosines=snapshot.dense.scores(query.vector, found),
        nearness=np.array([nearness_of[chunk] for chunk in ids], np.float32),
        offsets=np.array([query.centred_offset(chunk.language) for chunk in chunks], np.float32),
        bm25=np.array([bm25_of[chunk] for chunk in ids], np.float32),
        words=word_features(query, chunks),
        foreign=np.array([query.is_foreign_to(chunk.language) for chunk in chunks], np.bool_),
    )


def _scored(ids: Ids, scores: Scores) -> dict[int, float]:
    return dict(zip(ids.tolist(), scores.tolist(), strict=True))
