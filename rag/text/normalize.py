"""Unicode text in one normal form, and the fold without diacritics."""

from __future__ import annotations

import re
import unicodedata

_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x85]")
_TYPED_MARKS = re.compile(r"[\u0300-\u036f]")
_STROKES = str.maketrans("đĐðÐ", "dDdD")


def clean(text: str) -> str:
    """Text in NFC with plain line ends and without control characters; what every stored offset refers to."""
    return unicodedata.normalize("NFC", _UNWANTED.sub("", _LINE_ENDS.sub("\n", text)))


def fold(text: str) -> str:
    """Text without typed diacritics and with đ as d, in NFC; letters of other scripts stay whole."""
    bare = _TYPED_MARKS.sub("", unicodedata.normalize("NFD", text))
    # The letter eth (ð) looks like đ in capitals, and is typed for it.
    return unicodedata.normalize("NFC", bare.translate(_STROKES))


def has_diacritics(text: str) -> bool:
    """Whether folding changes the text."""
    return fold(text) != unicodedata.normalize("NFC", text)


def typed_and_bare(pattern: str, flags: int = 0) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A Vietnamese pattern as it is typed, and as it is typed without diacritics."""
    return re.compile(pattern, flags), re.compile(fold(pattern), flags)
