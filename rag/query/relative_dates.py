"""The day on which a question is asked: "năm ngoái" as a year, "mới nhất" as a wish for later articles."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from rag.text.normalize import has_diacritics, typed_and_bare

# What says that later articles count more and names nothing: no word to be searched for.
_LATEST = r"\b(?:mới nhất|cập nhật nhất|latest|newest|most recent|les? plus récente?s?|neuesten?)\b|最新的?"
_NOW = (
    rf"{_LATEST}|\b(?:hiện (?:nay|tại|giờ|thời)|bây giờ|gần đây(?: nhất)?|(?:đến|ngày|hôm|năm|tháng) nay|mới đây"
    r"|today|now(?:adays)?|current(?:ly)?|most recently|at present|this (?:year|month)|so far|maintenant"
    r"|actuel(?:le(?:ment)?|s)?|aujourd.hui|derni(?:er|ère)s? nouvelles?|aktuell\w*|heute|neueste\w*|derzeit|jetzt)\b"
    r"|目前|现在|今年|最近"
)
_QUOTED = re.compile(r"[\"“”„«»‘「『]|(?<!\w)'")
_SHORTEST = 16  # letters, of what is left of a question: less names nothing that could be searched for
_ONE = timedelta(days=1)


def _month(day: date) -> str:
    return f"{day.month}/{day.year}"


def _month_before(day: date) -> date:
    return day.replace(day=1) - _ONE


# What an expression means on a day. Written so that the day or month is compared as one that an article names.
_RELATIVE: tuple[tuple[str, Callable[[date], str]], ...] = (
    (r"\bnăm (?:ngoái|trước(?= ?\?|$)|rồi|vừa qua)\b", lambda day: f"năm {day.year - 1}"),
    (r"\bnăm kia\b", lambda day: f"năm {day.year - 2}"),
    (r"\bnăm nay\b", lambda day: f"năm {day.year}"),
    (r"\btháng (?:trước(?= ?\?|$)|rồi|vừa qua)\b", lambda day: f"tháng {_month(_month_before(day))}"),
    (r"\btháng này\b", lambda day: f"tháng {_month(day)}"),
    (r"\bhôm qua\b", lambda day: f"ngày {_day(day - _ONE)}"),
    (r"\bhôm nay\b", lambda day: f"ngày {_day(day)}"),
    (r"\blast year\b", lambda day: f"in {day.year - 1}"),
    (r"\bthis year\b", lambda day: f"in {day.year}"),
    (r"\blast month\b", lambda day: f"in {_month(_month_before(day))}"),
    (r"\bthis month\b", lambda day: f"in {_month(day)}"),
    (r"\byesterday\b", lambda day: f"on {day - _ONE}"),
    (r"\bl.(?:année|an) (?:dernière|dernier|passée?)\b", lambda day: f"en {day.year - 1}"),
    (r"\bcette année\b", lambda day: f"en {day.year}"),
    (r"\bhier\b(?= ?\?|,)", lambda day: f"{day - _ONE}"),
    (r"\b(?:letzte[snm]?|vorige[snm]?) jahr\b", lambda day: f"{day.year - 1}"),
    (r"\b(?:dieses|diesem) jahr\b", lambda day: f"{day.year}"),
    (r"\bgestern\b", lambda day: f"{day - _ONE}"),
    (r"去年", lambda day: f"{day.year - 1}年"),
    (r"今年", lambda day: f"{day.year}年"),
    (r"上个?月", lambda day: f"{_month_before(day).year}年{_month_before(day).month}月"),
    (r"昨天", lambda day: f"{(day - _ONE).year}年{(day - _ONE).month}月{(day - _ONE).day}日"),
)
_NOWS, _LATESTS = typed_and_bare(_NOW, re.IGNORECASE), typed_and_bare(_LATEST, re.IGNORECASE)
_RELATIVES = tuple((typed_and_bare(pattern, re.IGNORECASE), meaning) for pattern, meaning in _RELATIVE)


def asks_latest(question: str) -> bool:
    """Whether a question is about how things are now, so that later articles count more."""
    return bool(_NOWS[not has_diacritics(question)].search(question))


def with_absolute_dates(question: str, today: date) -> str:
    """The question with what it says relative to its day (năm ngoái, yesterday) said as a year, month or day.

    A wish for the latest (see `asks_latest`) is left out, unless nothing else is said.
    """
    bare = not has_diacritics(question)
    for both, meaning in _RELATIVES:
        if both[bare].search(question):
            question = both[bare].sub(meaning(today), question)
    if _QUOTED.search(question):
        return question
    searched = " ".join(_LATESTS[bare].sub(" ", question).split())
    return searched if len(searched) >= _SHORTEST else question


def _day(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"
