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
from rag.text.sentences import ends_sentence

# What ends a line before a list, and its rows.
_OPEN = tuple(":;,：；，、")


def formed(
    query: Query, evidence: Evidence, store: Store, vectors: TextVectors, search: Callable[[str], Evidence]
) -> Evidence:
    """The evidence with its quotes in the form that the question wants, each with its page; of one fact as they are.

    `search` finds the evidence for a side of a comparison, asked by itself.
    """
    if not evidence.quotes:
        return evidence
    evidence = _in_form(query, evidence, store, vectors, search)
    side = evidence.held_side
    return replace(
        evidence,
        quotes=with_pages(evidence.quotes, store),
        held_side=replace(side, quotes=with_pages(side.quotes, store)) if side else None,
    )


def _in_form(
    query: Query, evidence: Evidence, store: Store, vectors: TextVectors, search: Callable[[str], Evidence]
) -> Evidence:
    if query.kind == "comparison":
        parted = sides(query)
        return compared(query, evidence, [(side, search(side.question)) for side in parted]) if parted else evidence
    if query.kind == "summary":
        return summarised(query, evidence, store, vectors)
    if query.kind in ("explanation", "list") and (article := store.article(evidence.quotes[0].article_id)):
        return _led_by(_with_neighbours(evidence.quotes[0], evidence.quotes, article.text), evidence)
    return evidence


def _with_neighbours(first: Quote, quotes: Sequence[Quote], text: str) -> Quote:
    """A quote with the sentences before and behind it, in its paragraph or list, that are quotes themselves."""
    start, end = first.start, first.end
    own = (quote for quote in quotes if quote.article_id == first.article_id and not is_injection(quote.text))
    told = {(quote.start, quote.end) for quote in own}
    whole = [(each.start, each.end) for each in sentences_of(text)]
    for at, to in whole:
        if (at, to) in told and at >= end and _goes_on(text, end, at):
            end = to
    for at, to in reversed(whole):
        if (at, to) in told and to <= start and _goes_on(text, to, start):
            start = at
    return replace(first, start=start, end=end, text=text[start:end])


def _goes_on(text: str, end: int, start: int) -> bool:
    """Whether what ends at `end` goes on at `start`: beside it, or as a row of a table or list in the next line."""
    between = text[end:start]
    if between.strip() or "\n\n" in between:
        return False
    line = text[:end].rpartition("\n")[2]
    return "\n" not in between or line.endswith(_OPEN) or not ends_sentence(line)


def _led_by(first: Quote, evidence: Evidence) -> Evidence:
    others = [
        quote
        for quote in evidence.quotes[1:]
        if quote.article_id != first.article_id or not first.start <= quote.start < first.end
    ]
    return replace(evidence, quotes=(first, *others))
