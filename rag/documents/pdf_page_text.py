"""The letters that are drawn on a page of a PDF, put together to lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from rag.documents.pdf_letters import Letter, Turn, letters_of
from rag.documents.pdf_lines import CELL_GAP, Line, in_reading_order
from rag.documents.pdf_rules import rules_of
from rag.documents.pdf_tables import Cell, Grid, PageTable, grids_of, page_table
from rag.text.normalize import clean

# Between the parts of a table that goes on over the page stand at most so many lines of a footer, and of a header.
_EDGE_LINES = 3
# The number of a table on its page and a cell in it; None beside all tables.
_Spot = tuple[int, Cell] | None


@dataclass(frozen=True, slots=True)
class PageText:
    """The lines of a page in the order of reading, their places on the page turned so that its text is upright.

    `open_table` is a table at its end, which may go on upon the next page.
    """

    lines: tuple[Line, ...]
    turn: Turn
    open_table: PageTable | None = None


def page_text(page: Any, number: int, above: PageTable | None = None) -> PageText:
    """The text of a page (of pypdfium2), the `number`-th of its file; `above` is a table that ends the page before.

    The rows of a table with borders are lines that are sentences by themselves (`rag.documents.table`).
    """
    letters, turn = letters_of(page)
    grids = grids_of(rules_of(page, turn, letters))
    pieces = [(spot, piece) for spot, piece in _pieces(letters, number, grids) if piece.text]
    if turn.quarters % 2:
        # PDFium gives lines that run down or up the page from the left of the page on, whichever is the first.
        pieces.sort(key=lambda each: each[1].top)
    tables: dict[int, PageTable] = {}
    for place, grid in enumerate(grids):
        inside = [(spot[1], piece) for spot, piece in pieces if spot and spot[0] == place]
        first = sum(piece.top < grid.rows[0] for _, piece in pieces) <= _EDGE_LINES
        table = page_table(grid, inside, above if first else None)
        if table is not None:
            tables[place] = table
    last = next((table for table in reversed(tables.values()) if _ends_page(table, pieces)), None)
    return PageText(tuple(in_reading_order([*_with_tables(pieces, tables)])), turn, last)


def _ends_page(table: PageTable, pieces: Iterable[tuple[_Spot, Line]]) -> bool:
    return sum(piece.top > table.lines[-1].bottom for _, piece in pieces) <= _EDGE_LINES


def _with_tables(pieces: Iterable[tuple[_Spot, Line]], tables: Mapping[int, PageTable]) -> Iterator[Line]:
    """The pieces beside tables as they were drawn, and each table where its first piece was."""
    left = dict(tables)
    for spot, piece in pieces:
        if spot is None or spot[0] not in tables:
            yield piece
        elif spot[0] in left:
            yield from left.pop(spot[0]).lines


def _spot(letter: Letter, grids: Sequence[Grid]) -> _Spot:
    """The cell that the middle of a letter lies in, of the smallest table there."""
    x, y = (letter.left + letter.right) / 2, (letter.top + letter.bottom) / 2
    found = [
        (grid.rows[-1] - grid.rows[0], place, cell)
        for place, grid in enumerate(grids)
        if (cell := grid.cell_at(x, y)) is not None
    ]
    return min(found)[1:] if found else None


def _pieces(letters: Iterable[Letter | None], page: int, grids: Sequence[Grid]) -> Iterator[tuple[_Spot, Line]]:
    """Runs of letters that follow each other on one line of one cell without a wide gap."""
    run: list[Letter] = []
    at: _Spot = None
    blank = False
    for letter in letters:
        if letter is None or letter.text == " ":
            if letter is None and run:
                yield at, _piece(run, page)
                run = []
            blank = True
            continue
        spot = _spot(letter, grids)
        if run and (spot != at or not _follows(run[-1], letter)):
            yield at, _piece(run, page)
            run = []
        if run and blank:
            run.append(replace(letter, text=" "))
        run.append(letter)
        at, blank = spot, False
    if run:
        yield at, _piece(run, page)


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
