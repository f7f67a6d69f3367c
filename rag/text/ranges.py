"""Ranges of characters: two offsets into a text, the end one behind the last character."""

from __future__ import annotations

TextRange = tuple[int, int]

# What a short answer neither begins nor ends with, and what stands in it in pairs.
_LOOSE = frozenset(" \t\n,;:–—、，；：。")
_PAIRS = {"(": ")", "[": "]", "“": "”", "«": "»", "「": "」", "『": "』", "《": "》", "（": "）", '"': '"'}
_PAIRS_BACK = {closing: opening for opening, closing in _PAIRS.items()}


def tidied(text: str, start: int, end: int) -> TextRange:
    """A span of a text less what stands loose at its ends: white space, commas, a bracket without the other."""
    while start < end and (_is_loose(text, start) or _unpaired(text[start:end], 0)):
        start += 1
    while start < end and (text[end - 1] in _LOOSE or _unpaired(text[start:end], -1)):
        end -= 1
    return start, end


def _is_loose(text: str, place: int) -> bool:
    """Whether what stands there is no part of what follows, as the dash of a number below zero is."""
    return text[place] in _LOOSE and not (text[place] in "–—" and text[place + 1 : place + 2].isdigit())


def _unpaired(said: str, place: int) -> bool:
    """Whether the bracket or quotation mark there is not closed, or not opened, in what is said."""
    mark = said[place]
    other = _PAIRS.get(mark) or _PAIRS_BACK.get(mark)
    inches = mark == '"' and place == -1 and said[-2:-1].isdigit()
    if other is None or inches:
        return False
    return said.count(mark) == 1 if mark == other else said.count(mark) > said.count(other)
