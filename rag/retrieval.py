"""A question -> passages: the dense and the lexical leg, fused by standardised scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.collection import Snapshot
from rag.embeddings import Embedder
from rag.question import QuestionWords
from rag.store import StoredChunk
from rag.text import language_of

Scores = NDArray[np.float32]

# Shares of the lexical leg, measured over 5,109 Vietnamese passages (tests/benchmarks/).
LEXICAL_SHARE = 0.4
LEXICAL_SHARE_BARE = 0.8
# How many of the best passages are ranked again by their best sentence, and how much that counts beside the fused
# score; chosen on 500 training questions of UIT-ViQuAD.
RERANKED = 30
SENTENCE_WEIGHT = 4.0
SENTENCE_NEUTRAL = 0.7


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

    Each leg names its `candidates` best chunks; both legs score all of them, each leg's scores are standardised over
    them, and the sum is weighted by how much each leg can see of a question typed like this. The best of them are
    ranked again by how much of the question their best sentence holds.
    """
    if not len(snapshot.dense):
        return []
    vector = embedder.embed_queries([question])[0]
    near, _ = snapshot.dense.search(vector, candidates)
    shared, _ = snapshot.lexical.search(question, candidates)
    ids = np.union1d(near, shared)
    chunks = snapshot.store.chunks(ids.tolist())
    cosines = snapshot.dense.scores(vector, ids)
    bm25 = snapshot.lexical.scores(question, ids)
    asked = QuestionWords(question, snapshot.lexical)
    language = language_of(question)
    foreign = np.array([language not in ("und", chunks[chunk].language) for chunk in ids.tolist()])
    # The embedding model is nearly blind to Vietnamese without diacritics.
    fused = fuse(bm25, cosines, LEXICAL_SHARE_BARE) if asked.bare else fuse_languages(bm25, cosines, foreign)
    head = np.lexsort((ids, -fused))[:RERANKED]
    best = [chunks[int(ids[i])] for i in head]
    held = np.array([asked.in_best_sentence(chunk.title, chunk.text) for chunk in best], dtype=np.float32)
    fused[head] += rerank(fused[head], held, foreign[head])
    order = np.lexsort((ids, -fused))[:top_n]
    return [_passage(chunks[int(ids[i])], float(fused[i]), float(cosines[i])) for i in order]


def fuse(bm25: Scores, cosines: Scores, share: float) -> Scores:
    """The sum (n,) of both legs' standardised scores, the lexical leg's weighted by its share."""
    return share * standardised(bm25) + (1 - share) * standardised(cosines)


def fuse_languages(bm25: Scores, cosines: Scores, foreign: NDArray[np.bool_]) -> Scores:
    """The fused scores (n,) of passages of which some are `foreign`, in another language than the question.

    Words say little across languages: they count among the passages of the question's language, and for a foreign
    passage only where they speak for it (a name that both languages spell alike).
    """
    semantic = standardised(cosines)
    if foreign.all():
        return semantic
    if not foreign.any():
        return fuse(bm25, cosines, LEXICAL_SHARE)
    own = np.zeros_like(bm25)
    own[~foreign] = standardised(bm25[~foreign])
    mixed = LEXICAL_SHARE * own + (1 - LEXICAL_SHARE) * semantic
    return np.where(foreign, np.maximum(semantic, fuse(bm25, cosines, LEXICAL_SHARE)), mixed)


def rerank(fused: Scores, held: Scores, foreign: NDArray[np.bool_]) -> Scores:
    """What is added to fused scores (n,) for the share of the question's content words that the best sentence holds.

    Words that stand together answer more often than words scattered over a passage. Foreign passages are left alone, so
    that in a collection of several languages a passage that holds few of the words falls behind them.
    """
    return np.where(foreign, 0, SENTENCE_WEIGHT * fused.std() * (held - SENTENCE_NEUTRAL))


def standardised(scores: Scores) -> Scores:
    """Scores (n,) less their mean, over their standard deviation; zeros when all are equal."""
    deviation = scores.std()
    centred: Scores = scores - scores.mean()
    return centred / deviation if deviation > 1e-9 else np.zeros_like(centred)


def _passage(chunk: StoredChunk, score: float, cosine: float) -> Passage:
    return Passage(
        article_id=chunk.article_id,
        chunk_id=chunk.id,
        title=chunk.title,
        source=chunk.source,
        published=chunk.published,
        language=chunk.language,
        text=chunk.text,
        start=chunk.start,
        end=chunk.end,
        score=score,
        cosine=cosine,
    )
