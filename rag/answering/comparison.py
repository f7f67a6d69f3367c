"""The evidence of a comparison: what answers for each side, and which of two quantities is more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product, zip_longest

from rag.answering.evidence import MAX_QUOTES, Evidence
from rag.answering.quote import Quote
from rag.query.query import Query
from rag.text.quantities import quantities

# Of so many quotes of a side, and of those that score so much lower than its first at most, one is chosen.
_NEAR, _MARGIN = 3, 3.0
# A number with its unit, the word before it, less what only says how exact it is, and the word behind.
_MEASURED = re.compile(
    r"(?P<before>[^\W\d]+)\s+(?:(?:hơn|gần|khoảng|chừng|about|over|nearly|environ)\s+)?"
    r"(?P<number>\d[\d.,]*(?:\s(?:nghìn|triệu|tỷ|million|billion))?)\s?(?P<unit>[^\W\d]+[²³]?|%)"
    r"(?:\s(?P<after>[^\W\d]+))?"
)
# Units that only count: what is counted stands behind them.
_COUNTED = ("người",)
_BELOW_ZERO = ("âm", "minus", "moins")


def compared(query: Query, whole: Evidence, sides: Sequence[tuple[str, Evidence]]) -> Evidence:
    """The evidence with a quote of each side first, in their order, then what else the sides and the whole find.

    `sides` are the questions of the sides, each with its evidence. The best of each side, or those near the best that
    tell which of two quantities is more. It is as sure as the less sure side, or as the question whole where that is
    surer and each side's quote holds what that side alone names. It stays what it is when a side has no quote.
    """
    near = [
        [quote for quote in side.quotes[:_NEAR] if quote.score >= side.quotes[0].score - _MARGIN] for _, side in sides
    ]
    if len(near) < 2 or not all(near):
        return whole
    pairs = [pair for pair in product(*near) if len({_place(quote) for quote in pair}) > 1]
    telling = [pair for pair in pairs if relation_of(*pair)]
    best = [*(telling or pairs)[0]] if pairs else near[0][:1]
    held = len(best) == 2 and _hold_their_sides(query, [side for side, _ in sides], best)
    top = max(quote.score for quote in (*best, *whole.quotes[:1]))
    led = [replace(quote, score=top, answer=None) for quote in best]
    others = [quote for quotes in zip_longest(*near) for quote in quotes if quote]
    rest = [replace(quote, answer=None) for quote in (*others, *whole.quotes)]
    unique = {_place(quote): quote for quote in reversed((*led, *rest))}
    ordered = list(dict.fromkeys(_place(quote) for quote in (*led, *rest)))
    least = min(side.confidence for _, side in sides)
    return replace(
        whole,
        quotes=tuple(unique[place] for place in ordered)[:MAX_QUOTES],
        confidence=max(whole.confidence, least) if held or len(best) < 2 else min(whole.confidence, least),
        short=None,
        relation=relation_of(*best) if held else None,
    )


def _hold_their_sides(query: Query, sides: Sequence[str], quotes: Sequence[Quote]) -> bool:
    """Whether each quote, with its title, holds half of the words that its side alone has."""
    words = [set(query.tokens(side)) for side in sides]
    for own, other, quote in zip(words, reversed(words), quotes, strict=True):
        alone = own - other
        told = set(query.tokens(f"{quote.title} {quote.text}"))
        if alone and not query.is_foreign_to(quote.language) and len(alone & told) * 2 < len(alone):
            return False
    return True


def relation_of(one: Quote, other: Quote) -> str | None:
    """Which of two quantities is more, as "19,7 km > 13 km"; None unless one pair of numbers measures the same.

    That is so when the word before both (dài 19,7 km, dài 13 km) and the unit are the same, or, for what has no known
    unit, the two words behind (318 người chết, 26 người chết).
    """
    counted = [_counted(quote) for quote in (one, other)]
    common = [key for key in counted[0] if key in counted[1]]
    if len(common) != 1:
        return None
    first, second = (each[common[0]] for each in counted)
    if first is None or second is None or first[0] == second[0]:
        return None
    return f"{first[1]} {'>' if first[0] > second[0] else '<'} {second[1]}"


def _counted(quote: Quote) -> dict[tuple[str, str], tuple[Decimal, str] | None]:
    """The numbers of a quote, with their words, by what they measure; None for what is measured twice."""
    found: dict[tuple[str, str], tuple[Decimal, str] | None] = {}
    for match in _MEASURED.finditer(quote.text):
        said = f"{match['number']} {match['unit']}"
        numbers = quantities(said).numbers
        before = match["before"].casefold()
        if len(numbers) != 1 or before in _BELOW_ZERO:
            continue
        unit = numbers[0].unit
        measured = unit is not None and unit not in _COUNTED
        key = (before, unit or "") if measured else (match["unit"].casefold(), (match["after"] or "").casefold())
        found[key] = None if key in found else (numbers[0].value, said)
    return found


def _place(quote: Quote) -> tuple[str, int]:
    return quote.article_id, quote.end
