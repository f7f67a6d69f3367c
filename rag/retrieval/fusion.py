"""A question -> passages: the dense and the lexical leg, fused with how well the best sentence of each meets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from rag.index.snapshot import Snapshot
from rag.index.store import StoredChunk
from rag.query.query import Query, holds, share
from rag.retrieval.fusion_weights import fusion_weights
from rag.retrieval.passage_sentences import Sentence, SentenceVectors, sentences_of
from rag.text.dates import dates
from rag.text.words import bigrams

Scores = NDArray[np.float32]
Ids = NDArray[np.int64]


# How many of the best passages are ranked again by their nearest sentence, of the question's language and of others at
# least, and by how many of the sentences of each: those that hold most of the question. Embedding a sentence takes some
# three milliseconds.
READ_BY_SENTENCE, OF_EACH, READ_SENTENCES = 8, 3, 4


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


def retrieve(
    snapshot: Snapshot,
    query: Query,
    vectors: SentenceVectors,
    *,
    candidates: int,
    top_n: int | None = None,
    among: Ids | None = None,
) -> list[Passage]:
    """The `top_n` best passages, all when None, best first, ties by chunk id; with `among` only of these chunks.

    Each leg names its `candidates` best chunks; both legs score all of them. The sum of what each passage has for it is
    weighted by what a question typed like this can be compared with, and the best are ranked again by the cosine of
    their nearest sentence.
    """
    near, _ = snapshot.dense.search(query.vector, candidates, among)
    shared, _ = snapshot.lexical.search(query.text, candidates, among)
    ids = np.union1d(near, shared)
    if not len(ids):
        return []
    chunks = snapshot.store.chunks(ids.tolist())
    found = [chunks[chunk] for chunk in ids.tolist()]
    cosines = snapshot.dense.scores(query.vector, ids)
    scores = fuse(query, found, cosines, snapshot.lexical.scores(query.text, ids))
    order = np.lexsort((ids, -scores))
    head, rest = _split(order, np.array([query.is_foreign_to(chunk.language) for chunk in found]))
    scores[head] = _by_sentence(query, [found[i] for i in head.tolist()], scores[head], vectors)
    if len(rest):  # scores still fall behind those that were read again
        raised = scores[head] + max(0.0, float(scores[rest[0]] - scores[head].min()))
        scores[head] = np.maximum(raised, scores[rest[0]])  # a sum is rounded
    order = np.concatenate((head[np.lexsort((ids[head], -scores[head]))], rest))[:top_n]
    return [passage_of(found[i], float(scores[i]), float(cosines[i])) for i in order.tolist()]


def fuse(query: Query, chunks: Sequence[StoredChunk], cosines: Scores, bm25: Scores) -> Scores:
    """The scores (n,) of chunks from both legs' scores of them and from the words of their best sentences.

    Words say little across languages: a chunk in another language than the question is scored by its cosine alone, but
    for phrases and codes.
    """
    foreign = np.array([query.is_foreign_to(chunk.language) for chunk in chunks])
    weights = fusion_weights()
    dense = weights.dense * standardised(cosines + _allowances(query, chunks))
    own = np.zeros_like(dense)
    own[~foreign] = standardised(bm25[~foreign])
    held = signals(query, chunks)
    words = held @ np.array(astuple(weights)[2:7], dtype=np.float32)
    return dense + np.where(
        foreign, weights.other_language + weights.phrase * held[:, -1], weights.lexical * own + words
    )


def signals(query: Query, chunks: Sequence[StoredChunk]) -> NDArray[np.float32]:
    """What the words of each chunk have, (n, 5), the columns of `FusionWeights` from `content` to `phrase`."""
    return np.array([_signals(query, chunk) for chunk in chunks], dtype=np.float32).reshape(-1, 5)


def _signals(query: Query, chunk: StoredChunk) -> tuple[float, ...]:
    head = query.tokens(chunk.head)
    headed = {*head}
    content, pairs, everything, days = 0.0, 0.0, list[str](), set[str]()
    for sentence in sentences_of(chunk.text):
        tokens = query.compared(sentence.terms)
        content = max(content, share(query.content, headed.union(tokens, sentence.dates)))
        pairs = max(pairs, share(query.pairs, {*bigrams(tokens)}))
        everything += tokens
        days.update(sentence.dates)
    named = query.named <= headed.union(everything, days, dates(chunk.head))
    phrases = bool(query.phrases) and all(holds(everything, phrase) or holds(head, phrase) for phrase in query.phrases)
    return content, pairs, named, len(everything) / 100, phrases


def _by_sentence(query: Query, chunks: Sequence[StoredChunk], scores: Scores, vectors: SentenceVectors) -> Scores:
    """The scores (n,) of the best chunks, best first, with the cosine of their nearest sentence added."""
    nearest = nearest_sentences(query, chunks, vectors)
    nearest += _allowances(query, chunks)
    read: Scores = scores + fusion_weights().sentence * (nearest - nearest.max())
    return read


def _split(order: Ids, foreign: NDArray[np.bool_]) -> tuple[Ids, Ids]:
    """The places of those that are read again, and of the rest, both best first."""
    read = np.zeros(len(order), dtype=bool)
    read[:READ_BY_SENTENCE] = True
    for side in (foreign[order], ~foreign[order]):
        read[np.flatnonzero(side)[:OF_EACH]] = True
    return order[read], order[~read]


def _allowances(query: Query, chunks: Sequence[StoredChunk]) -> Scores:
    return np.array([query.cosine_offset(chunk.language) for chunk in chunks], dtype=np.float32)


def nearest_sentences(query: Query, chunks: Sequence[StoredChunk], vectors: SentenceVectors) -> Scores:
    """The cosine (n,) of the question with the nearest of the sentences of each chunk that hold most of its words."""
    read = [[f"{chunk.title}\n{text}" for text in fullest(query, chunk.text)[:READ_SENTENCES]] for chunk in chunks]
    cosines = vectors.of([text for of_chunk in read for text in of_chunk]) @ query.vector
    ends = np.cumsum([len(of_chunk) for of_chunk in read], dtype=np.int64)
    return np.array([part.max(initial=0.0) for part in np.split(cosines, ends[:-1])], dtype=np.float32)


def fullest(query: Query, text: str) -> list[str]:
    """The sentences of a text, those that hold most of the question's content words and pairs of words first."""

    def held(sentence: Sentence) -> float:
        tokens = query.compared(sentence.terms)
        return share(query.content, {*tokens, *sentence.dates}) + share(query.pairs, {*bigrams(tokens)})

    return [text[each.start : each.end] for each in sorted(sentences_of(text), key=held, reverse=True)]


def standardised(scores: Scores) -> Scores:
    """Scores (n,) less their mean, over their standard deviation; zeros when all are equal."""
    deviation = scores.std() if len(scores) else 0.0
    centred: Scores = scores - scores.mean() if len(scores) else scores
    return centred / deviation if deviation > 1e-9 else np.zeros_like(centred)


def passage_of(chunk: StoredChunk, score: float = 0.0, cosine: float = 0.0) -> Passage:
    """The passage that a chunk is."""
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
