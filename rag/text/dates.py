"""The days and months that a text names, in one form whatever their spelling."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.text.lexicon import lexicons, merged
from rag.text.normalize import normalized

_VIETNAMESE_MONTHS = lexicons()["vi"].months
_MONTHS = {name: month for name, month in merged("months").items() if name not in _VIETNAMESE_MONTHS}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_MONTH_NUMBERS = {**_MONTHS, **_VIETNAMESE_MONTHS}
# Months that mean something else in another language, or in their own, need their year.
_DOUBTFUL = frozenset().union(*(each.doubtful_months for each in lexicons().values()))
YEAR = r"(?:1[5-9]|20)\d\d"
_YEAR = rf"(?P<y>{YEAR})"
# Read in lower case; a form is looked for where one of its words stands. Without a word before them, a day and a month
# need a stroke between them: 2-1 is a score.
_THANG, _NAM = "th[aá]ng", "n[aă]m"
_DAY_WORD = "ng[aà]y|s[aá]ng|chi[eề]u|t[oố]i|[dđ][eê]m|h[oô]m"
_DATES = tuple(
    (needles, re.compile(pattern))
    for needles, pattern in (
        ("/-.", r"(?<![\d/.])(?P<d>\d{1,2})(?P<sep>[/.-])(?P<m>\d{1,2})(?P=sep)" + _YEAR + r"(?![\d/])"),
        ("/", r"(?<![\d/.,])(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<yy>\d\d)(?![\d/])"),
        ("/-", r"(?<![\d/.-])" + _YEAR + r"[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})(?!\d)"),
        ("/", r"(?<![\d/.,])(?P<d>\d{1,2})/(?P<m>\d{1,2})(?![\d/%]|[.,]\d)"),
        ("-–", r"(?<![\d/.,])(?P<d>\d{1,2}) ?[-–] ?\d{1,2}/(?P<m>\d{1,2})(?:/" + _YEAR + r")?(?![\d/%]|[.,]\d)"),
        (
            "-.",
            rf"\b(?:{_DAY_WORD}) (?P<d>\d{{1,2}})[-.](?P<m>\d{{1,2}})(?![\d/%]|[.,-]\d)",
        ),
        ("/", r"(?<![\d/.,-])(?<!qu[yý] )(?P<m>\d{1,2})/" + _YEAR + r"(?![\d/-])"),
        (
            ["thang", "tháng"],
            rf"\b(?P<d>\d{{1,2}})[ ,]+{_THANG} (?P<m>\d{{1,2}})\b(?:(?:[ ,]+(?:{_NAM} )?|[/-]){_YEAR})?",
        ),
        (["thang", "tháng"], rf"\b{_THANG} (?P<m>\d{{1,2}})(?:[ ,]+{_NAM} |[/-]){_YEAR}"),
        (
            ["tháng"],
            rf"(?:\b(?P<d>\d{{1,2}}) )?tháng (?P<M>{'|'.join(sorted(_VIETNAMESE_MONTHS, key=len, reverse=True))})\b"
            rf"(?:,? (?:năm )?{_YEAR})?",
        ),
        ("月", rf"(?:{_YEAR}年)?(?P<m>\d{{1,2}})月(?:(?P<d>\d{{1,2}})日)?"),
        (_MONTHS, rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|\.)?(?: of| de)? (?P<M>{_MONTH})\b(?:,? (?:de )?{_YEAR})?"),
        (_MONTHS, rf"\b(?P<M>{_MONTH}) (?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? {_YEAR})?"),
        (_MONTHS, rf"\b(?P<M>{_MONTH})(?: de)? {_YEAR}"),
    )
)
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Day:
    """A day or a month as a text names it at `[start:end]`; what it leaves open is None."""

    start: int
    end: int
    day: int | None
    month: int
    year: int | None


def dates(text: str) -> list[str]:
    """The days and months that a text names, in order of form: `@21/7` and `@7/2016` for 21/7/2016 in any spelling.

    21/7, 21-7-2016, 2016-07-21, ngày 21 tháng 7 năm 2016, July 21, 2016 and 2016年7月21日 are known.
    """
    found = (form for day in days(text) for form in _forms(day))
    return list(dict.fromkeys(found))


def days(text: str) -> Iterator[Day]:
    """The days and months that a text names, in order of form, with their places in the NFC of the text.

    Those that overlap are parts of one another.
    """
    if not any(map(str.isdigit, text)):
        return
    # Character by character, so that places in it are places in the text.
    plain = "".join(map(_plain_character, normalized("NFC", text)))
    for needles, pattern in _DATES:
        if any(needle in plain for needle in needles):
            for match in pattern.finditer(plain):
                if (day := _day(match)) is not None:
                    yield day


@lru_cache(1 << 12)
def _plain_character(character: str) -> str:
    return " " if character.isspace() else unicodedata.normalize("NFKC", character).casefold()[:1] or character


def _day(match: re.Match[str]) -> Day | None:
    parts = match.groupdict()
    named, day = parts.get("M"), int(parts.get("d") or 0)
    month = _MONTH_NUMBERS[named] if named else int(parts.get("m") or 0)
    year = int(parts.get("y") or 0) or (2000 + int(parts["yy"]) if parts.get("yy") else None)
    if not 1 <= month <= 12 or day > _LONGEST_MONTHS[month - 1] or (named in _DOUBTFUL and not year):
        return None
    return Day(*match.span(), day or None, month, year)


def _forms(named: Day) -> list[str]:
    day = [f"@{named.day}/{named.month}"] if named.day else []
    return day + ([f"@{named.month}/{named.year}"] if named.year else [])
