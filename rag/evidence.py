"""Passages -> the sentences that answer, with exact offsets, and how sure it is that the collection holds an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.confidence import DEFAULT, UNKNOWN_LEAD, Calibration, Kind, Signals, probability
from rag.embeddings import PINNED_MODEL
from rag.question import Query, holds, inverse_frequency, share
from rag.retrieval import Passage, standardised
from rag.sentences import SentenceVectors, sentences_of
from rag.text import bigrams, words

MAX_QUOTES = 10
# How many sentences are embedded: those that hold most of the question, for each takes some three milliseconds.
READ = 24
# Weights of the standardised scores of a sentence: cosine, shared content words, passage; and what a number adds where
# one is asked for. Measured on questions of XQuAD, UIT-ViQuAD and tests/gold; flat around these values.
_COSINE, _WORDS, _PASSAGE, _NUMBER = 1.0, 0.5, 1.0, 1.5
_ASKS_NUMBER = re.compile(
    r"\b(?:bao (?:nhiêu|lâu|giờ|xa)|mấy|(?:ngày|tháng|năm|khi|lúc|thời gian) nào"
    r"|bao (?:nhieu|lau|gio)|(?:ngay|nam|khi|luc) nao"
    r"|how (?:many|much|long|high|tall|far|old|big|large|fast)|when|wh(?:at|ich) (?:year|date|day|share|percentage)"
    r"|combien|quand|quelle (?:année|date)|wie viele|wann|cuánt[oa]s?|cuándo|quant[ie]|quando)\b"
    r"|多少|几|哪年|何年|什么时候|いつ|いくつ|いくら|何[年月日人時分mメキ]"
)


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of an article: `article.text[start:end] == text`; `score` grows with how well it answers."""

    article_id: str
    title: str
    source: str
    published: str | None
    language: str
    start: int
    end: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Quotes, best first, the passages they were taken from, and the probability (0 to 1) that they hold the answer.

    `signals` is what the probability was made from; None when there are no quotes.
    """

    quotes: tuple[Quote, ...]
    passages: tuple[Passage, ...]
    confidence: float
    signals: Signals | None = None


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence, and what it and its title hold of words, pairs of words and dates."""

    passage: Passage
    start: int
    end: int
    text: str
    tokens: frozenset[str]


def find_evidence(
    query: Query, passages: Sequence[Passage], vectors: SentenceVectors, calibration: Calibration = DEFAULT
) -> Evidence:
    """The sentences of the passages that best answer the question, and how sure it is that they do.

    A sentence, read under its title, counts by its cosine with the question, by the question's content words in it
    (those that few of the sentences hold count most, so that the subject, which all are about, decides nothing), by its
    passage, and by a number where the question asks for one. Ties keep the order of passages.
    """
    found = _sentences(query, passages)
    if not found:
        return Evidence((), tuple(passages), 0.0)
    cosines = _cosines(query, found, vectors)
    parts = (
        (_COSINE, cosines),
        (_WORDS, _telling(query.terms, [each.tokens for each in found])),
        (_PASSAGE, np.array([each.passage.score for each in found], dtype=np.float32)),
    )
    scores = sum((weight * standardised(part) for weight, part in parts), np.zeros_like(cosines))
    if _ASKS_NUMBER.search(query.text.casefold()):
        scores += _NUMBER * np.array([any(map(str.isdigit, each.text)) for each in found])
    order = _once(found, np.argsort(-scores, kind="stable"))[:MAX_QUOTES]
    quotes = tuple(_quote(found[i], float(scores[i])) for i in order)
    signals = _signals(query, passages, found, cosines, vectors.embedder.name)
    return Evidence(quotes, tuple(passages), probability(signals, calibration), signals)


def _sentences(query: Query, passages: Sequence[Passage]) -> list[_Sentence]:
    """Each sentence once, although passages of an article overlap."""
    found: dict[tuple[str, int], _Sentence] = {}
    for passage in passages:
        title = query.tokens(passage.title)
        for sentence in sentences_of(passage.text):
            said = query.compared(sentence.terms)
            tokens = frozenset((*title, *bigrams(title), *said, *bigrams(said), *sentence.dates))
            start, end = passage.start + sentence.start, passage.start + sentence.end
            text = passage.text[sentence.start : sentence.end]
            found.setdefault((passage.article_id, start), _Sentence(passage, start, end, text, tokens))
    return list(found.values())


def _cosines(query: Query, found: Sequence[_Sentence], vectors: SentenceVectors) -> NDArray[np.float32]:
    """The cosines (n,) of the sentences with the question; those that are not read get the lowest."""
    held = np.array([share(query.content, each.tokens) + share(query.pairs, each.tokens) for each in found])
    read = np.argsort(-held, kind="stable")[:READ]
    cosines = vectors.of([f"{found[i].passage.title}\n{found[i].text}" for i in read.tolist()]) @ query.vector
    filled = np.full(len(found), cosines.min(), dtype=np.float32)
    filled[read] = cosines
    return filled


def _telling(terms: Iterable[str], held: Sequence[frozenset[str]]) -> NDArray[np.float32]:
    """Shares (n,), 0 to 1, of the terms that each sentence holds, each weighted by how few of the sentences hold it."""
    counts = {token: sum(token in tokens for tokens in held) for token in terms}
    weights = {token: inverse_frequency(count, len(held)) for token, count in counts.items() if count}
    return np.array([share(weights, tokens) for tokens in held], dtype=np.float32)


def _once(found: Sequence[_Sentence], order: NDArray[np.int64]) -> list[int]:
    """The order less the sentences that say what an earlier one says word for word, as syndicated articles do."""
    first: dict[tuple[str, ...], int] = {}
    for index in order.tolist():
        first.setdefault(tuple(words(found[index].text)), index)
    return list(first.values())


def _quote(found: _Sentence, score: float) -> Quote:
    passage = found.passage
    return Quote(
        article_id=passage.article_id,
        title=passage.title,
        source=passage.source,
        published=passage.published,
        language=passage.language,
        start=found.start,
        end=found.end,
        text=found.text,
        score=score,
    )


def _signals(
    query: Query,
    passages: Sequence[Passage],
    found: Sequence[_Sentence],
    cosines: NDArray[np.float32],
    embedding: str,
) -> Signals:
    nearest = found[int(cosines.argmax())]
    held: dict[int, set[str]] = {}
    for each in found:
        held.setdefault(each.passage.chunk_id, set()).update(each.tokens)
    first = passages[0]
    # Passages of one article say much the same.
    others = [passage.score for passage in passages if passage.article_id != first.article_id]
    lead = min(1.0, (first.score - sum(others) / len(others)) / 20) if others else UNKNOWN_LEAD
    whole = [tokens for tokens in held.values() if query.named <= tokens]
    said = all(any(holds(query.tokens(each.text), phrase) for each in found) for phrase in query.phrases)
    kind: Kind = "cross" if query.is_foreign_to(nearest.passage.language) else "same"
    return Signals(
        kind=kind if embedding == PINNED_MODEL else "words",
        cosine=float(cosines.max()),
        content=max(share(query.content, each.tokens) for each in found),
        pairs=max(share(query.pairs, tokens) for tokens in held.values()),
        named=float(bool(whole) and said),
        lead=lead,
    )
