"""A question -> passages: the dense and the lexical leg, fused by standardised scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.collection import Snapshot
from rag.embeddings import Embedder
from rag.lexical import LexicalIndex
from rag.text import has_diacritics, words

# Shares of the lexical leg, measured over 5,109 Vietnamese passages (tests/benchmarks/).
LEXICAL_SHARE = 0.4
LEXICAL_SHARE_BARE = 0.8


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk found for a question: `article.text[start:end] == text`; `score` and `cosine` grow with relevance."""

    article_id: str
    chunk_id: int
    title: str
    source: str
    published: str | None
    language: str
    text: str
    start: int
    end: int
    score: float
    cosine: float


def retrieve(snapshot: Snapshot, embedder: Embedder, question: str, *, candidates: int, top_n: int) -> list[Passage]:
    """The `top_n` best passages, best first, ties by chunk id.

    Each leg names its `candidates` best chunks; both legs score all of them, each leg's scores are standardised over them,
    and the sum is weighted by how much each leg can see of a question typed like this.
    """
    if not len(snapshot.dense):
        return []
    vector = embedder.embed_queries([question])[0]
    near, _ = snapshot.dense.search(vector, candidates)
    shared, _ = snapshot.lexical.search(question, candidates)
    ids = np.union1d(near, shared)
    cosines = snapshot.dense.scores(vector, ids)
    # The embedding model is nearly blind to Vietnamese without diacritics.
    share = LEXICAL_SHARE_BARE if is_typed_bare(question, snapshot.lexical) else LEXICAL_SHARE
    fused = share * standardised(snapshot.lexical.scores(question, ids)) + (1 - share) * standardised(cosines)
    order = np.lexsort((ids, -fused))[:top_n]
    return _passages(snapshot, ids[order], fused[order], cosines[order])


def is_typed_bare(question: str, lexical: LexicalIndex) -> bool:
    """Whether a question was typed without the diacritics that its words have in the collection.

    It has none itself, and most of its words that the collection knows are known far more often as words that lost theirs.
    """
    if has_diacritics(question):
        return False
    tokens = set(words(question))
    folded = {token: lexical.document_frequency(token, "folded") for token in tokens}
    stripped = [token for token, found in folded.items() if found > 2 * lexical.document_frequency(token, "words")]
    known = sum(found > 0 for found in folded.values())
    return len(stripped) > known / 2 and known > len(tokens) / 2


def standardised(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores (n,) less their mean, over their standard deviation; zeros when all are equal."""
    deviation = scores.std()
    centred: NDArray[np.float32] = scores - scores.mean()
    return centred / deviation if deviation > 1e-9 else np.zeros_like(centred)


def _passages(
    snapshot: Snapshot, ids: NDArray[np.int64], scores: Sequence[float] | NDArray[np.float32], cosines: NDArray[np.float32]
) -> list[Passage]:
    chunks = snapshot.store.chunks(ids.tolist())
    return [
        Passage(
            article_id=chunk.article_id,
            chunk_id=chunk.id,
            title=chunk.title,
            source=chunk.source,
            published=chunk.published,
            language=chunk.language,
            text=chunk.text,
            start=chunk.start,
            end=chunk.end,
            score=float(score),
            cosine=float(cosine),
        )
        for chunk, score, cosine in ((chunks[int(i)], s, c) for i, s, c in zip(ids, scores, cosines, strict=True))
    ]
