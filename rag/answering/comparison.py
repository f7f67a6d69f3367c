"""The evidence of a comparison: what answers for each of its sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from rag.answering.evidence import MAX_QUOTES, Evidence
from rag.answering.quote import Quote
from rag.query.query import Query

# Among so many quotes of each side two different ones are looked for.
_NEAR = 3


def compared(query: Query, whole: Evidence, sides: Sequence[tuple[str, Evidence]]) -> Evidence:
    """The evidence with the best quote of each side first, in their order, then what the whole question finds.

    `sides` are the questions of the two sides, each with its evidence. It is as sure as the less sure side, or as the
    question whole where that is surer and each side's quote holds what that side alone names. It stays what it is where
    the sides have no two quotes.
    """
    (first, one), (second, other) = sides
    pairs = product(one.quotes[:_NEAR], other.quotes[:_NEAR])
    best = next((pair for pair in pairs if _place(pair[0]) != _place(pair[1])), None)
    if best is None:
        return whole
    top = max(quote.score for quote in (*best, *whole.quotes[:1]))
    led = [replace(quote, score=top, answer=None) for quote in best]
    places = {_place(quote) for quote in best}
    rest = [quote for quote in whole.quotes if _place(quote) not in places]
    least = min(one.confidence, other.confidence)
    sure = max if _hold_their_sides(query, (first, second), best) else min
    quotes = (*led, *rest)[:MAX_QUOTES]
    return replace(whole, quotes=quotes, confidence=sure(whole.confidence, least), short=None)


def _hold_their_sides(query: Query, sides: Sequence[str], quotes: Sequence[Quote]) -> bool:
    """Whether each quote, with its title, holds half of the words that its side alone has."""
    words = [set(query.tokens(side)) for side in sides]
    for own, other, quote in zip(words, reversed(words), quotes, strict=True):
        alone = own - other
        told = set(query.tokens(f"{quote.title} {quote.text}"))
        if alone and not query.is_foreign_to(quote.language) and len(alone & told) * 2 < len(alone):
            return False
    return True


def _place(quote: Quote) -> tuple[str, int]:
    return quote.article_id, quote.end
