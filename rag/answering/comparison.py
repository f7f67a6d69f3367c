"""The evidence of a comparison: what answers for each of its sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from rag.answering.evidence import MARGIN, MAX_QUOTES, Evidence, HeldSide
from rag.answering.quote import Quote
from rag.query.comparison import Side
from rag.query.query import Query

# How many quotes of each side are shown at most, and among how many two different ones are looked for.
OF_EACH, _NEAR = 2, 3


def compared(query: Query, whole: Evidence, sides: Sequence[tuple[Side, Evidence]]) -> Evidence:
    """The evidence with the best quote of each side first, then the next of each that comes close to it.

    `sides` are the two sides, each with its evidence. It is as sure as the less sure side, or as the question whole
    where that is surer and each side's quote holds what that side alone names. It stays what it is where the sides have
    no two quotes; what the surer side holds by itself is its `held_side`.
    """
    (_, one), (_, other) = sides
    pairs = product(one.quotes[:_NEAR], other.quotes[:_NEAR])
    best = next((pair for pair in pairs if _place(pair[0]) != _place(pair[1])), None)
    if best is None:
        return whole
    top = max(quote.score for quote in (*best, *whole.quotes[:1]))
    led = {_place(quote): replace(quote, score=top, answer=None) for quote in best}
    for found in (one, other):
        close = (quote for quote in _close(found) if _place(quote) not in led)
        led |= {_place(quote): replace(quote, score=top, answer=None) for quote in [*close][: OF_EACH - 1]}
    rest = [quote for quote in whole.quotes if _place(quote) not in led]
    least = min(one.confidence, other.confidence)
    held = min(_shares(query, sides, best)) >= 0.5
    return replace(
        whole,
        quotes=(*led.values(), *rest)[:MAX_QUOTES],
        confidence=max(whole.confidence, least) if held else min(whole.confidence, least),
        short=None,
        held_side=_held_side(query, sides),
    )


def _held_side(query: Query, sides: Sequence[tuple[Side, Evidence]]) -> HeldSide | None:
    """What the surer side holds, None where its first quote does not say half of what that side alone names."""
    shares = _shares(query, sides, [found.quotes[0] for _, found in sides])
    place = int(sides[1][1].confidence > sides[0][1].confidence)
    if shares[place] < 0.5:
        return None
    quotes = tuple(replace(quote, answer=None) for quote in _close(sides[place][1]))
    return HeldSide(quotes, sides[place][1].confidence, sides[1 - place][0].name)


def _shares(query: Query, sides: Sequence[tuple[Side, Evidence]], quotes: Sequence[Quote]) -> list[float]:
    """Of each side how much (0 to 1) of the words that it alone has its quote holds, with its title; 1 of none."""
    words = [set(query.tokens(side.question)) for side, _ in sides]
    alone = [own - other for own, other in zip(words, reversed(words), strict=True)]
    told = [set(query.tokens(f"{quote.title} {quote.text}")) for quote in quotes]
    return [len(own & held) / len(own) if own else 1.0 for own, held in zip(alone, told, strict=True)]


def _close(found: Evidence) -> list[Quote]:
    """The best quotes of a side, those that come close to the first."""
    return [quote for quote in found.quotes[: OF_EACH + 1] if quote.score >= found.quotes[0].score - MARGIN]


def _place(quote: Quote) -> tuple[str, int]:
    return quote.article_id, quote.end
