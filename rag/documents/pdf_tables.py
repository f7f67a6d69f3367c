"""Tables with drawn borders on a page of a PDF: which text stands in which cell, and the rows that it makes."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import median

from rag.documents.pdf_lines import Line, in_reading_order
from rag.documents.pdf_paragraphs import placed_text
from rag.documents.pdf_rules import THICKNESS, Rule, Rules, clustered
from rag.documents.table import Row, TableParts, has_headings, table_parts

# A table has so many rows with text in several cells; so many rows above its headings may be its title.
_LEAST_ROWS, _TITLE_ROWS = 2, 2
# A row's number and a column's.
Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells that lines enclose, in points: the edges of columns and rows from the left and the top.

    `merged` gives of each place of the grid the first place of the cell that it belongs to.
    """

    columns: tuple[float, ...]
    rows: tuple[float, ...]
    merged: dict[Cell, Cell]

    def cell_at(self, x: float, y: float) -> Cell | None:
        """The cell at a place of the page, None beside the table."""
        row, column = bisect_right(self.rows, y) - 1, bisect_right(self.columns, x) - 1
        return self.merged.get((row, column))


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table of a page: its lines of text, and what one that goes on over the page has in common with it."""

    lines: tuple[Line, ...]
    columns: tuple[float, ...]
    headings: tuple[Row, ...]


def grids_of(rules: Rules) -> list[Grid]:
    """The grids of at least two columns that the lines of a page make, from the top."""
    grids = (_grid(across, down) for across, down in _connected(rules))
    return sorted((each for each in grids if each is not None), key=lambda each: each.rows[0])


def page_table(grid: Grid, pieces: Sequence[tuple[Cell, Line]], above: PageTable | None) -> PageTable | None:
    """The table of a grid and the pieces of text in its cells, None if it is none: a frame, a form, a drawing.

    `above` is a table that this one may go on: then its headings are those of this one too.
    """
    inside: dict[Cell, list[Line]] = defaultdict(list)
    filled: dict[int, set[int]] = defaultdict(set)
    for (row, column), piece in pieces:
        inside[row, column].append(piece)
        filled[row].add(column)
    goes_on = above is not None and _same_columns(above.columns, grid.columns)
    if sum(len(columns) > 1 for columns in filled.values()) < (1 if goes_on else _LEAST_ROWS):
        return None
    texts = {cell: placed_text(in_reading_order(found)).text for cell, found in inside.items()}
    rows = [
        [texts.get(grid.merged[row, column], "") for column in range(len(grid.columns) - 1)]
        for row in range(len(grid.rows) - 1)
    ]
    headings = above.headings if above and goes_on else ()
    again = _place_of(headings, rows)
    # What has other headings of its own is another table.
    goes_on = goes_on and (again > 0 or not has_headings(rows))
    headings = headings if goes_on else ()
    parts = table_parts([*headings, *rows[again:]], len(headings) if goes_on else None)
    before = len(headings) - again
    return PageTable(
        tuple(_lines(grid, parts, before, [piece for _, piece in pieces])),
        grid.columns,
        headings if goes_on else tuple(rows[number] for number, _ in parts.headings),
    )


def _place_of(headings: Sequence[Row], rows: Sequence[Row]) -> int:
    """The place behind the headings of a table where they stand again, below its title or not; 0 if they do not."""
    ends = range(len(headings), len(headings) + _TITLE_ROWS + 1) if headings else ()
    return next((to for to in ends if [*rows[to - len(headings) : to]] == [*map(list, headings)]), 0)


def _lines(grid: Grid, parts: TableParts, before: int, pieces: Sequence[Line]) -> Iterator[Line]:
    """The lines of a table at the places of their rows, which come behind so many that stand elsewhere."""
    size = median(piece.size for piece in pieces)
    for number, text in parts.lines():
        row = number - before
        if row >= 0:
            top, bottom = grid.rows[row], grid.rows[row + 1]
            yield Line(pieces[0].page, text, grid.columns[0], top, grid.columns[-1], bottom, size, cells=True)


def _same_columns(one: Sequence[float], other: Sequence[float]) -> bool:
    return len(one) == len(other) and all(abs(a - b) <= THICKNESS for a, b in zip(one, other, strict=True))


def _connected(rules: Rules) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """The lines across and down that touch, directly or by others, of each group."""
    across_left, down_left = set(rules.across), set(rules.down)
    while down_left:
        across: list[Rule] = []
        down = [down_left.pop()]
        open_ends: list[tuple[Rule, bool]] = [(down[0], False)]
        while open_ends:
            rule, is_across = open_ends.pop()
            others, found = (down_left, down) if is_across else (across_left, across)
            touching = [each for each in others if _touch(rule, each)]
            others.difference_update(touching)
            found += touching
            open_ends += ((each, not is_across) for each in touching)
        yield across, down


def _touch(one: Rule, other: Rule) -> bool:
    """Whether a line across and one down touch."""
    return (
        other.start - THICKNESS <= one.at <= other.end + THICKNESS
        and one.start - THICKNESS <= other.at <= one.end + THICKNESS
    )


def _grid(across: Sequence[Rule], down: Sequence[Rule]) -> Grid | None:
    """The grid of lines that touch; the outer borders may be left out."""
    if not across:
        return None
    columns = clustered([*(each.at for each in down), min(e.start for e in across), max(e.end for e in across)])
    rows = clustered([*(each.at for each in across), min(e.start for e in down), max(e.end for e in down)])
    if len(columns) < 3 or len(rows) < 2:
        return None
    return Grid(tuple(columns), tuple(rows), _merged(columns, rows, across, down))


def _merged(
    columns: Sequence[float], rows: Sequence[float], across: Sequence[Rule], down: Sequence[Rule]
) -> dict[Cell, Cell]:
    """Of each place of a grid the first place of its cell: those between which no line is drawn are one."""
    left = [[each for each in down if abs(each.at - at) <= THICKNESS] for at in columns]
    upper = [[each for each in across if abs(each.at - at) <= THICKNESS] for at in rows]
    merged: dict[Cell, Cell] = {}
    for row, column in product(range(len(rows) - 1), range(len(columns) - 1)):
        x, y = (columns[column] + columns[column + 1]) / 2, (rows[row] + rows[row + 1]) / 2
        own = (row, column)
        if column and not any(each.start <= y <= each.end for each in left[column]):
            own = merged[row, column - 1]
        if row and not any(each.start <= x <= each.end for each in upper[row]):
            # A cell that is merged both ways has the same first place by either.
            own = min(own, merged[row - 1, column])
        merged[row, column] = own
    return merged
