"""One sheet of a spreadsheet: the cells that it shows, and what it says of their headings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from rag.documents.legacy_encoding import unicode_of_runs
from rag.documents.number_format import Number, serial_of
from rag.documents.packed_file import xml_tree
from rag.documents.workbook import Runs, SheetPart, Style, Workbook, elements, runs_of, unescaped

# Those of Excel itself.
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
_MAX_NAME = 20  # characters of what stands in the place of a cell's name
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

Cell = str | Number
# First row, first column, last row, last column.
Area = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of a sheet by row and column (from 1, in no order) that are neither empty nor hidden.

    `merged` are areas of which the first cell stands for all. `headed` are the rows of headings that a filter or a
    table names, `frozen` how many rows stay where they are when the others scroll. `unkept` names the cells whose
    formulas keep no value, `damaged` those that cannot be read, `repaired` the encodings from before Unicode that fonts
    told.
    """

    rows: Mapping[int, Mapping[int, Cell]]
    merged: tuple[Area, ...]
    headed: frozenset[int]
    frozen: int
    unkept: tuple[str, ...]
    damaged: tuple[str, ...]
    repaired: frozenset[str]


def read_sheet(workbook: Workbook, part: SheetPart) -> Sheet:
    """Read a sheet. Raises one of `DAMAGED` where it is none.

    What somebody has hidden is left out; what a filter or a closed group hides is there for whoever opens it.
    """
    reader = _Reader(workbook)
    for path in part.tables:
        reader.take_table(xml_tree(workbook.packed.read(path)))
    with workbook.packed.open(part.path) as content:
        for each in elements(content, *_Reader.TAKEN):
            reader.take(each)
    return reader.sheet()


class _Reader:
    TAKEN = ("pane", "col", "row", "mergeCell", "autoFilter", "filterColumn")

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._rows: dict[int, dict[int, Cell]] = {}
        self._hidden_rows: set[int] = set()
        self._hidden_columns: set[int] = set()
        self._merged: list[Area] = []
        self._headed: set[int] = set()
        self._frozen, self._filtered = 0, False
        self._unkept: list[tuple[int, str]] = []
        self._damaged: list[tuple[int, str]] = []
        self._repaired: set[str] = set()
        self._row = self._column = 0

    def sheet(self) -> Sheet:
        hidden = set() if self._filtered else self._hidden_rows
        rows = {number: cells for number, cells in self._rows.items() if number not in hidden}
        unkept, damaged = (
            tuple(name for row, name in named if row not in hidden) for named in (self._unkept, self._damaged)
        )
        headed, repaired = frozenset(self._headed), frozenset(self._repaired)
        return Sheet(rows, tuple(self._merged), headed, self._frozen, unkept, damaged, repaired)

    def take(self, element: Any) -> None:
        match element.tag.rpartition("}")[2]:
            case "row":
                self._take_row(element)
            case "mergeCell":
                self._merged.append(_area(element.get("ref", "")))
            case "col" if _is_hidden(element):
                first, last = int(element.get("min", "1")), int(element.get("max", "1"))
                self._hidden_columns |= {*range(max(first, 1), min(last, MAX_COLUMNS) + 1)}
            case "pane" if element.get("state") in ("frozen", "frozenSplit"):
                self._frozen = int(float(element.get("ySplit", "0")))
            case "autoFilter":
                self._headed.add(_area(element.get("ref", ""))[0])
            case "filterColumn":
                self._filtered = True

    def take_table(self, table: Any) -> None:
        if table.get("headerRowCount", "1") != "0":
            self._headed.add(_area(table.get("ref", ""))[0])
        self._filtered |= table.find("{*}autoFilter/{*}filterColumn") is not None

    def _take_row(self, row: Any) -> None:
        self._row = int(row.get("r", self._row + 1))
        if not 1 <= self._row <= MAX_ROWS:
            raise ValueError(f"there is no row {self._row}")
        if _is_hidden(row):
            self._hidden_rows.add(self._row)
        cells: dict[int, Cell] = {}
        self._column = 0
        for each in row.iterchildren("{*}c"):
            self._column += 1
            try:
                if each.get("r"):
                    self._column = _place(each.get("r"))[1]
                if self._column in self._hidden_columns:
                    continue
                cell = self._cell(each)
            except (ValueError, LookupError):
                self._damaged.append((self._row, each.get("r", "")[:_MAX_NAME] or self._name()))
                continue
            if cell != "":
                cells[self._column] = cell
        if cells:
            self._rows[self._row] = cells

    def _cell(self, cell: Any) -> Cell:
        kind, styles = cell.get("t", "n"), self._workbook.styles
        style = styles[int(cell.get("s", "0"))] if styles else Style()
        parts = {child.tag.rpartition("}")[2]: child for child in cell.iterchildren("{*}*")}
        kept = parts["v"].text or "" if "v" in parts else ""
        match kind:
            case "inlineStr":
                return self._text(runs_of(parts["is"]), style) if "is" in parts else ""
            case "s":
                return self._text(self._workbook.strings[int(kept)], style) if kept else ""
            case "str":
                return self._text(((unescaped(kept), ""),), style)
        if not kept:
            if "f" in parts:
                self._unkept.append((self._row, self._name()))
            return ""
        match kind:
            case "b":
                return "TRUE" if kept == "1" else "FALSE"
            case "e":
                return ""
            case "d":
                return Number(serial_of(kept), style.code or "d-m-y")
        value = float(kept)
        if not isfinite(value):
            raise ValueError(f"there is no number {kept[:20]!r}")
        return Number(value, style.code, self._workbook.days_from_1904)

    def _name(self) -> str:
        return f"{_letters(self._column)}{self._row}"

    def _text(self, runs: Runs, style: Style) -> str:
        text, repaired = unicode_of_runs((text, font or style.font) for text, font in runs)
        self._repaired |= repaired
        return text.strip()


def _is_hidden(element: Any) -> bool:
    return element.get("hidden") in ("1", "true") and element.get("outlineLevel", "0") == "0"


def _area(written: str) -> Area:
    """A range such as "A1:C3". Raises `ValueError` where it is none."""
    first, _, last = written.replace("$", "").partition(":")
    return (*_place(first), *_place(last or first))


def _place(written: str) -> tuple[int, int]:
    """Row and column of a cell such as "B3". Raises `ValueError` where there is none such."""
    found = _PLACE.fullmatch(written)
    column = 0
    for letter in found[1] if found else "":
        column = column * 26 + ord(letter) - ord("A") + 1
    if found is None or column > MAX_COLUMNS or not 1 <= int(found[2]) <= MAX_ROWS:
        raise ValueError(f"there is no cell {written[:20]!r}")
    return int(found[2]), column


def _letters(column: int) -> str:
    """The name of a column, as in "AB"."""
    name = ""
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(ord("A") + letter) + name
    return name
