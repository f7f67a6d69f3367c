from __future__ import annotations

import io
import zipfile
from datetime import date, time
from typing import Any

import pytest
from openpyxl.styles import Font
from openpyxl.worksheet.table import Table

from rag.documents.number_format import Number
from rag.documents.packed_file import DAMAGED
from rag.documents.workbook import Workbook
from rag.documents.worksheet import Sheet, read_sheet
from tests.documents.office_files import repacked, saved, workbook

SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{KIND}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{KIND}/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>'
)
ROWS: list[list[str | int]] = [["Cầu", "Dài"], ["Rồng", 666], ["Hàn", 487]]


def read(content: bytes) -> Sheet:
    opened = Workbook(zipfile.ZipFile(io.BytesIO(content)))
    return read_sheet(opened, opened.sheets[0])


def sheet_of(markup: str, strings: str = "") -> Sheet:
    """The sheet that is written so, with shared strings if any."""
    changes = {"xl/worksheets/sheet1.xml": SHEET.format(markup)}
    if strings:
        changes["xl/sharedStrings.xml"] = f'<sst xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main">{strings}</sst>'
        changes["xl/_rels/workbook.xml.rels"] = RELATIONS
    return read(repacked(saved(workbook(A=[["x"]])), changes))


def cells(markup: str, strings: str = "") -> list[Any]:
    rows = sheet_of(f"<sheetData>{markup}</sheetData>", strings).rows
    return [cell.value if isinstance(cell, Number) else cell for row in rows.values() for cell in row.values()]


def test_cells_are_texts_and_numbers_with_their_formats() -> None:
    book = workbook(A=[["Cầu", 0.5, date(2013, 3, 29), True, time(8, 30), "=1+1"]])
    book["A"]["B1"].number_format = "0%"
    book["A"]["F1"].data_type = "s"  # a text that looks like a formula
    found = read(saved(book)).rows[1]
    shown = {column: cell.shown("en") if isinstance(cell, Number) else cell for column, cell in found.items()}
    assert shown == {1: "Cầu", 2: "50%", 3: "2013-03-29", 4: "TRUE", 5: "08:30:00", 6: "=1+1"}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c t="str"><f>A1</f><v>chữ</v></c>', ["chữ"]),
        ('<c t="str"><f>""</f><v/></c>', []),
        ("<c><f>1+1</f><v>2</v></c>", [2.0]),
        ('<c t="e"><v>#N/A</v></c>', []),
        ('<c t="b"><v>0</v></c>', ["FALSE"]),
        ('<c t="d"><v>2024-09-07T00:00:00Z</v></c>', [45542.0]),
        ('<c t="inlineStr"><is><t>a &lt;b&gt;_x000A_b</t></is></c>', ["a <b>\nb"]),
        ('<c t="s"><v>0</v></c>', ["Cầu Rồng"]),
        ("<c/>", []),
    ],
)
def test_kinds_of_cells(cell: str, value: list[Any]) -> None:
    strings = "<si><r><t>Cầu</t></r><r><t> Rồng</t></r><rPh><t>kana</t></rPh></si>"
    assert cells(f"<row>{cell}</row>", strings) == value


def test_rows_and_cells_may_leave_out_their_places() -> None:
    rows = sheet_of(
        '<sheetData><row r="3"><c r="B3"><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row></sheetData>'
    ).rows
    assert {number: [*row] for number, row in rows.items()} == {3: [2, 3], 4: [1]}


def test_formulas_without_a_kept_value_are_named() -> None:
    found = read(saved(workbook(A=[["Cộng", "=SUM(1,2)"], *[[""] * 27 + ["=1"]] * 2])))
    assert found.unkept == ("B1", "AB2", "AB3")
    assert found.rows == {1: {1: "Cộng"}}


def test_what_is_hidden_is_left_out() -> None:
    book = workbook(A=[["a", "b", "c", "d"], ["e", "f", "g", "=1"], ["h", "i", "j", "=2"]])
    book["A"].column_dimensions["B"].hidden = True
    book["A"].row_dimensions[2].hidden = True
    found = read(saved(book))
    assert found.rows == {1: {1: "a", 3: "c", 4: "d"}, 3: {1: "h", 3: "j"}}
    assert found.unkept == ("D3",)


def test_what_a_filter_or_a_closed_group_hides_is_there() -> None:
    book = workbook(A=ROWS)
    book["A"].row_dimensions.group(2, 2, hidden=True)
    assert set(read(saved(book)).rows) == {1, 2, 3}
    book = workbook(A=ROWS)
    book["A"].row_dimensions[3].hidden = True
    book["A"].auto_filter.ref = "A1:B3"
    assert set(read(saved(book)).rows) == {1, 2}, "nothing is chosen in it"
    book["A"].auto_filter.add_filter_column(0, ["Rồng"])
    assert set(read(saved(book)).rows) == {1, 2, 3}


def test_headings_are_named_by_filters_tables_and_what_stays() -> None:
    book = workbook(A=[["x"], *ROWS])
    book["A"].auto_filter.ref = "A2:B4"
    book["A"].freeze_panes = "B3"
    found = read(saved(book))
    assert found.headed == {2}
    assert found.frozen == 2
    book = workbook(A=[["x"], *ROWS])
    book["A"].add_table(Table(displayName="T", ref="A2:B4"))
    assert read(saved(book)).headed == {2}


def test_merged_cells_are_areas() -> None:
    book = workbook(A=ROWS)
    book["A"].merge_cells("A1:B1")
    assert read(saved(book)).merged == ((1, 1, 1, 2),)


def test_text_in_old_fonts_is_repaired() -> None:
    book = workbook(A=[["ViÖt Nam", "ViÖt"]])
    book["A"]["A1"].font = Font(name=".VnTime")
    found = read(saved(book))
    assert (found.rows[1][1], found.rows[1][2]) == ("Việt Nam", "ViÖt")
    assert found.repaired == {"TCVN3"}
    runs = '<si><r><rPr><rFont val=".VnTime"/></rPr><t>ViÖt</t></r><r><t> Nam</t></r></si>'
    assert cells('<row><c t="s"><v>0</v></c></row>', runs) == ["Việt Nam"]


@pytest.mark.parametrize(
    "markup",
    [
        '<sheetData><row r="0"/></sheetData>',
        '<sheetData><row r="1048577"/></sheetData>',
        '<sheetData/><mergeCells><mergeCell ref="A0:B9"/></mergeCells>',
        "<sheetData><row>",
    ],
)
def test_what_no_program_writes_is_damaged(markup: str) -> None:
    with pytest.raises(DAMAGED):
        sheet_of(markup)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ('<c r="XFE1"/>', "XFE1"),
        ('<c r="1A"/>', "1A"),
        ('<c t="s"><v>7</v></c>', "B4"),
        ('<c t="s"><v>x</v></c>', "B4"),
        ('<c s="99"><v>7</v></c>', "B4"),
        ("<c><v>1e999</v></c>", "B4"),
        ("<c><v>nan</v></c>", "B4"),
        ('<c t="d"><v>today</v></c>', "B4"),
        (f'<c r="{"A" * 999}"/>', "A" * 20),
    ],
)
def test_a_damaged_cell_costs_itself_alone(cell: str, name: str) -> None:
    before, behind = '<c t="str"><v>trước</v></c>', '<c r="D4" t="str"><v>sau</v></c>'
    found = sheet_of(f'<sheetData><row r="4">{before}{cell}{behind}</row></sheetData>')
    assert found.rows == {4: {1: "trước", 4: "sau"}}
    assert found.damaged == (name,)
    assert not sheet_of(f'<sheetData><row r="4" hidden="1">{cell}</row></sheetData>').damaged


def test_a_cell_without_a_place_stands_behind_a_damaged_one() -> None:
    found = sheet_of('<sheetData><row><c><v>1</v></c><c r="?"><v>2</v></c><c><v>3</v></c></row></sheetData>')
    assert [*found.rows[1]] == [1, 3]


def test_comments_in_the_markup_are_no_cells() -> None:
    assert cells('<!-- a --><row><!-- b --><c t="str"><!-- c --><v>chữ</v></c><?d e?></row>') == ["chữ"]
    alone = '<!-- a --><row xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><c><v>5</v></c></row>'
    content = repacked(saved(workbook(A=[["x"]])), {"xl/worksheets/sheet1.xml": alone})
    assert read(content).rows == {1: {1: Number(5.0, "")}}


def test_a_number_of_frozen_rows_without_end_is_damage() -> None:
    with pytest.raises(DAMAGED):
        sheet_of('<sheetViews><sheetView><pane state="frozen" ySplit="1e400"/></sheetView></sheetViews>')
