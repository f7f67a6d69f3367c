"""The lines of a PDF put together to paragraphs, each with its place in the text that they make."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from rag.documents.article import TextBox
from rag.documents.pdf_lines import Line
from rag.text.normalize import clean

# What they change in a PDF of 89,000 characters, for which no true text is known: leaders 31 lines, items of lists 7,
# sentences that go on in another page 16; hyphens none, kept because other languages part words at the ends of lines.
_LEADERS = re.compile(r" ?[.…·_]{5,} ?")
_LIST_ITEM = re.compile(r"[-–•+*▪◦●■]\s|(?:\d{1,3}(?:\.\d{1,3}){0,4}|[a-zA-ZđĐ]|[IVX]{1,5})[.)]\s")
_SENTENCE_ENDS = tuple(".!?…:;。！？：；")
_WORD = re.compile(r"\w+(?:-\w+)*")
# A step to the next line larger than this many usual ones parts paragraphs.
_PARAGRAPH_STEP = 1.3
_SAME_SIZE = 1.12


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A text and where its lines stand, in order."""

    text: str
    boxes: tuple[TextBox, ...]


def placed_text(lines: Sequence[Line]) -> PlacedText:
    """The text of lines in the order of reading: a paragraph on a line, hyphens at line ends mended where certain.

    A word is put together without the hyphen only if the lines hold it so elsewhere. Leaders (......) are left out.
    """
    words = {word.casefold() for line in lines for word in _WORD.findall(line.text)}
    parts: list[str] = []
    boxes: list[TextBox] = []
    length = 0
    for line, opens in _with_openings(lines):
        text = _LEADERS.sub(" ", line.text).strip()
        if not text:
            continue
        if parts:
            cut, between = (0, "\n") if opens else _between(parts[-1], text, words)
            if cut:
                parts[-1] = parts[-1][:-cut]
                boxes[-1] = replace(boxes[-1], end=boxes[-1].end - cut)
            parts.append(between)
            length += len(between) - cut
        boxes.append(TextBox(length, length + len(text), line.page, line.left, line.top, line.right, line.bottom))
        parts.append(text)
        length += len(text)
    return _clean(PlacedText("".join(parts), tuple(boxes)))


def _clean(placed: PlacedText) -> PlacedText:
    """The same in the one normal form, where letters of two lines may come together; then without places."""
    text = clean(placed.text)
    return placed if text == placed.text else PlacedText(text, ())


def _between(before: str, after: str, words: set[str]) -> tuple[int, str]:
    """How many characters go from the end of a line that is joined with the next, and what comes between."""
    if not before.endswith("-") or before.endswith(" -") or len(before) < 2 or not after[0].isalnum():
        return 0, " "
    halves = _WORD.findall(before[:-1])[-1:] + _WORD.findall(after)[:1]
    whole = "".join(halves).casefold()
    return (1, "") if whole in words and "-".join(halves).casefold() not in words else (0, "")


def _with_openings(lines: Sequence[Line]) -> Iterator[tuple[Line, bool]]:
    """Each line, and whether it opens a paragraph."""
    before: Line | None = None
    full = False
    columns = _columns(lines)
    for block in _blocks(lines):
        right, step = _right_edge(block, columns), _usual_step(block)
        for place, line in enumerate(block):
            if before is None:
                opens = True
            elif place == 0:
                opens = line.cells or not (full and _continues_elsewhere(before, line))
            else:
                opens = not full or _opens(before, line, step)
            yield line, opens
            following = block[place + 1] if place + 1 < len(block) else None
            full = not line.cells and (right - line.right <= _first_word_width(following or line))
            before = line


def _blocks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Lines of one size that stand below each other."""
    block: list[Line] = []
    for line in lines:
        if block and not _is_below(block[-1], line):
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _is_below(before: Line, line: Line) -> bool:
    return (
        before.page == line.page
        and 0.3 * before.size < line.top - before.top < 2.2 * before.size
        and min(before.right, line.right) > max(before.left, line.left)
        and max(before.size, line.size) < _SAME_SIZE * min(before.size, line.size)
    )


def _columns(lines: Iterable[Line]) -> Mapping[tuple[int, int], list[float]]:
    """Where lines end on the right, by page and by where they begin, to some points."""
    columns: dict[tuple[int, int], list[float]] = defaultdict(list)
    for line in lines:
        columns[line.page, round(line.left / 10)].append(line.right)
    return columns


def _right_edge(block: Sequence[Line], columns: Mapping[tuple[int, int], list[float]]) -> float:
    """How far the lines of a block may go: as far as one does, or as most lines that begin where they do."""
    left = min(line.left for line in block)
    return max(*(line.right for line in block), median(columns[block[0].page, round(left / 10)]))


def _usual_step(block: Sequence[Line]) -> float:
    steps = [line.top - before.top for before, line in pairwise(block)]
    return median(steps) if steps else 0.0


def _opens(before: Line, line: Line, step: float) -> bool:
    """Whether a line opens a paragraph below another that goes up to the right edge."""
    return (
        line.cells
        or bool(_LEADERS.search(before.text))
        or line.top - before.top > _PARAGRAPH_STEP * step
        or _LIST_ITEM.match(line.text) is not None
        or (line.left > before.left + 0.8 * line.size and before.text.endswith(_SENTENCE_ENDS))
    )


def _continues_elsewhere(before: Line, line: Line) -> bool:
    """Whether a sentence goes on at the top of the next column or page."""
    return (
        (line.page != before.page or line.top < before.top)
        and line.text[0].islower()
        and not before.text.endswith(_SENTENCE_ENDS)
        and max(before.size, line.size) < _SAME_SIZE * min(before.size, line.size)
    )


def _first_word_width(line: Line) -> float:
    """About how wide the first word of a line is, with a blank before it."""
    first = line.text.split(" ", 1)[0]
    return (len(first) + 1) * (line.right - line.left) / max(len(line.text), 1)
