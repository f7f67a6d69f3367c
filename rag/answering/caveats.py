"""Caveats on an answer as a whole: that the articles that it cites differ, and how old they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from rag.answering.day_text import day_text
from rag.answering.quote import Quote
from rag.query.query import Query

_YEAR_DAYS = 365.25
# Of quantities, and of other things; each value is led by the day of its article, the latest first.
_DIFFER = {
    "vi": ("Số liệu khác nhau: {values}", "Các bài viết nói khác nhau: {values}"),
    "en": ("The figures differ: {values}", "The articles differ: {values}"),
    "fr": ("Les chiffres diffèrent : {values}", "Les articles diffèrent : {values}"),
    "de": ("Die Zahlen weichen voneinander ab: {values}", "Die Artikel weichen voneinander ab: {values}"),
    "es": ("Las cifras difieren: {values}", "Los artículos difieren: {values}"),
    "zh": ("数据不一致：{values}", "文章说法不一：{values}"),
    "ja": ("数値が異なります：{values}", "記事の内容が異なります：{values}"),
}
# Of one year, and of more.
_OLD = {
    "vi": ("Bài mới nhất được trích dẫn có từ {day} ({years} năm trước).",) * 2,
    "en": (
        "The latest article cited is from {day} ({years} year ago).",
        "The latest article cited is from {day} ({years} years ago).",
    ),
    "fr": (
        "L'article cité le plus récent date du {day} (il y a {years} an).",
        "L'article cité le plus récent date du {day} (il y a {years} ans).",
    ),
    "de": (
        "Der neueste zitierte Artikel ist vom {day} (vor {years} Jahr).",
        "Der neueste zitierte Artikel ist vom {day} (vor {years} Jahren).",
    ),
    "es": (
        "El artículo citado más reciente es del {day} (hace {years} año).",
        "El artículo citado más reciente es del {day} (hace {years} años).",
    ),
    "zh": ("引用的最新文章日期为{day}（{years}年前）。",) * 2,
    "ja": ("引用した最新の記事は{day}付けです（{years}年前）。",) * 2,
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def caveats(query: Query, quotes: Sequence[Quote], conflicting: Sequence[Quote], today: date) -> tuple[str, ...]:
    """What the reader of an answer that cites these quotes should know, in sentences of the language of the reply.

    That some of the quotes, `conflicting` with the latest first, differ; and of a question about how things are now how
    old the latest article is, when that is a year or more: elsewhere its day beside the quote says enough. A list of
    articles tells their days itself.
    """
    listed = query.kind in ("collection", "vague")
    aged = not listed and query.latest
    age = _age(quotes, query.reply_language, today) if aged else []
    return (*_difference(query, conflicting), *age)


def _difference(query: Query, conflicting: Sequence[Quote]) -> list[str]:
    if not conflicting:
        return []
    language = query.reply_language
    days = [day_text(quote.published or "", language) for quote in conflicting]
    # Answers that may be wrong are left out: then the days alone stand there, and the quotes tell the quantities.
    short = [quote.short for quote in conflicting]
    values = (
        "; ".join(f"{day}: {each}" for day, each in zip(days, short, strict=True)) if all(short) else ", ".join(days)
    )
    of_quantities, of_others = _DIFFER.get(language, _DIFFER["en"])
    return [(of_quantities if query.type.kind == "number" else of_others).format(values=values)]


def _age(quotes: Sequence[Quote], language: str, today: date) -> list[str]:
    """How old the latest article is, when all are old."""
    days = [quote.published[:10] for quote in quotes if quote.published and _DAY.match(quote.published)]
    if not days or len(days) < len(quotes):
        return []
    years = int((today - date.fromisoformat(max(days))).days / _YEAR_DAYS)
    if years < 1:
        return []
    one, more = _OLD.get(language, _OLD["en"])
    return [(more if years > 1 else one).format(day=day_text(max(days), language), years=years)]
