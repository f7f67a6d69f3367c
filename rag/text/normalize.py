"""Unicode text in one normal form, and the fold without diacritics."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from typing import Literal

_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x85]")
# What may be more marks on one letter than any script has.
_MANY_MARKS = re.compile(r"[^\w\s\x00-\x7f]{31,}")
_TYPED_MARKS = re.compile(r"[\u0300-\u036f]")
_STROKES = str.maketrans("đĐðÐ", "dDdD")


def clean(text: str) -> str:
    """Text in NFC with plain line ends and without control characters; what every stored offset refers to."""
    return normalized("NFC", _UNWANTED.sub("", _LINE_ENDS.sub("\n", text)))


def normalized(form: Literal["NFC", "NFD"], text: str) -> str:
    """Text in a normal form, as of `unicodedata`, which takes the square of the number of marks on one letter."""
    return unicodedata.normalize(form, _MANY_MARKS.sub(_in_order, text))


def fold(text: str) -> str:
    """Text without typed diacritics and with đ as d, in NFC; letters of other scripts stay whole."""
    bare = _TYPED_MARKS.sub("", normalized("NFD", text))
    # The letter eth (ð) looks like đ in capitals, and is typed for it.
    return normalized("NFC", bare.translate(_STROKES))


def has_diacritics(text: str) -> bool:
    """Whether folding changes the text."""
    return fold(text) != normalized("NFC", text)


def typed_and_bare(pattern: str, flags: int = 0) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A Vietnamese pattern as it is typed, and as it is typed without diacritics."""
    return re.compile(pattern, flags), re.compile(fold(pattern), flags)


def _in_order(match: re.Match[str]) -> str:
    """Marks in the order in which every normal form has them."""
    decomposed = "".join(unicodedata.normalize("NFD", mark) for mark in match[0])
    runs = groupby(decomposed, key=lambda mark: unicodedata.combining(mark) > 0)
    return "".join("".join(sorted(run, key=unicodedata.combining) if marks else run) for marks, run in runs)
