"""The letters of a page of a PDF and their places, on the page turned so that its text is upright."""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from rag.documents.article import TextBox

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Letter:
    """A character with its edges in points from the left and the top; a blank has no place."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of a page of that width and height, in points, by quarters to the left."""

    quarters: int
    width: float
    height: float

    def __call__(self, x: float, y: float) -> Place:
        """Where a place of the page is after the turn."""
        return (
            (x, y),
            (y, self.width - x),
            (self.width - x, self.height - y),
            (self.height - y, x),
        )[self.quarters]

    @property
    def back(self) -> Turn:
        """The turn that undoes this one."""
        sides = (self.height, self.width) if self.quarters % 2 else (self.width, self.height)
        return Turn(-self.quarters % 4, *sides)

    def of_box(self, box: TextBox) -> TextBox:
        """The box after the turn."""
        left, top, right, bottom = _edges(self(box.left, box.top), self(box.right, box.bottom))
        return replace(box, left=left, top=top, right=right, bottom=bottom)


def letters_of(page: Any) -> tuple[list[Letter | None], Turn]:
    """The characters of a page (of pypdfium2) as they were drawn, None where a line ends, and how they were turned.

    Their places are those on the page as it shows, turned so that most of them are upright; the others, such as a mark
    across the page, are left out.
    """
    shown = shown_places(page)
    drawn = [*_drawn(page, shown)]
    counts = Counter(quarters for _, quarters, _ in drawn if quarters is not None)
    turn = Turn(counts.most_common(1)[0][0] if counts else 0, *page.get_size())
    letters: list[Letter | None] = []
    for code, quarters, edges in drawn:
        if code in (10, 13):
            letters.append(None)
        elif quarters is None:
            letters.append(Letter(" ", 0, 0, 0, 0))
        elif quarters == turn.quarters:
            left, top, right, bottom = edges
            letters.append(Letter(chr(code), *_edges(turn(*shown(left, top)), turn(*shown(right, bottom)))))
    return letters, turn


def _drawn(
    page: Any, shown: Callable[[float, float], Place]
) -> Iterator[tuple[int, int | None, tuple[float, float, float, float]]]:
    """Each character: its code, by how many quarters its line is turned to the right (None of a blank), its edges."""
    import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

    (x0, y0), (x1, y1), (x2, y2) = shown(0, 0), shown(1, 0), shown(0, 1)
    text_page = page.get_textpage()
    box = pdfium.FS_RECTF()
    for index in range(text_page.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text_page.raw, index)
        if code <= 32 or code == 0xA0:
            yield code, None, (0, 0, 0, 0)
        elif pdfium.FPDFText_GetLooseCharBox(text_page.raw, index, box):
            angle = pdfium.FPDFText_GetCharAngle(text_page.raw, index)
            right, down = math.cos(angle), math.sin(angle)
            way = math.atan2(right * (y1 - y0) + down * (y2 - y0), right * (x1 - x0) + down * (x2 - x0))
            yield code, round(way / (math.pi / 2)) % 4, (box.left, box.top, box.right, box.bottom)


def shown_places(page: Any) -> Callable[[float, float], Place]:
    """How a place in the coordinates of the file becomes one on the page as it shows, turned and cut."""
    import pypdfium2.raw as pdfium

    # Whole numbers come back: the page is taken a thousand times as large.
    width, height = (round(side * 1000) for side in page.get_size())

    def device(x: float, y: float) -> Place:
        at, to = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page.raw, 0, 0, width, height, 0, x, y, at, to)
        return at.value / 1000, to.value / 1000

    (x0, y0), (x1, y1), (x2, y2) = device(0, 0), device(1000, 0), device(0, 1000)
    a, b, c, d = (x1 - x0) / 1000, (x2 - x0) / 1000, (y1 - y0) / 1000, (y2 - y0) / 1000
    return lambda x, y: (x0 + a * x + b * y, y0 + c * x + d * y)


def _edges(one: Place, other: Place) -> tuple[float, float, float, float]:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1])
