from __future__ import annotations

import io
import zipfile
from datetime import datetime

import pytest
from openpyxl.chart import BarChart
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from rag.documents.packed_file import DAMAGED
from rag.documents.workbook import Style, Workbook, elements, runs_of, unescaped
from rag.documents.worksheet import read_sheet
from tests.documents.office_files import packed, repacked, saved, workbook

KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def opened(content: bytes) -> Workbook:
    return Workbook(zipfile.ZipFile(io.BytesIO(content)))


def test_sheets_of_cells_come_in_their_order_with_what_is_hidden() -> None:
    book = workbook(Một=[["x"]], Hai=[["y"]])
    book.create_chartsheet("Hình", 0).add_chart(BarChart())
    book["Hai"].sheet_state = "hidden"
    book.properties.title, book.properties.creator = "Nhan đề", "Lê An"
    found = opened(saved(book))
    assert [(each.name, each.hidden) for each in found.sheets] == [("Một", False), ("Hai", True)]
    assert (found.title, found.author) == ("Nhan đề", "Lê An")


def test_styles_are_fonts_and_codes_built_in_or_own() -> None:
    book = workbook(A=[["x", 1, 2]])
    book["A"]["A1"].font = Font(name=".VnTime")
    book["A"]["B1"].number_format = "0%"
    book["A"]["C1"].number_format = '0" km"'
    styles = opened(saved(book)).styles
    assert [style.code for style in styles] == ["", "", "0%", '0" km"']
    assert styles[1] == Style(".VnTime", "")


def test_days_of_a_book_that_counts_from_1904() -> None:
    book = workbook(A=[])
    book.epoch = CALENDAR_MAC_1904
    book["A"].append([datetime(2024, 9, 7)])
    found = opened(saved(book))
    number = read_sheet(found, found.sheets[0]).rows[1][1]
    assert not isinstance(number, str)
    assert number.shown("vi").split() == ["7/9/2024", "00:00:00"]


def test_what_lies_elsewhere_is_not_asked_for() -> None:
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{KIND}/worksheet" Target="https://bao.example/a.xml" TargetMode="External"/>'
        "</Relationships>"
    )
    content = repacked(saved(workbook(A=[["x"]])), {"xl/_rels/workbook.xml.rels": relations})
    assert opened(content).sheets == ()


@pytest.mark.parametrize("content", [packed({"a": "b"}), packed({"_rels/.rels": "<Relationships/>"})])
def test_what_is_no_book_is_damaged(content: bytes) -> None:
    with pytest.raises(DAMAGED):
        opened(content)


def test_texts_have_runs_and_escaped_characters_and_no_reading_aid() -> None:
    runs = "<r><rPr><rFont val='F'/></rPr><t>c</t></r><r><t/></r><rPh><t>d</t></rPh>"
    part = f"<sst><si><t>_x0041_b</t></si><si>{runs}</si></sst>"
    assert [runs_of(each) for each in elements(io.BytesIO(part.encode()), "si")] == [
        (("Ab", ""),),
        (("c", "F"), ("", "")),
    ]
    assert unescaped("a_x000D_\n_xyz") == "a\r\n_xyz"
