"""The tables of a sheet, one below the other, and their text."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import takewhile

from rag.documents.number_format import Number
from rag.documents.table import is_value, table_lines
from rag.documents.worksheet import Cell, Sheet
from rag.errors import DocumentError
from rag.text.language import language_of

# Rows times columns: a cell in each of many corners spans thousands of times as many.
MAX_PLACES = 2_000_000
# So much of the texts of a sheet tells their language.
_JUDGED_CHARS = 4000
# Of so many rows more than this share of a column must be numbers for the row above them to be headings.
_JUDGED_ROWS, _MOSTLY = 50, 2 / 3

# A row with its number in the sheet.
_Row = tuple[int, list[str]]


def sheet_lines(sheet: Sheet, place: str) -> list[str]:
    """The text of a sheet, line by line, as `table_lines` has it; numbers and days as its language writes them.

    Raises `DocumentError` at a place where cells are spread over more than `MAX_PLACES`.
    """
    columns = sorted({column for row in sheet.rows.values() for column in row})
    if len(sheet.rows) * len(columns) > MAX_PLACES:
        raise DocumentError(place, f"its cells are spread over more than {MAX_PLACES:,} places; split it")
    language = _language(sheet)
    rows = [
        (number, [_shown(cells.get(column, ""), language) for column in columns])
        for number, cells in sorted(sheet.rows.items())
    ]
    _fill_merged(sheet, rows, columns, place)
    return [
        line
        for table in _tables(sheet, rows)
        for line in table_lines([cells for _, cells in table], _headings(sheet, table))
    ]


def _shown(cell: Cell, language: str) -> str:
    return cell.shown(language) if isinstance(cell, Number) else cell


def _language(sheet: Sheet) -> str:
    texts: list[str] = []
    chars = 0
    for cell in (cell for row in sheet.rows.values() for cell in row.values() if isinstance(cell, str)):
        texts.append(cell)
        chars += len(cell)
        if chars > _JUDGED_CHARS:
            break
    return language_of("\n".join(texts))


def _fill_merged(sheet: Sheet, rows: Sequence[_Row], columns: Sequence[int], place: str) -> None:
    """Put a value into each place that its merged cell takes; a text is not said again."""
    numbers, left = [number for number, _ in rows], MAX_PLACES
    for top, first, bottom, last in sheet.merged:
        within = rows[bisect_left(numbers, top) : bisect_right(numbers, bottom)]
        places = slice(bisect_left(columns, first), bisect_right(columns, last))
        width = places.stop - places.start
        left -= len(within) * width
        if left < 0:
            raise DocumentError(place, f"its merged cells take more than {MAX_PLACES:,} places; split it")
        if first in sheet.rows.get(top, {}):
            text = within[0][1][places.start]
            for _, cells in within if is_value(text) else ():
                cells[places] = [text] * width


def _tables(sheet: Sheet, rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """The rows parted where blank ones stand before headings; rows behind other blank ones belong to those before."""
    table: list[_Row] = []
    for block in _blocks(rows):
        named = any(number in sheet.headed for number, _ in block)
        if table and (named or _named_above(sheet, block)):
            yield table
            table = []
        table += block
    if table:
        yield table


def _blocks(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Runs of rows without a blank one among them."""
    block: list[_Row] = []
    for row in rows:
        if block and row[0] > block[-1][0] + 1:
            yield block
            block = []
        block.append(row)
    if block:
        yield block


def _headings(sheet: Sheet, table: Sequence[_Row]) -> int | None:
    """How many of the first rows of a table are headings; None where neither the sheet nor its numbers say."""
    named = [count for count, (number, _) in enumerate(table, start=1) if number in sheet.headed]
    if named:
        return named[0]
    if table[0][0] <= sheet.frozen < table[-1][0]:
        return sum(number <= sheet.frozen for number, _ in table)
    return _named_above(sheet, table) or None


def _named_above(sheet: Sheet, table: Sequence[_Row]) -> int:
    """How many rows are titles and headings, these all texts and right above numbers; 0 where no row is such."""
    rows = [sheet.rows[number] for number, _ in table]
    titles = sum(1 for _ in takewhile(lambda row: len(row) == 1, rows))
    headings, body = rows[titles : titles + 1], rows[titles + 1 :][:_JUDGED_ROWS]
    if not body or any(map(_is_number, headings[0].values())) or not any(map(_is_number, body[0].values())):
        return 0
    columns = ([_is_number(row[column]) for row in body if column in row] for column in headings[0])
    return titles + 1 if any(sum(kinds) > _MOSTLY * len(kinds) for kinds in columns) else 0


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, Number)
