"""The numbers that Word sets before the paragraphs of a list, which are no part of their text, as "2." or "b)"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from rag.documents.word_fonts import W, is_on

_LEVELS = 9
_MAX_LABEL_CHARS = 60
_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Level:
    """How a level of a list counts: from where, in which figures, and the text around them, as in "Điều %1.".

    `plain` says that those of the levels above are decimal in it, as in "1.2" below "I".
    """

    start: int = 1
    figures: str = "none"
    text: str = ""
    plain: bool = False


class Numbering:
    """The lists of a document, counted from its first paragraph to its last."""

    def __init__(self, numbering: Any | None, styles: Any) -> None:
        """`numbering` and `styles` are the roots of the parts of these names; without the first there are no lists."""
        self._styles = {each.get(f"{W}styleId", ""): each for each in styles.iterfind(f"{W}style")}
        # By the number of a list what it counts with, which several may share, and its levels.
        self._lists: dict[str, tuple[str, list[_Level]]] = {}
        self._counts: dict[str, list[int]] = {}
        if numbering is None:
            return
        shared = {each.get(f"{W}abstractNumId", ""): _levels(each) for each in numbering.iterfind(f"{W}abstractNum")}
        for each in numbering.iterfind(f"{W}num"):
            base, number = _value(each, "abstractNumId"), each.get(f"{W}numId", "")
            levels = list(shared.get(base, [_Level()] * _LEVELS))
            starts = _starts(each)
            for level, start in starts.items():
                levels[level] = replace(levels[level], start=start)
            self._lists[number] = f"{number}!" if starts else base, levels

    def label(self, paragraph: Any) -> str:
        """What is set before a paragraph, "" where nothing or a mark is; each is asked for once, in order."""
        number, level = self._list_of(paragraph)
        if number not in self._lists:
            return ""
        counter, levels = self._lists[number]
        counts = self._counts.setdefault(counter, [each.start - 1 for each in levels])
        counts[level] += 1
        counts[level + 1 :] = [each.start - 1 for each in levels[level + 1 :]]
        if levels[level].figures in ("bullet", "none"):
            return ""
        # A level above that has had no paragraph yet counts as at its beginning.
        plain = "decimal" if levels[level].plain else ""
        shown = [
            _shown(max(count, each.start), plain or each.figures) for count, each in zip(counts, levels, strict=True)
        ]
        return _PLACE.sub(lambda place: shown[int(place[1]) - 1], levels[level].text)[:_MAX_LABEL_CHARS].strip()

    def _list_of(self, paragraph: Any) -> tuple[str, int]:
        """The number of the list that a paragraph is in, by itself or by its style, and its level there."""
        properties, seen = paragraph.find(f"{W}pPr"), set[str]()
        style_id = _value(properties, "pStyle")
        while True:
            found = properties.find(f"{W}numPr") if properties is not None else None
            if number := _value(found, "numId"):
                return number, min(_number(_value(found, "ilvl"), 0), _LEVELS - 1)
            style = self._styles.get(style_id)
            if style is None or style_id in seen:
                return "", 0
            seen.add(style_id)
            properties, style_id = style.find(f"{W}pPr"), _value(style, "basedOn")


def _levels(element: Any) -> list[_Level]:
    found = [_Level()] * _LEVELS
    for each in element.iterfind(f"{W}lvl"):
        level = _number(each.get(f"{W}ilvl", ""), _LEVELS)
        if level < _LEVELS:
            start = _number(_value(each, "start"), 1)
            figures, text = _value(each, "numFmt") or "decimal", _value(each, "lvlText")
            found[level] = _Level(start, figures, text, plain=is_on(each, "isLgl"))
    return found


def _starts(element: Any) -> dict[int, int]:
    """Where a list begins anew, by level, though others are counted with the same levels."""
    found = {}
    for each in element.iterfind(f"{W}lvlOverride"):
        level = _number(each.get(f"{W}ilvl", ""), _LEVELS)
        if level < _LEVELS and each.find(f"{W}startOverride") is not None:
            found[level] = _number(_value(each, "startOverride"), 1)
    return found


def _shown(count: int, figures: str) -> str:
    """A count in figures of Word's names; those that are not known are shown as decimal ones."""
    if figures in ("lowerLetter", "upperLetter") and count:
        letters = chr(ord("a") + (count - 1) % 26) * min((count - 1) // 26 + 1, 3)
        return letters.upper() if figures == "upperLetter" else letters
    if figures in ("lowerRoman", "upperRoman") and count < 4000:
        roman = ""
        for value, letters in _ROMAN:
            roman += letters * (count // value)
            count %= value
        return roman.upper() if figures == "upperRoman" else roman
    return f"{count:02}" if figures == "decimalZero" else str(count)


def _value(element: Any | None, name: str) -> str:
    found = element.find(W + name) if element is not None else None
    return found.get(f"{W}val", "") if found is not None else ""


def _number(value: str, default: int) -> int:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 6 else default
