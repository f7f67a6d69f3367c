"""Ranges of characters: two offsets into a text, the end one behind the last character."""

from __future__ import annotations

import re
from collections import Counter

from rag.text.lexicon import merged

TextRange = tuple[int, int]

# What a short answer neither begins nor ends with, and what stands in it in pairs.
_LOOSE = frozenset(" \t\n,;:–—、，；：。")
_PAIRS = {"(": ")", "[": "]", "“": "”", "«": "»", "「": "」", "『": "』", "《": "》", "（": "）", '"': '"'}
_PAIRS_BACK = {closing: opening for opening, closing in _PAIRS.items()}

# A number, in groups of digits or not; what makes another value of the number before it; and what makes it negative.
_BLANK = r"[ \u00a0\u2009\u202f]"
_NUMBER = re.compile(rf"(?<![\d])(?:\d{{1,3}}(?:{_BLANK}\d{{3}})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,'’]\d+)*)")
_SCALES = "|".join(sorted(merged("scales"), key=len, reverse=True))
_SCALE = re.compile(
    rf"{_BLANK}?(?:%|‰|[万亿億千]|(?:{_SCALES}|vạn|rưỡi|k|tr)(?!\w))|{_BLANK}\d+{_BLANK}(?:{_SCALES})(?!\w)",
    re.IGNORECASE,
)
_SIGN = re.compile(rf"(?:\bâm{_BLANK}|(?<!\S)[-–−])$")


def tidied(text: str, start: int, end: int) -> TextRange:
    """A span of a text less what stands loose at its ends: white space, commas, a bracket without the other."""
    marks = Counter(text[start:end])
    while start < end and (_is_loose(text, start) or _unpaired(text[start], marks)):
        marks[text[start]] -= 1
        start += 1
    while start < end and (
        text[end - 1] in _LOOSE or (_unpaired(text[end - 1], marks) and not _is_inches(text[max(start, end - 2) : end]))
    ):
        end -= 1
        marks[text[end]] -= 1
    return start, end


def _is_loose(text: str, place: int) -> bool:
    """Whether what stands there is no part of what follows, as the dash of a number below zero is."""
    return text[place] in _LOOSE and not (text[place] in "–—" and text[place + 1 : place + 2].isdigit())


def _unpaired(mark: str, marks: Counter[str]) -> bool:
    """Whether that is a bracket or quotation mark that is not closed, or not opened, among these marks."""
    other = _PAIRS.get(mark) or _PAIRS_BACK.get(mark)
    if other is None:
        return False
    return marks[mark] == 1 if mark == other else marks[mark] > marks[other]


def _is_inches(ending: str) -> bool:
    return ending[1:] == '"' and ending[0].isdigit()


def whole_numbers(text: str, start: int, end: int) -> tuple[int, int]:
    """The span with the whole of each number that it holds a piece of, and what makes that thousands or a share."""
    whole = 0
    for number in _NUMBER.finditer(text):
        if number.end() > whole:  # else it is itself what makes another value of the number before it
            whole = number.end()
            while scale := _SCALE.match(text, whole):
                whole = scale.end()
        if number.start() < start < number.end():
            start = number.start()
        if number.start() < end < whole:
            end = whole
    if text[start : start + 1].isdigit() and (sign := _SIGN.search(text[:start])):
        start = sign.start()
    return start, end
