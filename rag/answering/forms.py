"""The quotes of an answer in the form that its kind of question wants: a summary, both sides, a passage in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.answering.comparison import compared
from rag.answering.evidence import Evidence
from rag.answering.quote import Quote, with_pages
from rag.answering.summary import summarised
from rag.documents.passage_sentences import sentences_of
from rag.index.store import Store
from rag.models.text_vectors import TextVectors
from rag.prompt_injection import is_injection
from rag.query.comparison import sides
from rag.query.query import Query


def formed(
    query: Query, evidence: Evidence, store: Store, vectors: TextVectors, search: Callable[[str], Evidence]
) -> Evidence:
    """The evidence with its quotes in the form that the question wants, each with its page; of one fact as they are.

    `search` finds the evidence for a side of a comparison, asked by itself.
    """
    if not evidence.quotes:
        return evidence
    evidence = _in_form(query, evidence, store, vectors, search)
    return replace(evidence, quotes=with_pages(evidence.quotes, store))


def _in_form(
    query: Query, evidence: Evidence, store: Store, vectors: TextVectors, search: Callable[[str], Evidence]
) -> Evidence:
    if query.kind == "comparison":
        parted = sides(query)
        return compared(query, evidence, [(side, search(side)) for side in parted]) if parted else evidence
    if query.kind == "summary":
        return summarised(query, evidence, store, vectors)
    if query.kind == "explanation" and (article := store.article(evidence.quotes[0].article_id)):
        return _led_by(_with_neighbours(evidence.quotes[0], evidence.quotes, article.text), evidence)
    return evidence


def _with_neighbours(first: Quote, quotes: Sequence[Quote], text: str) -> Quote:
    """A quote with the sentences before and behind it, in its paragraph, that are quotes themselves and no orders."""
    start, end = first.start, first.end
    own = [quote for quote in quotes if quote.article_id == first.article_id]
    told = {(quote.start, quote.end) for quote in own if not is_injection(quote.text)}
    whole = [(each.start, each.end) for each in sentences_of(text)]
    for at, to in whole:
        if (at, to) in told and at >= end and "\n" not in text[end:at] and not text[end:at].strip():
            end = to
    for at, to in reversed(whole):
        if (at, to) in told and to <= start and "\n" not in text[to:start] and not text[to:start].strip():
            start = at
    return replace(first, start=start, end=end, text=text[start:end])


def _led_by(first: Quote, evidence: Evidence) -> Evidence:
    others = [
        quote
        for quote in evidence.quotes[1:]
        if quote.article_id != first.article_id or not first.start <= quote.start < first.end
    ]
    return replace(evidence, quotes=(first, *others))
