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

_FIRST = re.compile(r"(?:thứ nhất|một là|first|premièrement|d'abord|第一|首先)", re.IGNORECASE)
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
    """Lines with a mark, or those behind a colon up to the next line that ends with one."""
    lines = _lines(text)
    own = next((place for place, (at, to) in enumerate(lines) if at <= start < to), None)
    if own is None:
        return None
    first = own
    while first and _are_close(text, lines[first - 1], lines[first]):
        first -= 1
    heading = next((place for place in range(own, first - 1, -1) if _opens(text, lines[place])), None)
    if heading is None and first and _opens(text, lines[first - 1]):
        heading = first - 1  # an empty line stands between
    following = _block_from(text, lines, first if heading is None else heading + 1)
    marked = [place for place in following if _marker(text, lines[place])]
    items = marked or (following if heading is not None else [])
    if len(items) < _FEWEST or own < items[0] - 1 or own > items[-1]:
        return None
    begin = heading if heading is not None else max(first, items[0] - 1)
    stop = items[-1]
    while lines[stop][1] - lines[begin][0] > _MOST_CHARS and stop > items[0]:
        stop -= 1  # the number of the items is told all the same
    return Enumeration(lines[begin][0], lines[stop][1], len(items))


def _block_from(text: str, lines: list[TextRange], first: int) -> list[int]:
    """The places of lines that stand close together from one on, up to one that opens something else."""
    found: list[int] = []
    for place in range(first, len(lines)):
        if found and (not _are_close(text, lines[place - 1], lines[place]) or _opens(text, lines[place])):
            break
        found.append(place)
    return found


def _opens(text: str, line: TextRange) -> bool:
    return text[line[0] : line[1]].endswith((":", "："))


def _of_sentences(text: str, start: int, end: int) -> Enumeration | None:
    told = [(each, text[each.start : each.end].lstrip('“"- ')) for each in sentences_of(text)]
    numbered = [each for each, said in told if _ORDINAL.match(said)]
    # "Thứ hai" is a Monday too, where nothing is the first.
    firsts = [each for each, said in told if _FIRST.match(said)]
    if not firsts or len(numbered) < _FEWEST or firsts[0] != numbered[0]:
        return None
    if not any(each.start < end and start < each.end for each in numbered):
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
