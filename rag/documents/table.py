"""Tables as text: each row a line that is a sentence by itself, its values with the headings of their columns."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, repeat, takewhile, zip_longest

from rag.text.sentences import sentences

Row = Sequence[str]
_CELL_ENDS = re.compile(r"(?<!\\)\|")
# A longer cell, or one of several lines, is no value but a text.
MAX_VALUE_CHARS = 160
# A row goes on in another line beyond: the line is what is quoted, and should fit into a chunk with others.
MAX_LINE_CHARS = 300
# A longer heading is cut: it is said again in every row.
_MAX_HEADING_CHARS = 80
_YEAR = re.compile(r"(?:19|20)\d\d")
# Of so many rows at most so many cells of a column must be numbers for the row above them to be headings.
_JUDGED_ROWS, _MOSTLY = 50, 2 / 3
# So many rows are headings at most, each of a group of columns below one of a larger group.
_MOST_HEADINGS = 4


@dataclass(frozen=True, slots=True)
class TableParts:
    """The rows of a table, each with its number among those given: its title, the headings of columns, all others."""

    titles: Sequence[tuple[int, Row]]
    headings: Sequence[tuple[int, Row]]
    body: Sequence[tuple[int, Row]]

    def lines(self) -> Iterator[tuple[int, str]]:
        """The text of the table, each line with the number of its row; see `table_lines`."""
        labels = _labels([row for _, row in self.headings])
        for number, row in self.titles:
            yield from ((number, line) for line in _row_lines(row, []))
        for number, row in self.body:
            yield from ((number, line) for line in _row_lines(row, labels))


def table_lines(rows: Sequence[Row], headings: int | None = None) -> list[str]:
    """The text of a table, line by line: "Sơn La: Số người: 12; Số xã: 5".

    A row has its cells from left to right, a merged cell in each place that it takes, the lines of a cell apart by line
    feeds. `headings` says how many of the first rows are headings; None leaves that to be told from the cells. The
    first cell names its row where it is a text, without its own heading. Cells that are texts are paragraphs of their
    own, and a table of one column is nothing but paragraphs; empty cells, rows and columns are left out. First rows of
    one cell are the title, a line of its own.
    """
    return [line for _, line in table_parts(rows, headings).lines()]


def table_parts(rows: Sequence[Row], headings: int | None = None) -> TableParts:
    """The parts of a table, see `table_lines`; empty rows and columns are left out."""
    filled = [[_tidied(cell) for cell in row] for row in rows]
    used = sorted({place for row in filled for place, cell in enumerate(row) if cell})
    # Not all columns for each row: one row may be far longer than the others.
    kept = [(number, row) for number, row in enumerate(filled) if any(row)]
    if len(used) < 2:
        return TableParts([], [], [(number, [cell]) for number, row in kept for cell in row if cell])
    told = None if headings is None else sum(map(any, filled[:headings]))
    table = [(number, [row[place] for place in used[: bisect_left(used, len(row))]]) for number, row in kept]
    # A heading may stand alone too, beside an empty corner; where headings are told from the cells that is not known.
    titles = [*takewhile(lambda row: _is_title(row[1]) and (told is None or bool(row[1][0])), table[:-1])]
    table = table[len(titles) :]
    # Where only titles were said to be headings, those of the columns are still to be told.
    guessed = told is None or 0 < told <= len(titles)
    count = _heading_rows([row for _, row in table]) if guessed else max(0, (told or 0) - len(titles))
    count = count if count < len(table) else 0
    return TableParts(titles, table[:count], table[count:])


def cells_between_bars(line: str) -> list[str]:
    """The cells of a row that is written with bars; one behind a backslash is none of these marks."""
    return [cell.strip().replace("\\|", "|") for cell in _CELL_ENDS.split(line.strip().removeprefix("|"))]


def is_value(text: str) -> bool:
    """Whether the text of a cell is one short sentence at most, that may stand in a line with others."""
    return "\n" not in text and len(text) <= MAX_VALUE_CHARS and len(sentences(text)) <= 1


def _tidied(cell: str) -> str:
    """The lines of a cell without blank ones; a blank is one space."""
    return "\n".join(filter(None, (" ".join(line.split()) for line in cell.split("\n"))))


def _is_title(row: Row) -> bool:
    """Whether a row is one cell, as over all columns, above the headings: the title of the table."""
    distinct = {cell for cell in row if cell}
    return len(distinct) == 1 and any(map(str.isalpha, *distinct))


def has_headings(rows: Sequence[Row]) -> bool:
    """Whether the first rows are surely headings, as they stand above numbers and are none."""
    parts = table_parts(rows)
    columns = (list(filter(None, column)) for column in zip(*(row for _, row in parts.body), strict=False))
    return bool(parts.headings) and any(map(_is_headed, parts.headings[-1][1], columns))


def _heading_rows(table: Sequence[Row]) -> int:
    """How many rows are headings, by the cells: 0, 1, or as many as cells of one span several columns of the next."""
    if len(table) < 2 or not _may_be_headings(table[:1]):
        return 0
    count = 1
    while (
        count < min(_MOST_HEADINGS, len(table) - 1)
        and any(left == right for left, right in pairwise(table[count - 1]))
        and _may_be_headings(table[: count + 1])
    ):
        count += 1
    # Two columns of words are names and what is said of them more often than headings and rows.
    if len(table[0]) > 2 and not any(map(str.isdigit, "".join(table[0]))):
        return count
    body = table[count : count + _JUDGED_ROWS]
    columns = ([row[place] for row in body if place < len(row) and row[place]] for place in range(len(table[0])))
    return count if any(map(_is_headed, table[count - 1], columns)) else 0


def _is_headed(heading: str, cells: Sequence[str]) -> bool:
    """Whether the cells below are numbers and the heading is none, or a year above what are no years."""
    if _YEAR.fullmatch(heading):
        return bool(cells) and not any(map(_YEAR.fullmatch, cells))
    return bool(cells) and sum(map(_is_number, cells)) >= _MOSTLY * len(cells) and not _is_number(heading)


def _may_be_headings(rows: Sequence[Row]) -> bool:
    """Whether all cells but the first of the last of these rows are short and no numbers but years.

    They have to differ, together with those above them, unless they are merged.
    """
    row = rows[-1]
    columns = [*zip(*rows, strict=False)]
    distinct = [column for column, before in zip(columns, [(), *columns], strict=False) if column != before]
    return (
        all(row[1:])
        and len(set(distinct)) == len(distinct) > 1
        and all("\n" not in cell and len(cell) <= _MAX_HEADING_CHARS for cell in row)
        and all(not _is_number(cell) or _YEAR.fullmatch(cell) for cell in row)
    )


def _is_number(cell: str) -> bool:
    return any(map(str.isdigit, cell)) and not any(map(str.isalpha, cell))


def _labels(rows: Sequence[Row]) -> list[str]:
    """The headings of each column from top to bottom, as one text."""
    columns = (
        [_value(cell.replace("\n", " ")) for cell in column if cell] for column in zip_longest(*rows, fillvalue="")
    )
    return [_label([*dict.fromkeys(column)]) for column in columns]


def _label(headings: Sequence[str]) -> str:
    """Headings from top to bottom as one text; where it is too long, the upper ones lose their end."""
    *upper, last = headings or [""]
    last = last[:_MAX_HEADING_CHARS]
    above = " – ".join(upper)[: max(0, _MAX_HEADING_CHARS - len(last) - 3)].rstrip(" –")
    return f"{above} – {last}".removeprefix(" – ").rstrip(": ")


@dataclass(frozen=True, slots=True)
class _Cell:
    heading: str
    text: str


def _row_lines(row: Row, labels: Sequence[str]) -> Iterator[str]:
    placed = [_Cell(heading, cell) for heading, cell in zip(chain(labels, repeat("")), row, strict=False)]
    # A cell that is merged over columns of one heading is said once.
    cells = [
        each
        for before, each in zip([None, *placed], placed, strict=False)
        if each.text and not (each.heading and each == before)
    ]
    # One cell alone, or words merged over the row; numbers may be the same in each column.
    if len(cells) == 1 or (len({cell.text for cell in cells}) == 1 and not _is_number(cells[0].text)):
        yield from cells[0].text.split("\n")
        return
    short = [_Cell(cell.heading, _value(cell.text)) for cell in cells if is_value(cell.text)]
    if not any(labels) and len(short) < len(cells) and not (len(cells) == 2 and _is_name(cells[0])):
        yield from (line for cell in cells for line in cell.text.split("\n"))
        return
    # In the first column, or behind a number there; further on a cell is no name but a value with its heading.
    leading = short[: sum(bool(cell) and is_value(cell) for cell in row[:2])]
    named = next(filter(_is_name, leading), None)
    name = named.text.rstrip(":") if named else ""
    yield from _packed(name, [cell for cell in short if cell is not named])
    for cell in cells:
        if not is_value(cell.text):
            first, *others = cell.text.split("\n")
            yield _line(name, cell.heading, first)
            yield from others


def _packed(name: str, cells: Sequence[_Cell]) -> Iterator[str]:
    """The values of a row in as few lines as they fit, each with the name of the row."""
    values: list[str] = []
    for value in (_line(cell.heading, cell.text) for cell in cells):
        line = _line(name, "; ".join([*values, value]))
        # A mark in a value may end a sentence: then it has a line to itself.
        if values and (len(line) > MAX_LINE_CHARS or len(sentences(line)) > 1):
            yield _line(name, "; ".join(values))
            values = []
        values.append(value)
    if values:
        yield _line(name, "; ".join(values))


def _line(*parts: str) -> str:
    return ": ".join(filter(None, parts))


def _value(text: str) -> str:
    """A value without the full stop at its end: more may follow in the line."""
    return text[:-1] if text.endswith((".", ";")) and text[-2:-1].isalnum() else text


def _is_name(cell: _Cell) -> bool:
    return is_value(cell.text) and any(map(str.isalpha, cell.text))
