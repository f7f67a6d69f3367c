"""Passages -> the sentences that answer, with exact offsets, and how sure it is that the collection holds an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from rag.asked import Kind, asked
from rag.confidence import DEFAULT, UNKNOWN_LEAD, Calibration, Signals, probability
from rag.confidence import Kind as Compared
from rag.question import Query, holds, inverse_frequency, share
from rag.reader import Readings
from rag.retrieval import Passage, standardised
from rag.sentences import SentenceVectors, sentences_of
from rag.spans import short_answer
from rag.text import Span, bigrams, tidied, words

MAX_QUOTES = 10
# How many sentences are embedded: those that hold most of the question, for each takes some three milliseconds.
READ = 24
# Weights of the standardised scores of a sentence: cosine, shared content words and passage; and what a span of the
# asked kind adds. Measured on questions of XQuAD, UIT-ViQuAD and tests/gold; flat around these values.
_COSINE, _WORDS, _PASSAGE = 1.0, 0.5, 1.0
_SPAN: Mapping[Kind, float] = {
    "number": 1.5, "date": 1.5, "person": 1.0, "place": 1.0, "organisation": 1.0, "name": 1.0
}  # fmt: skip
# What the reader's score of the best span of a sentence weighs, the lowest that counts, and that in another language
# beside sentences in the question's own; from where on the span is shown as the short answer, and the longest share of
# the sentence that is one.
_READING, _LEAST, _ABROAD, _SURE, _SHORT = 1.0, -12.0, 0.0, 2.0, 0.9
# What the latest of the articles gains over the earliest when the question asks for how things are now.
_LATEST = 2.5
# What stands between the parts of a list.
_JOINS = re.compile(r"[,;、，]| (?:và|cùng|với|and|et|und|y|e) ")
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

    It begins with the sentence before where it cannot stand alone. `answer` are the offsets in the article of the short
    answer in it, where the question asks for a number, a date or a name and one answers it well enough.
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

    @property
    def short(self) -> str | None:
        """The words of the short answer."""
        return self.text[self.answer[0] - self.start : self.answer[1] - self.start] if self.answer else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Quotes, best first, the passages they were taken from, and the probability (0 to 1) that they hold the answer.

    `signals` is what the probability was made from; None when there are no quotes. `read` says whether the trained
    reader read passages of them.
    """

    quotes: tuple[Quote, ...]
    passages: tuple[Passage, ...]
    confidence: float
    signals: Signals | None = None
    read: bool = False


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
    calibration: Calibration = DEFAULT,
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
    answers = _guessed(query, found, scores)
    if readings:
        read = _answered(query, found, scores, readings)
        # What is counted rules tell apart better: all who died or are missing, not one number of several.
        counted = asked(query.text).kind == "number"
        answers = [(ruled if counted else None) or told for ruled, told in zip(answers, read, strict=True)]
        if asked(query.text).listed:  # a single one of a list is not the answer
            told = [(each.text, answer) for each, answer in zip(found, answers, strict=True)]
            answers = [answer if answer and _JOINS.search(text[slice(*answer)]) else None for text, answer in told]
    if asked(query.text).several:
        answers = [None] * len(found)
    if latest:
        scores += _LATEST * _recency([each.passage.published for each in found])
    order = _once(found, np.argsort(-scores, kind="stable"))
    quotes = _quotes([(found[i], float(scores[i]), answers[i]) for i in order])
    signals = _signals(query, passages, found, cosines, order[0], readings)
    return Evidence(tuple(quotes), tuple(passages), probability(signals, calibration), signals, bool(readings))


def _guessed(query: Query, found: Sequence[_Sentence], scores: NDArray[np.float32]) -> list[Span | None]:
    """The short answers by rules, those that are sure enough; what they are worth is added to the scores."""
    spans = [short_answer(query, each.text) for each in found]
    scores += np.array([_SPAN.get(span.kind, 0.0) if span else 0.0 for span in spans])
    one = not asked(query.text).listed
    return [(span.start, span.end) if one and span and span.confident else None for span in spans]


def _answered(
    query: Query, found: Sequence[_Sentence], scores: NDArray[np.float32], readings: Readings
) -> list[Span | None]:
    """The short answers that the reader finds, those that are sure enough; what they are worth is added.

    Passages that it did not read have none; their sentences count as the mean of the others. It is less sure across
    languages: beside sentences in the question's language those in another count as `_ABROAD` at least.
    """
    answers: list[Span | None] = []
    worth = np.full(len(found), np.nan, np.float32)
    for number, each in enumerate(found):
        at = each.start - each.passage.start
        reading = readings.get(each.passage.chunk_id)
        best = reading.best(at, at + len(each.text)) if reading else None
        if reading:
            worth[number] = max(_LEAST, best.score if best else _LEAST)
        known = not query.is_foreign_to(each.passage.language)  # in another language too many are wrong
        sure = best and known and best.score >= _SURE and best.end - best.start < _SHORT * len(each.text)
        start, end = tidied(each.text, best.start - at, best.end - at) if best and sure else (0, 0)
        answers.append((start, end) if start < end else None)
    foreign = np.array([query.is_foreign_to(each.passage.language) for each in found])
    if not np.isnan(worth[~foreign]).all():
        worth[foreign] = np.maximum(worth[foreign], _ABROAD)  # what was not read stays so
    scores += _READING * np.where(np.isnan(worth), np.nanmean(worth), worth)
    return answers


def _scores(query: Query, found: Sequence[_Sentence], cosines: NDArray[np.float32]) -> NDArray[np.float32]:
    parts = (
        (_COSINE, cosines),
        (_WORDS, _telling(query.terms, [each.tokens for each in found])),
        (_PASSAGE, np.array([each.passage.score for each in found], dtype=np.float32)),
    )
    return sum((weight * standardised(part) for weight, part in parts), np.zeros_like(cosines))


def _recency(published: Sequence[str | None]) -> NDArray[np.float32]:
    """0 for the earliest of the dates, and for none, to 1 for the latest."""
    days = [date.fromisoformat(each[:10]).toordinal() if each else None for each in published]
    known = [day for day in days if day is not None]
    first, last = min(known, default=0), max(known, default=0)
    return np.array([(day - first) / max(1, last - first) if day is not None else 0.0 for day in days], np.float32)


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
    """The cosines (n,) of the sentences with the question, comparable between languages; see `Query.allowance`.

    Those that are not read get the lowest.
    """
    held = np.array([share(query.content, each.tokens) + share(query.pairs, each.tokens) for each in found])
    read = np.argsort(-held, kind="stable")[:READ]
    cosines = vectors.of([f"{found[i].passage.title}\n{found[i].text}" for i in read.tolist()]) @ query.vector
    cosines += np.array([query.allowance(found[i].passage.language) for i in read.tolist()], np.float32)
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


def _quotes(ranked: Iterable[tuple[_Sentence, float, tuple[int, int] | None]]) -> list[Quote]:
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
            answer=(found.start + answer[0], found.start + answer[1]) if answer else None,
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
    read = [reading.answers for chunk, reading in (readings or {}).items() if chunk in side]
    kind: Compared = "cross" if foreign[best] else "read" if read else "same"
    held: dict[int, set[str]] = {}
    for each in found:
        held.setdefault(each.passage.chunk_id, set()).update(each.tokens)
    first = passages[0]
    others = [passage.score for passage in passages[1:]]
    lead = min(1.0, (first.score - sum(others) / len(others)) / 20) if others else UNKNOWN_LEAD
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
