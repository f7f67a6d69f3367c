"""The lines of text on a page of a PDF, in the order in which they are read, with their places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

# Two pieces of text at one height that stand this far apart, in heights of a line, are of two columns or two cells.
CELL_GAP = 1.2
# So far apart are words of one line at most, where it is stretched to fill a narrow column.
_WORD_GAP = 2.0
# Less than this is no blank: a footnote's number follows its word.
_NO_BLANK = 0.15
# No set shows what this gains, the two PDFs that were looked at have one column; kept because else the lines of two
# columns would be quoted as one sentence.
# So many lines in a row that leave the same strip free are columns, if most of them fill their side of it.
_COLUMN_LINES = 4
_FILLED = 0.75
_LINE_WORDS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text on a page: `page` from 1, its edges in points from the left and the top of the page as it shows.

    `size` is the height of its letters; `cells` says whether wide gaps part it, as in the row of a table.
    """

    page: int
    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    cells: bool = False

    def is_beside(self, other: Line) -> bool:
        """Whether two pieces of text stand at one height."""
        shared = min(self.bottom, other.bottom) - max(self.top, other.top)
        return shared > 0.5 * min(self.bottom - self.top, other.bottom - other.top)


def in_reading_order(pieces: Sequence[Line]) -> list[Line]:
    """The lines that pieces of a page make, which come as they were drawn: most programs draw in the order of reading.

    What is drawn line by line across columns of text is read column by column, a table row by row.
    """
    return [_joined(row) for row in _by_column(list(_rows(pieces)))]


def _rows(pieces: Iterable[Line]) -> Iterator[list[Line]]:
    """Pieces drawn one after the other at one height, each to the right of the one before."""
    row: list[Line] = []
    for piece in pieces:
        if row and not (piece.is_beside(row[-1]) and piece.left > row[-1].right - 0.5 * piece.size):
            yield row
            row = []
        row.append(piece)
    if row:
        yield row


def _joined(row: Sequence[Line]) -> Line:
    """The line that pieces at one height are."""
    line = row[0]
    for piece in row[1:]:
        gap = (piece.left - line.right) / max(line.size, piece.size, 1)
        larger = max(line, piece, key=lambda each: len(each.text))
        line = Line(
            line.page,
            f"{line.text}{'' if gap < _NO_BLANK else ' '}{piece.text}".strip(),
            line.left,
            min(line.top, piece.top),
            piece.right,
            max(line.bottom, piece.bottom),
            larger.size,
            line.cells or gap > _WORD_GAP,
        )
    return line


def _by_column(rows: Sequence[list[Line]]) -> Iterator[list[Line]]:
    """The rows, those that run across columns parted at the free strip: the left column first, then the right."""
    place = 0
    while place < len(rows):
        run, strip = _run_with_strip(rows, place)
        if len(run) >= _COLUMN_LINES and _fill_columns(run, strip):
            middle = sum(strip) / 2
            yield from ([piece for piece in row if piece.right <= middle] for row in run)
            yield from _by_column([[piece for piece in row if piece.left >= middle] for row in run])
        else:
            yield from run
        place += len(run)


def _run_with_strip(rows: Sequence[list[Line]], first: int) -> tuple[Sequence[list[Line]], tuple[float, float]]:
    """The rows from the first on whose first wide gaps have a strip in common, at least one row, and that strip."""
    strip = _first_gap(rows[first])
    after = first + 1
    while strip and after < len(rows):
        gap = _first_gap(rows[after])
        shared = (max(strip[0], gap[0]), min(strip[1], gap[1])) if gap else None
        if shared is None or shared[1] - shared[0] < 0.5 * rows[after][0].size:
            break
        strip = shared
        after += 1
    return rows[first:after], strip or (0.0, 0.0)


def _first_gap(row: Sequence[Line]) -> tuple[float, float] | None:
    return next(
        ((one.right, other.left) for one, other in pairwise(row) if other.left - one.right > 0.5 * one.size),
        None,
    )


def _fill_columns(run: Sequence[list[Line]], strip: tuple[float, float]) -> bool:
    """Whether most lines fill both sides of the strip with words, as text does and the cells of a table do not."""
    left, right = min(row[0].left for row in run), max(row[-1].right for row in run)
    return 0.6 * len(run) < sum(
        row[0].right - row[0].left >= _FILLED * (strip[0] - left)
        and row[-1].right - row[1].left >= _FILLED * (right - strip[1])
        and min(len(row[0].text.split()), len(row[1].text.split())) >= _LINE_WORDS
        for row in run
    )
