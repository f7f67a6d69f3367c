"""The letters that are drawn on a page of a PDF, put together to lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from rag.documents.pdf_letters import Letter, Turn, letters_of
from rag.documents.pdf_lines import CELL_GAP, Line, in_reading_order
from rag.text.normalize import clean


@dataclass(frozen=True, slots=True)
class PageText:
    """The lines of a page in the order of reading, their places on the page turned so that its text is upright."""

    lines: tuple[Line, ...]
    turn: Turn


def page_text(page: Any, number: int) -> PageText:
    """The text of a page (of pypdfium2), the `number`-th of its file."""
    letters, turn = letters_of(page)
    pieces = [piece for piece in _pieces(letters, number) if piece.text]
    if turn.quarters % 2:
        # PDFium gives lines that run down or up the page from the left of the page on, whichever is the first.
        pieces.sort(key=lambda piece: piece.top)
    return PageText(tuple(in_reading_order(pieces)), turn)


def _pieces(letters: Iterable[Letter | None], page: int) -> Iterator[Line]:
    """Runs of letters that follow each other on one line without a wide gap."""
    run: list[Letter] = []
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


def _follows(before: Letter, letter: Letter) -> bool:
    height = max(before.bottom - before.top, letter.bottom - letter.top)
    return -height < letter.left - before.right < CELL_GAP * height and (
        letter.top < before.bottom and before.top < letter.bottom
    )


def _piece(run: Sequence[Letter], page: int) -> Line:
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
