"""Passages -> the sentences that answer, with exact offsets, and how sure it is that the collection holds an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.answering.answerability import Calibration, Signals, probability, signals_of
from rag.answering.duplicates import grouped
from rag.answering.quote import Quote, Source, opening
from rag.answering.quote_confidence import DOUBTED_BELOW, JUDGED, QuoteSignals, quote_confidence, quote_signals
from rag.answering.sentence_scores import (
    PassageSentence,
    cosines_of,
    reader_answers,
    scores_of,
    sentence_features,
    sentences_in,
)
from rag.answering.short_answers import ShortAnswer, short_answers
from rag.models.reranker import Reading
from rag.prompt_injection import is_injection
from rag.query.query import Query
from rag.retrieval.passage import Passage
from rag.retrieval.passages import Passages

MAX_QUOTES = 10
# How much lower than the first a quote may score to be shown; less loses answers, more adds few.
MARGIN = 1.5
# How much less than any other a quote counts that is an order to a model: more than quotes of one answer may differ by.
_INJECTION_PENALTY = 5.0


@dataclass(frozen=True, slots=True)
class HeldSide:
    """What is found on one side of a comparison: its quotes, best first, and how sure (0 to 1) that these answer.

    `other` is the other side, of which less is sure, in the words of the question.
    """

    quotes: tuple[Quote, ...]
    confidence: float
    other: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Quotes, best first, the passages they were taken from, and the probability (0 to 1) that they hold the answer.

    `signals` is what the probability was made from; None when there are no quotes. `read` says whether the trained
    reader read passages of them. `short` is the short answer in the sentence of the first quote, with its signals.
    `ranking` are the articles of all passages that were looked at, best first. `held_side` is what the surer side of a
    comparison holds by itself. `quote_signals` say how sure it is that the first quote answers; None where they do not
    tell: without a reader, and where a question wants more than a sentence.
    """

    quotes: tuple[Quote, ...]
    passages: tuple[Passage, ...]
    confidence: float
    signals: Signals | None = None
    read: bool = False
    short: ShortAnswer | None = None
    ranking: tuple[str, ...] = ()
    held_side: HeldSide | None = None
    quote_signals: QuoteSignals | None = None

    @property
    def doubtful(self) -> bool:
        """Whether the first quote more likely does not answer."""
        return self.quote_signals is not None and quote_confidence(self.quote_signals) < DOUBTED_BELOW


# Of a question that is not searched for.
NO_EVIDENCE = Evidence((), (), 1.0)


def find_evidence(query: Query, found: Passages, calibration: Calibration | None = None) -> Evidence:
    """The sentences of the passages that best answer the question, and how sure it is that they do.

    A sentence, read under its title, counts by how near it is to the question, by the question's content words in it
    (those that few of the sentences hold count most, so that the subject, which all are about, decides nothing), by its
    passage and, where a reader read the passage, by its best answer in the sentence, which is its short answer too.
    Ties keep the order of passages. If the latest is asked for, sentences of later articles count more. An order to a
    language model comes behind everything else, unless the question itself speaks of such. What several articles say is
    quoted once.
    """
    sentences = sentences_in(query, found.passages)
    if not sentences:
        return Evidence((), found.passages, 0.0, ranking=found.ranking)
    cosines = cosines_of(query, sentences, found.cosines)
    readings: Mapping[int, Reading] = found.readings or {}
    answers = reader_answers(query, sentences, readings)
    features = sentence_features(query, sentences, cosines, readings, answers)
    scores = scores_of(query, sentences, features)
    # Across languages too many of the reader's short answers are wrong.
    own = [None if query.is_foreign_to(s.passage.language) else a for s, a in zip(sentences, answers, strict=True)]
    short = short_answers(query.text, query.type, [each.text for each in sentences], own)
    groups = _once(sentences, np.argsort(-scores, kind="stable"))
    ranked = [(sentences[g[0]], float(scores[g].max()), short[g[0]], [sentences[i] for i in g[1:]]) for g in groups]
    quotes = injections_last(_quotes(ranked), query.text)
    first = groups[0][0]
    signals = signals_of(query, found.passages, sentences, cosines[:, 1], first, readings)
    return Evidence(
        quotes=tuple(quotes),
        passages=found.passages,
        confidence=probability(signals, calibration or {}),
        signals=signals,
        read=bool(readings),
        short=short[first],
        ranking=found.ranking,
        quote_signals=quote_signals(quotes) if readings and query.kind in JUDGED else None,
    )


def _once(found: Sequence[PassageSentence], order: NDArray[np.int64]) -> list[list[int]]:
    """The sentences in order, each with those behind it that say the same; one of a story comes before a teaser's."""
    groups = grouped([found[index].text for index in order])
    return [
        sorted((int(order[i]) for i in group), key=lambda i: found[i].passage.announced_on is not None)
        for group in groups
    ]


_Ranked = tuple[PassageSentence, float, ShortAnswer | None, Sequence[PassageSentence]]


def _quotes(ranked: Iterable[_Ranked]) -> list[Quote]:
    """The best quotes, none inside another; one that cannot stand alone begins with the sentence before it.

    What a page only announces is no part of its story: of a page and its teasers none is quoted beside the best quote.
    """
    quotes: list[Quote] = []
    for found, score, answer, others in ranked:
        passage = found.passage
        if quotes and _is_beside(quotes[0], passage):
            continue
        own = [(quote.start, quote.end) for quote in quotes if quote.article_id == passage.article_id]
        if any(start <= found.start and found.end <= end for start, end in own):
            continue
        start = opening(passage, found.start, found.end, found.before)
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
            announced_on=passage.announced_on,
            also_in=_sources(passage, others),
        )
        quotes.append(quote)
        if len(quotes) == MAX_QUOTES:
            break
    return quotes


def _is_beside(first: Quote, passage: Passage) -> bool:
    """Whether one is the page on which the other is announced."""
    of_first = first.announced_on is not None and first.announced_on.id == passage.article_id
    return of_first or (passage.announced_on is not None and passage.announced_on.id == first.article_id)


def _sources(passage: Passage, others: Iterable[PassageSentence]) -> tuple[Source, ...]:
    """The other articles in which sentences stand that say the same, in order, each once."""
    found: dict[str, Source] = {}
    for each in others:
        of = each.passage
        if of.article_id != passage.article_id:
            place = Source(of.article_id, of.title, of.source, of.published, each.start, each.end)
            found.setdefault(of.article_id, place)
    return tuple(found.values())


def injections_last(quotes: Sequence[Quote], question: str) -> list[Quote]:
    """The quotes, orders to a model so far behind the lowest of the others that none is shown beside one.

    They stay where they are if the question itself speaks of such orders.
    """
    if is_injection(question):
        return [*quotes]
    orders = {id(quote) for quote in quotes if is_injection(quote.text)}
    lowest = min((quote.score for quote in quotes if id(quote) not in orders), default=0.0)
    ranked = [
        replace(quote, score=min(quote.score, lowest) - _INJECTION_PENALTY) if id(quote) in orders else quote
        for quote in quotes
    ]
    return sorted(ranked, key=lambda quote: -quote.score)
