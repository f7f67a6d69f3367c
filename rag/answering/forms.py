"""The quotes of an answer in the form that its kind of question wants: a summary, a whole list, a passage in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.answering.comparison import compared
from rag.answering.enumeration import enumeration_at
from rag.answering.evidence import Evidence
from rag.answering.quote import Quote
from rag.answering.summary import summarised
from rag.index.store import Store
from rag.query.comparison import sides
from rag.query.query import Query
from rag.retrieval.passage_sentences import SentenceVectors, sentences_of


def formed(
    query: Query, evidence: Evidence, store: Store, vectors: SentenceVectors, search: Callable[[str], Evidence]
) -> Evidence:
    """The evidence with its quotes in the form that the question wants; unchanged where it asks for one fact.

    `search` finds the evidence for a side of a comparison, asked by itself.
    """
    if not evidence.quotes:
        return evidence
    if query.kind == "comparison":
        parted = sides(query)
        return compared(query, evidence, [(side, search(side)) for side in parted]) if parted else evidence
    if query.kind == "summary":
        return summarised(query, evidence, store, vectors)
    first = evidence.quotes[0]
    article = store.article(first.article_id)
    if article is None:
        return evidence
    if query.kind == "list":
        found = enumeration_at(article.text, first.start, first.end)
        whole = _widened(first, article.text, found.start, found.end) if found else first
        return _led_by(replace(whole, items=found.items) if found else first, evidence)
    if query.kind == "explanation":
        return _led_by(_with_neighbours(first, evidence.quotes, article.text), evidence)
    return evidence


def _with_neighbours(first: Quote, quotes: Sequence[Quote], text: str) -> Quote:
    """A quote with the sentences before and behind it, in its paragraph, that are quotes themselves."""
    start, end = first.start, first.end
    told = {(quote.start, quote.end) for quote in quotes if quote.article_id == first.article_id}
    whole = [(each.start, each.end) for each in sentences_of(text)]
    for at, to in whole:
        if (at, to) in told and at >= end and "\n" not in text[end:at] and not text[end:at].strip():
            end = to
    for at, to in reversed(whole):
        if (at, to) in told and to <= start and "\n" not in text[to:start] and not text[to:start].strip():
            start = at
    return _widened(first, text, start, end)


def _widened(quote: Quote, text: str, start: int, end: int) -> Quote:
    start, end = min(start, quote.start), max(end, quote.end)
    return replace(quote, start=start, end=end, text=text[start:end])


def _led_by(first: Quote, evidence: Evidence) -> Evidence:
    others = [
        quote
        for quote in evidence.quotes[1:]
        if quote.article_id != first.article_id or not first.start <= quote.start < first.end
    ]
    return replace(evidence, quotes=(first, *others))
