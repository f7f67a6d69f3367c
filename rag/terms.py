"""What the lexical index compares: words, abbreviations written out, pairs of neighbours, and days in one form."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rag.text import bigrams, fold, words

# Of Vietnamese administration and its papers; only such as are no syllable and no word of another language. A text that
# has one and a question that writes it out, or the other way round, then hold the same words.
ABBREVIATIONS = {
    "ubnd": "ủy ban nhân dân",
    "hđnd": "hội đồng nhân dân",
    "hdnd": "hội đồng nhân dân",
    "mttq": "mặt trận tổ quốc",
    "đbqh": "đại biểu quốc hội",
    "dbqh": "đại biểu quốc hội",
    "ttg": "thủ tướng",
    "nq": "nghị quyết",
    "qđ": "quyết định",
    "qd": "quyết định",
    "nđ": "nghị định",
    "tp": "thành phố",
    "tp.hcm": "thành phố hồ chí minh",
    "tphcm": "thành phố hồ chí minh",
    "hcm": "hồ chí minh",
    "đbscl": "đồng bằng sông cửu long",
    "dbscl": "đồng bằng sông cửu long",
    "thpt": "trung học phổ thông",
    "thcs": "trung học cơ sở",
    "gtvt": "giao thông vận tải",
    "cntt": "công nghệ thông tin",
    "htx": "hợp tác xã",
    "bhxh": "bảo hiểm xã hội",
    "bhyt": "bảo hiểm y tế",
    "csgt": "cảnh sát giao thông",
    "pccc": "phòng cháy chữa cháy",
    "xhcn": "xã hội chủ nghĩa",
    "tnhh": "trách nhiệm hữu hạn",
    "nxb": "nhà xuất bản",
}
_WRITTEN_OUT = {short: tuple(long.split()) for short, long in ABBREVIATIONS.items()}

_MONTH_NAMES = (
    "january february march april may june july august september october november december",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "januar februar marz april mai juni juli august september oktober november dezember",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
)
_MONTHS = {name: number for names in _MONTH_NAMES for number, name in enumerate(names.split(), 1)}
MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR = r"(?P<y>(?:1[5-9]|20)\d\d)"
# Read in text without diacritics and in lower case; a form is looked for where one of its words stands.
_DATES = tuple(
    (needles, re.compile(pattern))
    for needles, pattern in (
        ("/-.", r"(?<![\d/.-])(?P<d>\d{1,2})(?P<sep>[/.-])(?P<m>\d{1,2})(?P=sep)" + _YEAR + r"(?![\d/-])"),
        ("-", r"(?<![\d/.-])" + _YEAR + r"-(?P<m>\d{2})-(?P<d>\d{2})(?!\d)"),
        ("/-", r"(?<![\d/.,-])(?P<d>\d{1,2})[/-](?P<m>\d{1,2})(?![\d/%-]|[.,]\d)"),
        ("/", r"(?<![\d/.,-])(?P<m>\d{1,2})/" + _YEAR + r"(?![\d/-])"),
        (["thang"], rf"\b(?P<d>\d{{1,2}})[ ,]+thang (?P<m>\d{{1,2}})\b(?:(?:[ ,]+nam |[ /-]){_YEAR})?"),
        (["thang"], r"\bthang (?P<m>\d{1,2})(?:[ ,]+nam |[/-])" + _YEAR),
        ("月", rf"(?:{_YEAR}年)?(?P<m>\d{{1,2}})月(?:(?P<d>\d{{1,2}})日)?"),
        (_MONTHS, rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|\.)?(?: of| de)? (?P<M>{MONTH})\b(?:,? (?:de )?{_YEAR})?"),
        (_MONTHS, rf"\b(?P<M>{MONTH}) (?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? {_YEAR})?"),
        (_MONTHS, rf"\b(?P<M>{MONTH})(?: de)? {_YEAR}"),
    )
)


def terms(text: str) -> list[str]:
    """The words of a text in order, abbreviations written out (UBND -> ủy ban nhân dân)."""
    return [part for word in words(text) for part in _WRITTEN_OUT.get(word, (word,))]


def bare(tokens: Iterable[str]) -> list[str]:
    """The tokens without their diacritics."""
    return [_bare_word(token) for token in tokens]


def index_terms(text: str) -> tuple[list[str], list[str]]:
    """All that is indexed of a text, as it is typed and without diacritics: terms, their pairs, and dates."""
    typed, days = terms(text), dates(text)
    folded = bare(typed)
    return typed + bigrams(typed) + days, folded + bigrams(folded) + days


def dates(text: str) -> list[str]:
    """The days and months that a text names, in order of form: `@21/7` and `@7/2016` for 21/7/2016 in any spelling.

    21/7, 21-7-2016, 2016-07-21, ngày 21 tháng 7 năm 2016, July 21, 2016 and 2016年7月21日 are known.
    """
    if not any(map(str.isdigit, text)):
        return []
    plain = fold(text).casefold()
    found: dict[str, None] = {}
    for needles, pattern in _DATES:
        if any(needle in plain for needle in needles):
            for match in pattern.finditer(plain):
                found.update(dict.fromkeys(_forms(match.groupdict())))
    return list(found)


_bare_word = lru_cache(1 << 16)(fold)


def _forms(parts: dict[str, str | None]) -> list[str]:
    month = _MONTHS[str(parts["M"])] if parts.get("M") else int(parts.get("m") or 0)
    day, year = int(parts.get("d") or 0), parts.get("y")
    if not 1 <= month <= 12 or day > 31:
        return []
    return [f"@{day}/{month}"] * bool(day) + [f"@{month}/{year}"] * bool(year)
