"""What is to be said of the cited articles as a whole: that they differ, and how old they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import combinations

from rag.answering.quote import Quote
from rag.query.question_type import question_type
from rag.query.relative_dates import names_time
from rag.text.analyzer import terms
from rag.text.language import language_of
from rag.text.names import names
from rag.text.normalize import fold
from rag.text.quantities import quantities
from rag.text.words import content_words, words

_YEAR_DAYS = 365.25
# Of figures, and of other things; what is said is led by its day, the latest first.
_DIFFER = {
    "vi": ("Số liệu khác nhau: {said}", "Các bài viết nói khác nhau: {said}"),
    "en": ("The figures differ: {said}", "The articles differ: {said}"),
    "fr": ("Les chiffres diffèrent : {said}", "Les articles diffèrent : {said}"),
    "de": ("Die Zahlen weichen voneinander ab: {said}", "Die Artikel weichen voneinander ab: {said}"),
    "es": ("Las cifras difieren: {said}", "Los artículos difieren: {said}"),
    "zh": ("数据不一致：{said}", "文章说法不一：{said}"),
    "ja": ("数値が異なります：{said}", "記事の内容が異なります：{said}"),
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
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ABOUT = frozenset(("khoảng", "hơn", "gần", "trên", "dưới", "chừng", "từ", "about", "over", "nearly"))


def caveats(
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
    days = [_day(quote.published or "", language) for quote in differing]
    # Words that may be wrong are not said: then the days alone, under whose quotes the figures stand.
    shown = [quote.short for quote in differing]
    said = (
        "; ".join(f"{day}: {short}" for day, short in zip(days, shown, strict=True)) if all(shown) else ", ".join(days)
    )
    figures_differ, others = _DIFFER.get(language, _DIFFER["en"])
    return [(figures_differ if question_type(question).kind == "number" else others).format(said=said)]


def _differing(question: str, quotes: Sequence[Quote]) -> list[Quote]:
    """The quotes with short answers that differ from another's of another day, the latest first, one an article.

    Only what is said of the same thing differs: both quotes, with their titles, hold half of the question's words, the
    same ones, and what it names. Figures are compared with what they count, so it is enough that both or neither hold
    the names, and that they are not sure tells nothing: that they differ makes them less so.
    """
    wanted = question_type(question)
    if wanted.kind == "other" or wanted.polar:  # words that answer such a question differ without excluding each other
        return []
    number = wanted.kind == "number"
    first: dict[str, Quote] = {}
    for quote in quotes:
        if (quote.candidate if number else quote.short) and quote.published:
            first.setdefault(quote.article_id, quote)
    wanted_words = {fold(word) for word in content_words(terms(question), language_of(question))}
    held = {article: wanted_words & _said(quote) for article, quote in first.items()}
    named = _named(question)
    found = {
        quote.article_id: quote
        for left, right in combinations(first.values(), 2)
        if left.published != right.published
        and held[left.article_id] == held[right.article_id]
        and 2 * len(held[left.article_id] - named) >= len(wanted_words - named)
        and (number or named <= held[left.article_id])
        and _differ(left.candidate or "", right.candidate or "", number=number)
        for quote in (left, right)
    }
    return sorted(found.values(), key=lambda quote: quote.published or "", reverse=True)


def _named(question: str) -> set[str]:
    return {fold(word) for name in names(question) for word in terms(name)}


def _said(quote: Quote) -> set[str]:
    return {fold(word) for word in terms(f"{quote.title}\n{quote.text}")}


def _differ(left: str, right: str, *, number: bool) -> bool:
    """Whether two short answers exclude each other: neither says what the other does, and numbers are of one thing."""
    one, other = words(left), words(right)
    if set(one) <= set(other) or set(other) <= set(one):
        return False
    figures_of = quantities(left), quantities(right)
    if all(figures_of) and (figures_of[0].borne_out(figures_of[1]) or figures_of[1].borne_out(figures_of[0])):
        return False
    if not number:
        return True
    numbers = [{word for word in said if re.search(r"\d", word)} for said in (one, other)]
    things = [{word for word in said if word.isalpha() and word not in _ABOUT} for said in (one, other)]
    return bool(numbers[0] and numbers[1]) and not numbers[0] & numbers[1] and things[0] == things[1]


def _age(quotes: Sequence[Quote], language: str, today: date) -> list[str]:
    """How old the latest article is, when all are old."""
    days = [quote.published[:10] for quote in quotes if quote.published and _DAY.match(quote.published)]
    if not days or len(days) < len(quotes):
        return []
    years = int((today - date.fromisoformat(max(days))).days / _YEAR_DAYS)
    if years < 1:
        return []
    one, more = _OLD.get(language, _OLD["en"])
    return [(more if years > 1 else one).format(day=_day(max(days), language), years=years)]


def _day(published: str, language: str) -> str:
    """A day as it is written in a language: 28/09/2024, 28 Sep 2024, 2024-09-28."""
    if not _DAY.fullmatch(published[:10]):
        return published
    year, month, day = published[:10].split("-")
    if language == "en" or language not in _OLD:
        return f"{int(day)} {_MONTHS[int(month) - 1]} {year}"
    return {"vi": f"{day}/{month}/{year}", "fr": f"{day}/{month}/{year}", "es": f"{day}/{month}/{year}",
            "de": f"{day}.{month}.{year}"}.get(language, published[:10])  # fmt: skip
