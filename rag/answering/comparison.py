"""The evidence of a comparison: what answers for each side, and which of two quantities is more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.answering.evidence import MAX_QUOTES, Evidence
from rag.answering.quote import Quote


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
    others = [quote for quote in whole.quotes if _place(quote) not in {_place(each) for each in led}]
    sure = max(whole.confidence, min(side.confidence for side in sides))
    return replace(whole, quotes=(*led, *others)[:MAX_QUOTES], confidence=sure, short=None)


def _place(quote: Quote) -> tuple[str, int]:
    return quote.article_id, quote.end
