"""Headers, footers and page numbers: what stands at the same place of several pages and is no part of the text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from rag.documents.pdf_lines import Line

# Of two PDFs of a university one has such lines, 44, which would stand within its sentences; nothing else goes.
# How many lines at the top and at the bottom of a page may be a header or a footer.
_EDGE_LINES = 3
# On how many pages one must stand, on all where there are fewer.
_PAGES = 3
_NUMBER = re.compile(r"\d{1,5}")
_Key = tuple[str, int, int]


def without_running_heads(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The lines of each page less those at the same height of several, the same but for a number that counts pages."""
    where: dict[_Key, set[int]] = defaultdict(set)
    for lines in pages:
        for line in _edges(lines):
            for key in _keys(line):
                where[key].add(line.page)
    running = {key for key, found in where.items() if _is_running(found, len(pages))}
    return [_without(lines, running) for lines in pages]


def _is_running(found: set[int], pages: int) -> bool:
    """Whether a line on these pages runs through them, or through the left or the right ones; one may be without it."""
    first, last = min(found), max(found)
    return len(found) >= max(2, min(_PAGES, pages)) and len(found) >= (last - first) // 2


def _without(lines: Sequence[Line], running: set[_Key]) -> list[Line]:
    left_out = {line for line in _edges(lines) if not running.isdisjoint(_keys(line))}
    return [line for line in lines if line not in left_out]


def _edges(lines: Sequence[Line]) -> list[Line]:
    """The uppermost and the lowest lines of a page."""
    by_height = sorted(lines, key=lambda line: line.top)
    return list(dict.fromkeys(by_height[:_EDGE_LINES] + by_height[-_EDGE_LINES:]))


def _keys(line: Line) -> Iterator[_Key]:
    """What a line has in common with its like on other pages: text and height, and how far off the page a number is."""
    # Heights are compared to some points; a line between two steps has both.
    for height in {round(line.top / 6), round(line.top / 6 + 0.5)}:
        yield line.text, height, 0
        for number in _NUMBER.finditer(line.text):
            masked = f"{line.text[: number.start()]}\x00{line.text[number.end() :]}"
            yield masked, height, int(number[0]) - line.page
