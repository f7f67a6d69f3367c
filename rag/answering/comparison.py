"""The evidence of a comparison: what answers for each side, and which of two quantities is more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product, zip_longest

from rag.answering.evidence import MAX_QUOTES, Evidence
from rag.answering.quote import Quote
from rag.text.quantities import quantities
from rag.text.words import FUNCTION_WORDS

# Of so many quotes of a side, and of those that score so much lower than its first at most, one is chosen.
_NEAR, _MARGIN = 3, 3.0
# What is counted is people too.
_SMALL = frozenset().union(*FUNCTION_WORDS.values()) - {"người", "con"}


def compared(whole: Evidence, sides: Sequence[Evidence]) -> Evidence:
    """The evidence with a quote of each side first, in their order, then what else the sides and the whole find.

    The best of each side, or those near the best that tell which of two quantities is more. It is as sure as the less
    sure side, or as the question whole where that is surer. It stays what it is when a side has no quote.
    """
    near = [[quote for quote in side.quotes[:_NEAR] if quote.score >= side.quotes[0].score - _MARGIN] for side in sides]
    if len(near) < 2 or not all(near):
        return whole
    pairs = [pair for pair in product(*near) if len({_place(quote) for quote in pair}) > 1]
    telling = [pair for pair in pairs if relation_of(*pair)]
    best = [*(telling or pairs)[0]] if pairs else near[0][:1]
    relation = relation_of(*best) if len(best) == 2 else None
    top = max(quote.score for quote in (*best, *whole.quotes[:1]))
    led = [replace(quote, score=top, answer=None) for quote in best]
    others = [quote for quotes in zip_longest(*near) for quote in quotes if quote]
    rest = [replace(quote, answer=None) for quote in (*others, *whole.quotes)]
    unique = {_place(quote): quote for quote in reversed((*led, *rest))}
    ordered = list(dict.fromkeys(_place(quote) for quote in (*led, *rest)))
    sure = max(whole.confidence, min(side.confidence for side in sides))
    quotes = tuple(unique[place] for place in ordered)[:MAX_QUOTES]
    return replace(whole, quotes=quotes, confidence=sure, short=None, relation=relation)


def relation_of(one: Quote, other: Quote) -> str | None:
    """Which of two quantities is more, as "19,7 km > 13 km"; None unless each quote has just one of a common unit.

    What has no known unit is told by the word behind the number: 14 ga > 12 ga.
    """
    counted = [_counted(quote) for quote in (one, other)]
    common = [unit for unit in counted[0] if unit in counted[1]]
    if len(common) != 1:
        return None
    unit = common[0]
    values = counted[0][unit], counted[1][unit]
    if values[0] is None or values[1] is None:
        return None
    sign = ">" if values[0] > values[1] else "<" if values[0] < values[1] else "="
    return f"{_written(values[0], one.language)} {unit} {sign} {_written(values[1], one.language)} {unit}"


def _counted(quote: Quote) -> dict[str, Decimal | None]:
    """The numbers of a quote by what they count, None for what is counted twice."""
    found: dict[str, Decimal | None] = {}
    for number in quantities(quote.text).numbers:
        unit = number.unit or number.thing
        if not number.sure or unit is None or not (unit[0].isalpha() or unit == "%") or unit in _SMALL:
            continue
        found[unit] = None if unit in found and found[unit] != number.value else number.value
    return found


def _written(value: Decimal, language: str) -> str:
    written = f"{value.normalize():,f}"
    if language in ("en", "zh", "ja"):
        return written
    return written.translate(str.maketrans(",.", ".,"))


def _place(quote: Quote) -> tuple[str, int]:
    return quote.article_id, quote.end
