from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from rag.documents import sheet_tables
from rag.documents.number_format import Number
from rag.documents.sheet_tables import sheet_lines
from rag.documents.worksheet import Cell, Sheet
from rag.errors import DocumentError

EMPTY = Sheet({}, (), frozenset(), 0, (), (), frozenset())


def sheet(rows: Mapping[int, list[str | int]], **about: Any) -> Sheet:
    """A sheet of rows by their numbers; numbers are numbers, "" is no cell."""
    cells: dict[int, dict[int, Cell]] = {
        number: {
            column: Number(float(cell), "") if isinstance(cell, int) else cell
            for column, cell in enumerate(row, start=1)
            if cell != ""
        }
        for number, row in rows.items()
    }
    return replace(EMPTY, rows=cells, **about)


RIVERS: dict[int, list[str | int]] = {10: ["Sông", "Dài"], 11: ["Đà", 927], 12: ["Lam", 512]}


def test_rows_have_their_headings_and_titles_a_line() -> None:
    rows: dict[int, list[str | int]] = {1: ["Dân số năm 2019"], 3: ["Tỉnh", "Số dân"], 4: ["Sơn La", 1248415]}
    assert sheet_lines(sheet(rows), "a") == ["Dân số năm 2019", "Sơn La: Số dân: 1248415"]


def test_blank_rows_part_tables_where_headings_follow() -> None:
    rows: dict[int, list[str | int]] = {1: ["Tỉnh", "Số dân"], 2: ["Sơn La", 12], 4: ["Lai Châu", 5], 6: ["Nguồn: An"]}
    assert sheet_lines(sheet({**rows, **RIVERS}), "a") == [
        "Sơn La: Số dân: 12", "Lai Châu: Số dân: 5", "Nguồn: An", "Đà: Dài: 927", "Lam: Dài: 512",
    ]  # fmt: skip


def test_numbers_that_a_unit_makes_texts_of_tell_headings_too() -> None:
    rows: dict[int, Mapping[int, Cell]] = {1: {1: "Sông", 2: "Dài"}, 2: {1: "Đà", 2: Number(927.0, '0" km"')}}
    assert sheet_lines(replace(EMPTY, rows=rows), "a") == ["Đà: Dài: 927 km"]


TERMS: dict[int, list[str | int]] = {1: ["Từ", "Nghĩa"], 2: ["CSDL", "cơ sở dữ liệu"], 3: ["ĐH", "đại học"]}


def test_headings_of_texts_are_those_that_a_filter_or_what_stays_names() -> None:
    told = ["CSDL: Nghĩa: cơ sở dữ liệu", "ĐH: Nghĩa: đại học"]
    assert sheet_lines(sheet(TERMS), "a") == ["Từ: Nghĩa", "CSDL: cơ sở dữ liệu", "ĐH: đại học"]
    assert sheet_lines(sheet(TERMS, headed=frozenset({1})), "a") == told
    assert sheet_lines(sheet(TERMS, frozen=1), "a") == told
    assert sheet_lines(sheet(TERMS, frozen=3), "a") == sheet_lines(sheet(TERMS), "a")


def test_a_table_that_has_a_name_begins_anew() -> None:
    below: dict[int, list[str | int]] = {number + 4: row for number, row in TERMS.items()}
    lines = sheet_lines(sheet({**TERMS, **below}, headed=frozenset({1, 5})), "a")
    assert lines == ["CSDL: Nghĩa: cơ sở dữ liệu", "ĐH: Nghĩa: đại học"] * 2


def test_a_merged_cell_is_in_each_of_its_places() -> None:
    rows: dict[int, list[str | int]] = {
        1: ["Tỉnh", "Dân số"], 2: ["", "Nam", "Nữ"], 3: ["Sơn La", 1, 2], 4: ["", 3, 4],
    }  # fmt: skip
    merged = ((1, 2, 1, 3), (1, 1, 2, 1), (3, 1, 4, 1), (100, 1, 200, 1), (1, 50, 1, 60))
    assert sheet_lines(sheet(rows, merged=merged), "a") == [
        "Sơn La: Dân số – Nam: 1; Dân số – Nữ: 2",
        "Sơn La: Dân số – Nam: 3; Dân số – Nữ: 4",
    ]


def test_cells_that_are_spread_without_end_are_not_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    corners: dict[int, Mapping[int, Cell]] = {number: {number: "x"} for number in range(1, 12)}
    spread = replace(EMPTY, rows=corners)
    assert sheet_lines(spread, "a") == ["x"] * 11
    monkeypatch.setattr(sheet_tables, "MAX_PLACES", 120)
    with pytest.raises(DocumentError, match=r"^a: its cells are spread over more than 120 places; split it"):
        sheet_lines(spread, "a")
    with pytest.raises(DocumentError, match=r"^a: its merged cells take more than 120 places; split it"):
        sheet_lines(sheet(RIVERS, merged=((1, 1, 1_000_000, 16_384),) * 40), "a")


def test_nothing_is_no_line() -> None:
    assert sheet_lines(EMPTY, "a") == []
