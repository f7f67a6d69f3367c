"""The evidence of a comparison: what answers for each side, and which of two quantities is more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from rag.answering.evidence import MAX_QUOTES, Evidence
from rag.answering.quote import Quote
from rag.text.quantities import quantities
from rag.text.words import FUNCTION_WORDS

# What is counted is people too.
_SMALL = frozenset().union(*FUNCTION_WORDS.values()) - {"người", "con"}


def compared(whole: Evidence, sides: Sequence[Evidence]) -> Evidence:
    """The evidence with the best quote of each side first, in their order, and what else the whole question finds.

    It is as sure as the less sure side, or as the question whole where that is surer. It stays what it is when a side
    has no quote, or both have the same.
    """
    firsts = [side.quotes[0] for side in sides if side.quotes]
    if len(firsts) < 2:
        return whole
    best = firsts[:1] if len({_place(quote) for quote in firsts}) < len(firsts) else firsts
    top = max(quote.score for quote in (*best, *whole.quotes[:1]))
    led = [replace(quote, score=top, answer=None) for quote in best]
    relation = relation_of(*best) if len(best) == 2 else None
    others = [quote for quote in whole.quotes if _place(quote) not in {_place(each) for each in led}]
    sure = max(whole.confidence, min(side.confidence for side in sides))
    return replace(whole, quotes=(*led, *others)[:MAX_QUOTES], confidence=sure, short=None, relation=relation)


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
