"""Passages -> the sentences that answer, with exact offsets, and how sure it is that the collection holds an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.answering.answer_spans import answer_span
from rag.answering.answerability import Calibration, Signals, probability
from rag.answering.answerability import Kind as Compared
from rag.answering.answerability_weights import answerability_weights
from rag.answering.evidence_weights import evidence_weights
from rag.answering.short_answer_weights import short_answer_weights
from rag.answering.short_answers import ShortAnswer, short_answers
from rag.models.reranker import ReaderAnswer, Readings
from rag.query.query import Query, holds, inverse_frequency, share
from rag.retrieval.fusion import Passage, standardised
from rag.retrieval.passage_sentences import SentenceVectors, sentences_of
from rag.text.words import bigrams, words

MAX_QUOTES = 10
# How many sentences are embedded: those that hold most of the question, for each takes some three milliseconds.
READ = 24
# How a sentence begins that says of whom or of what it speaks only together with the one before it.
_LEANS = re.compile(
    r"(?:(?:điều|việc|vụ|con số) (?:này|đó)|đây|đó|(?P<title>ông|bà|anh|chị|cô)|nó|họ|sau đó|khi đó|trong khi đó|do đó"
    r"|vì (?:vậy|thế)|tuy nhiên|ngoài ra|trong đó|this|that|these|those|it|he|she|they|his|her|its|their|however"
    r"|il|elle|ils|elles|cela|ce|dies|er|sie|es)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of an article: `article.text[start:end] == text`; `score` grows with how well it answers.

    It begins with the sentence before where it cannot stand alone. `answer` are the offsets in the article of the words
    in it that answer by themselves, if any do, and `answer_probability` (0 to 1) how likely these are right.
    """

    article_id: str
    title: str
    source: str
    published: str | None
    language: str
    start: int
    end: int
    text: str
    score: float
    answer: tuple[int, int] | None = None
    answer_probability: float = 0.0

    @property
    def short(self) -> str | None:
        """The short answer: the words that answer, where they are likely enough to be right to stand first."""
        return self.candidate if self.answer_probability >= short_answer_weights().shown_from else None

    @property
    def candidate(self) -> str | None:
        """The words that answer, likely to be right or not."""
        return self.text[self.answer[0] - self.start : self.answer[1] - self.start] if self.answer else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Quotes, best first, the passages they were taken from, and the probability (0 to 1) that they hold the answer.

    `signals` is what the probability was made from; None when there are no quotes. `read` says whether the trained
    reader read passages of them. `short` is the short answer in the sentence of the first quote, with its signals.
    `ranking` are the articles of all passages that were looked at, best first.
    """

    quotes: tuple[Quote, ...]
    passages: tuple[Passage, ...]
    confidence: float
    signals: Signals | None = None
    read: bool = False
    short: ShortAnswer | None = None
    ranking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence, and what it and its title hold of words, pairs of words and dates."""

    passage: Passage
    start: int
    end: int
    text: str
    tokens: frozenset[str]
    before: int


def find_evidence(
    query: Query,
    passages: Sequence[Passage],
    vectors: SentenceVectors,
    calibration: Calibration | None = None,
    *,
    latest: bool = False,
    readings: Readings | None = None,
) -> Evidence:
    """The sentences of the passages that best answer the question, and how sure it is that they do.

    A sentence, read under its title, counts by its cosine with the question, by the question's content words in it
    (those that few of the sentences hold count most, so that the subject, which all are about, decides nothing), by its
    passage, and by a span of the kind that the question asks for. Ties keep the order of passages. With `latest` those
    of later articles count more. Where a reader read the passages, a sentence counts by its best span too, which is
    its short answer.
    """
    found = _sentences(query, passages)
    if not found:
        return Evidence((), tuple(passages), 0.0)
    cosines = _cosines(query, found, vectors)
    scores = _scores(query, found, cosines)
    ruled = [answer_span(query, each.text) for each in found]
    scores += np.array([evidence_weights().span.get(span.kind, 0.0) if span else 0.0 for span in ruled])
    read = _read(query, found, scores, readings) if readings else None
    answers = short_answers(query, [each.text for each in found], ruled, read)
    if latest:
        scores += evidence_weights().latest * _recency([each.passage.published for each in found], scores)
    order = _once(found, np.argsort(-scores, kind="stable"))
    quotes = _quotes([(found[i], float(scores[i]), answers[i]) for i in order])
    signals = _signals(query, passages, found, cosines, order[0], readings)
    confidence = probability(signals, calibration or {})
    return Evidence(tuple(quotes), tuple(passages), confidence, signals, bool(readings), answers[order[0]])


def _read(
    query: Query, found: Sequence[_Sentence], scores: NDArray[np.float32], readings: Readings
) -> list[ReaderAnswer | None]:
    """The words of each sentence that the reader would answer with; what they are worth is added to the scores.

    Passages that it did not read have none; their sentences count as the mean of the others. It is less sure across
    languages: beside sentences in the question's language those in another count as
    `EvidenceWeights.other_language` at least, and too many of their short answers are wrong.
    """
    weights = evidence_weights()
    answers: list[ReaderAnswer | None] = []
    worth = np.full(len(found), np.nan, np.float32)
    foreign = np.array([query.is_foreign_to(each.passage.language) for each in found])
    for number, each in enumerate(found):
        at = each.start - each.passage.start
        reading = readings.get(each.passage.chunk_id)
        best = reading.best_answer(at, at + len(each.text)) if reading else None
        if reading:
            worth[number] = max(weights.reader_floor, best.score if best else weights.reader_floor)
        known = best is not None and not foreign[number]
        answers.append(ReaderAnswer(best.start - at, best.end - at, best.score) if best and known else None)
    if not np.isnan(worth[~foreign]).all():
        worth[foreign] = np.maximum(worth[foreign], weights.other_language)  # what was not read stays so
    scores += weights.reader * np.where(np.isnan(worth), np.nanmean(worth), worth)
    return answers


def _scores(query: Query, found: Sequence[_Sentence], cosines: NDArray[np.float32]) -> NDArray[np.float32]:
    weights = evidence_weights()
    parts = (
        (weights.cosine, cosines),
        (weights.words, _telling(query.terms, [each.tokens for each in found])),
        (weights.passage, np.array([each.passage.score for each in found], dtype=np.float32)),
    )
    return sum((weight * standardised(part) for weight, part in parts), np.zeros_like(cosines))


def _recency(published: Sequence[str | None], scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """0 for the earliest of the days, and for none, to 1 for the latest, in even steps.

    Only days count of which a sentence could come first with the whole gain: a later article about something else is
    not the latest about this.
    """
    days = [each[:10] if each else "" for each in published]
    near = scores >= scores.max() - evidence_weights().latest
    known = sorted({day for day, is_near in zip(days, near.tolist(), strict=True) if day and is_near})
    steps = {day: place / (len(known) - 1) for place, day in enumerate(known)} if len(known) > 1 else {}
    return np.array([steps.get(day, 0.0) for day in days], np.float32)


def _sentences(query: Query, passages: Sequence[Passage]) -> list[_Sentence]:
    """Each sentence once, although passages of an article overlap."""
    found: dict[tuple[str, int], _Sentence] = {}
    for passage in passages:
        title = query.tokens(passage.title)
        before = passage.start
        for sentence in sentences_of(passage.text):
            said = query.compared(sentence.terms)
            tokens = frozenset((*title, *bigrams(title), *said, *bigrams(said), *sentence.dates))
            start, end = passage.start + sentence.start, passage.start + sentence.end
            text = passage.text[sentence.start : sentence.end]
            found.setdefault((passage.article_id, start), _Sentence(passage, start, end, text, tokens, before))
            before = start
    return list(found.values())


def _cosines(query: Query, found: Sequence[_Sentence], vectors: SentenceVectors) -> NDArray[np.float32]:
    """The cosines (n,) of the sentences with the question, comparable between languages; see `Query.cosine_offset`.

    Those that are not read get the lowest.
    """
    held = np.array([share(query.content, each.tokens) + share(query.pairs, each.tokens) for each in found])
    read = np.argsort(-held, kind="stable")[:READ]
    cosines = vectors.of([f"{found[i].passage.title}\n{found[i].text}" for i in read.tolist()]) @ query.vector
    cosines += np.array([query.cosine_offset(found[i].passage.language) for i in read.tolist()], np.float32)
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


def _quotes(ranked: Iterable[tuple[_Sentence, float, ShortAnswer | None]]) -> list[Quote]:
    """The best quotes, none inside another; one that cannot stand alone begins with the sentence before it."""
    quotes: list[Quote] = []
    for found, score, answer in ranked:
        passage = found.passage
        own = [(quote.start, quote.end) for quote in quotes if quote.article_id == passage.article_id]
        if any(start <= found.start and found.end <= end for start, end in own):
            continue
        start = _opening(found)
        if any(start < to and at < found.end for at, to in own):
            start = found.start  # what stands before it is quoted already
        quote = Quote(
            article_id=passage.article_id,
            title=passage.title,
            source=passage.source,
            published=passage.published,
            language=passage.language,
            start=start,
            end=found.end,
            text=passage.text[start - passage.start : found.end - passage.start],
            score=score,
            answer=(found.start + answer.start, found.start + answer.end) if answer else None,
            answer_probability=answer.probability if answer else 0.0,
        )
        quotes.append(quote)
        if len(quotes) == MAX_QUOTES:
            break
    return quotes


def _opening(found: _Sentence) -> int:
    """Where the quote of a sentence begins: with the sentence before, in its paragraph, if it leans on that."""
    passage = found.passage
    between = passage.text[found.before - passage.start : found.start - passage.start]
    leans = _LEANS.match(found.text)
    # "Ông cho biết" leans on what was said, "Ông Vũ Hồng Trường cho biết" does not.
    if leans is None or "\n" in between or (leans["title"] and not found.text[leans.end() + 1 :][:1].islower()):
        return found.start
    return found.before


def _signals(
    query: Query,
    passages: Sequence[Passage],
    found: Sequence[_Sentence],
    cosines: NDArray[np.float32],
    best: int,
    readings: Readings | None,
) -> Signals:
    # Cosines tell other things between languages than within one: only those on the side of the best sentence count.
    foreign = np.array([query.is_foreign_to(each.passage.language) for each in found])
    side = {each.passage.chunk_id for each, other in zip(found, foreign, strict=True) if other == foreign[best]}
    read = [reading.relevance for chunk, reading in (readings or {}).items() if chunk in side]
    kind: Compared = "cross" if foreign[best] else "read" if read else "same"
    held: dict[int, set[str]] = {}
    for each in found:
        held.setdefault(each.passage.chunk_id, set()).update(each.tokens)
    first = passages[0]
    others = [passage.score for passage in passages[1:]]
    lead = min(1.0, (first.score - sum(others) / len(others)) / 20) if others else answerability_weights().unknown_lead
    whole = [tokens for tokens in held.values() if query.named <= tokens]
    # The numbers of codes are the same in all languages; names and what is quoted are not.
    numbers = [[token for token in code if any(map(str.isdigit, token))] for code in query.codes]
    across = kind == "cross" and query.measured
    wanted = numbers if across else query.phrases
    said = all(any(holds(query.tokens(each.text), phrase) for each in found) for phrase in wanted)
    return Signals(
        kind=kind if query.measured else "words",
        cosine=float(cosines[foreign == foreign[best]].max()),
        content=max(share(query.content, each.tokens) for each in found),
        pairs=max(share(query.pairs, tokens) for tokens in held.values()),
        named=float((bool(whole) or across) and said),
        lead=lead,
        reading=max(read, default=0.0),
    )
