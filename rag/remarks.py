"""What is to be said of the cited articles as a whole: that they differ, and how old they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import combinations

from rag.asked import asked
from rag.evidence import Quote
from rag.moment import names_time
from rag.text import words

_YEAR_DAYS = 365.25
_DIFFER = {
    "vi": ("Số liệu khác nhau: {said}", "Các bài viết nói khác nhau: {said}"),
    "en": ("The figures differ: {said}", "The articles differ: {said}"),
}
_OLD = {
    "vi": "Bài mới nhất được trích dẫn có từ {day} ({years} năm trước).",
    "en": "The latest article cited is from {day} ({years}).",
}


def remarks(
    question: str, quotes: Sequence[Quote], language: str, today: date, *, latest: bool = False
) -> tuple[str, ...]:
    """What the reader of an answer that rests on these quotes should know, in the language of the question.

    `latest` says that it asks how things are on the day on which it is asked.
    """
    aged = latest or not names_time(question)
    return (*_difference(question, quotes, language), *(_age(quotes, language, today) if aged else ()))


def later_first(question: str, quotes: Sequence[Quote]) -> list[Quote]:
    """The quotes, those that differ with the latest in the place of the first of them; the others keep theirs."""
    differing = _differing(question, quotes)
    places = [place for place, quote in enumerate(quotes) if quote in differing]
    told = list(quotes)
    for place, quote in zip(places, differing, strict=True):
        told[place] = quote
    return told


def _difference(question: str, quotes: Sequence[Quote], language: str) -> list[str]:
    differing = _differing(question, quotes)
    if not differing:
        return []
    said = "; ".join(f"{quote.published}: {quote.short}" for quote in differing)
    figures, others = _DIFFER.get(language, _DIFFER["en"])
    return [(figures if asked(question).kind == "number" else others).format(said=said)]


def _differing(question: str, quotes: Sequence[Quote]) -> list[Quote]:
    """The quotes with short answers that differ from another's of another day, the latest first, one an article."""
    first: dict[str, Quote] = {}
    for quote in quotes:
        if quote.short and quote.published:
            first.setdefault(quote.article_id, quote)
    kind = asked(question).kind
    if kind == "other":  # words that answer such a question differ without excluding each other
        return []
    number = kind == "number"
    found = {
        quote.article_id: quote
        for left, right in combinations(first.values(), 2)
        if left.published != right.published and _differ(left.short or "", right.short or "", number=number)
        for quote in (left, right)
    }
    return sorted(found.values(), key=lambda quote: quote.published or "", reverse=True)


def _differ(left: str, right: str, *, number: bool) -> bool:
    """Whether two short answers exclude each other: neither holds the other, and numbers are of the same thing."""
    one, other = words(left), words(right)
    if set(one) <= set(other) or set(other) <= set(one):
        return False
    if not number:
        return True
    figures = [{word for word in said if re.search(r"\d", word)} for said in (one, other)]
    things = [{word for word in said if word.isalpha() and word not in _ABOUT} for said in (one, other)]
    return bool(figures[0] and figures[1]) and not figures[0] & figures[1] and things[0] == things[1]


_ABOUT = frozenset(("khoảng", "hơn", "gần", "trên", "dưới", "chừng", "từ", "about", "over", "nearly"))


def _age(quotes: Sequence[Quote], language: str, today: date) -> list[str]:
    """How old the latest article is, when all are old."""
    days = [quote.published[:10] for quote in quotes if quote.published]
    if not days or len(days) < len(quotes):
        return []
    years = int((today - date.fromisoformat(max(days))).days / _YEAR_DAYS)
    if years < 1:
        return []
    count = str(years) if language == "vi" else f"{years} year{'s' * (years > 1)} ago"
    return [_OLD.get(language, _OLD["en"]).format(day=max(days), years=count)]
