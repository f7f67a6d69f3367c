"""The letters that are drawn on a page of a PDF, put together to lines of text."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from rag.documents.pdf_lines import CELL_GAP, Line, in_reading_order
from rag.text.normalize import clean


@dataclass(frozen=True, slots=True)
class _Letter:
    text: str
    left: float
    top: float
    right: float
    bottom: float


def lines_of(page: Any, number: int) -> list[Line]:
    """The lines of a page (of pypdfium2), the `number`-th of its file, in the order of reading."""
    return in_reading_order([piece for piece in _pieces(_letters(page), number) if piece.text])


def _letters(page: Any) -> Iterator[_Letter | None]:
    """The characters of a page as they were drawn, None where a line ends; a blank has no place."""
    import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

    shown = _shown(page)
    text_page = page.get_textpage()
    box = pdfium.FS_RECTF()
    for index in range(text_page.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text_page.raw, index)
        if code in (10, 13):
            yield None
        elif code <= 32 or code == 0xA0:
            yield _Letter(" ", 0, 0, 0, 0)
        elif pdfium.FPDFText_GetLooseCharBox(text_page.raw, index, box):
            (x1, y1), (x2, y2) = shown(box.left, box.top), shown(box.right, box.bottom)
            yield _Letter(chr(code), min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


def _shown(page: Any) -> Callable[[float, float], tuple[float, float]]:
    """How a place in the coordinates of the file becomes one on the page as it shows, turned and cut."""
    import pypdfium2.raw as pdfium

    # Whole numbers come back: the page is taken a thousand times as large.
    width, height = (round(side * 1000) for side in page.get_size())

    def device(x: float, y: float) -> tuple[float, float]:
        at, to = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page.raw, 0, 0, width, height, 0, x, y, at, to)
        return at.value / 1000, to.value / 1000

    (x0, y0), (x1, y1), (x2, y2) = device(0, 0), device(1000, 0), device(0, 1000)
    a, b, c, d = (x1 - x0) / 1000, (x2 - x0) / 1000, (y1 - y0) / 1000, (y2 - y0) / 1000
    return lambda x, y: (x0 + a * x + b * y, y0 + c * x + d * y)


def _pieces(letters: Iterable[_Letter | None], page: int) -> Iterator[Line]:
    """Runs of letters that follow each other on one line without a wide gap."""
    run: list[_Letter] = []
    blank = False
    for letter in letters:
        if letter is None or letter.text == " ":
            if letter is None and run:
                yield _piece(run, page)
                run = []
            blank = True
            continue
        if run and not _follows(run[-1], letter):
            yield _piece(run, page)
            run = []
        if run and blank:
            run.append(replace(letter, text=" "))
        run.append(letter)
        blank = False
    if run:
        yield _piece(run, page)


def _follows(before: _Letter, letter: _Letter) -> bool:
    height = max(before.bottom - before.top, letter.bottom - letter.top)
    return -height < letter.left - before.right < CELL_GAP * height and (
        letter.top < before.bottom and before.top < letter.bottom
    )


def _piece(run: Sequence[_Letter], page: int) -> Line:
    # A letter outside the basic plane comes in two halves.
    text = "".join(letter.text for letter in run).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    letters = [letter for letter in run if letter.text != " "]
    return Line(
        page,
        " ".join(clean(text).split()),
        min(letter.left for letter in letters),
        min(letter.top for letter in letters),
        max(letter.right for letter in letters),
        max(letter.bottom for letter in letters),
        median(letter.bottom - letter.top for letter in letters),
    )
