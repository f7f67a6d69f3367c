"""A sentence that answers -> the enumeration that it opens or stands in, whole, and how many items that has."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.retrieval.passage_sentences import sentences_of
from rag.text.ranges import TextRange

# Lines that stand close together are items from so many on; an enumeration has at most so many characters.
_FEWEST, _MOST_CHARS = 2, 1500
# The words that number what is told in sentences.
_ORDINAL = re.compile(
    r"(?:thứ (?:nhất|hai|ba|tư|năm|sáu)|(?:một|hai|ba|bốn|năm) là|first(?:ly)?|second(?:ly)?|third(?:ly)?|finally"
    r"|cuối cùng|premièrement|deuxièmement|troisièmement|d'abord|ensuite|enfin|第[一二三四五]|首先|其次|最后)\b",
    re.IGNORECASE,
)

_MARK = re.compile(r"[-–•*+]\s|\d{1,2}[.)]\s")


@dataclass(frozen=True, slots=True)
class Enumeration:
    """An enumeration, `text[start:end]`, and the number of its items."""

    start: int
    end: int
    items: int


def enumeration_at(text: str, start: int, end: int) -> Enumeration | None:
    """The enumeration that the sentence `text[start:end]` opens with a colon, or is part of; None where there is none.

    Items are lines that follow each other without an empty one between, or sentences that are numbered in words.
    """
    return _of_lines(text, start, end) or _of_sentences(text, start, end)


def _of_lines(text: str, start: int, end: int) -> Enumeration | None:
    lines = _lines(text)
    own = next((place for place, (at, to) in enumerate(lines) if at <= start < to), None)
    if own is None:
        return None
    opens = text[: max(end, lines[own][1])].rstrip().endswith((":", "："))
    first = own + 1 if opens else own
    if first >= len(lines):
        return None
    last = first
    while last + 1 < len(lines) and _are_close(text, lines[last], lines[last + 1]):
        last += 1
    while not opens and first and _are_close(text, lines[first - 1], lines[first]):
        first -= 1
    if not opens and text[: lines[first][1]].endswith((":", "：")):
        first, opens = first + 1, True
    marked = _marker(text, lines[first])
    while marked and last > first and _marker(text, lines[last]) != marked:
        last -= 1  # a note that stands below
    items = last - first + 1
    begin = lines[first - 1][0] if first and text[: lines[first - 1][1]].endswith((":", "：")) else lines[first][0]
    # Two paragraphs close together are no list, unless something announces them.
    if items < _FEWEST or (begin == lines[first][0] and items <= _FEWEST) or lines[last][1] - begin > _MOST_CHARS:
        return None
    return Enumeration(begin, lines[last][1], items)


def _of_sentences(text: str, start: int, end: int) -> Enumeration | None:
    numbered = [each for each in sentences_of(text) if _ORDINAL.match(text[each.start : each.end].lstrip('“"- '))]
    if len(numbered) < _FEWEST or not any(each.start < end and start < each.end for each in numbered):
        return None
    begin, stop = numbered[0].start, numbered[-1].end
    return Enumeration(begin, stop, len(numbered)) if stop - begin <= _MOST_CHARS else None


def _lines(text: str) -> list[TextRange]:
    found = (match for match in re.finditer(r"[^\n]+", text) if any(map(str.isalnum, match[0])))
    return [(match.start(), match.start() + len(match[0].rstrip())) for match in found]


def _marker(text: str, line: TextRange) -> str:
    """What marks a line as an item: "-" for a dash or a dot, "1" for a number; "" for neither."""
    mark = _MARK.match(text, line[0], line[1])
    return "" if mark is None else "1" if mark[0][0].isdigit() else "-"


def _are_close(text: str, line: TextRange, following: TextRange) -> bool:
    return "\n" in text[line[1] : following[0]] and text[line[1] : following[0]].count("\n") == 1
