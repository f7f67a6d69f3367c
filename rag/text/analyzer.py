"""The terms that the lexical index compares: words, abbreviations written out, pairs of neighbours, and dates."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from rag.text.dates import dates
from rag.text.normalize import fold
from rag.text.words import bigrams, words

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
    "tx": "thị xã",
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

# Words that stand with a dot and no blank before a name.
_BEFORE_NAMES = {"tp", "tx"}


def terms(text: str) -> list[str]:
    """The words of a text in order, abbreviations written out (UBND -> ủy ban nhân dân)."""
    return [part for word in words(text) for part in _written_out(word)]


def _written_out(word: str) -> tuple[str, ...]:
    if word in _WRITTEN_OUT:
        return _WRITTEN_OUT[word]
    short, dot, name = word.partition(".")
    # TP.Huế is one word to ICU.
    return (*_WRITTEN_OUT[short], *words(name)) if dot and short in _BEFORE_NAMES else (word,)


def without_diacritics(tokens: Iterable[str]) -> list[str]:
    """The tokens without their diacritics."""
    return [_bare_word(token) for token in tokens]


def index_terms(text: str) -> tuple[list[str], list[str]]:
    """All that is indexed of a text, as it is typed and without diacritics: terms, their pairs, and dates."""
    typed, days = terms(text), dates(text)
    folded = without_diacritics(typed)
    return typed + bigrams(typed) + days, folded + bigrams(folded) + days


_bare_word = lru_cache(1 << 16)(fold)
