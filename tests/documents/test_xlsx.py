from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from rag.documents import sheet_tables
from tests.documents.files import articles, errors, only, read_in_this_process, written
from tests.documents.office_files import repacked, saved, workbook

RIVERS: list[list[str | int]] = [["Sông", "Dài (km)"], ["Đà", 927], ["Lam", 512]]
REFERENCE = "&a{};"
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "'
    + "b" * 1000
    + '">'
    + "".join(f'<!ENTITY a{n} "{REFERENCE.format(n - 1 if n else "") * 10}">' for n in range(9))
    + ']><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row>'
    '<c t="str"><v>&a8;</v></c></row></sheetData></worksheet>'
)
FIRST = "xl/worksheets/sheet1.xml"


def test_each_sheet_is_an_article_with_its_name(tmp_path: Path) -> None:
    book = workbook(Sông=RIVERS, Trống=[], Ẩn=[["kín"]], Cầu=[["Cầu Rồng", "<b>dài</b> 666 m"]])
    book["Ẩn"].sheet_state = "veryHidden"
    book.properties.creator = "Lê An"
    found = articles(written(tmp_path, "mục.xlsx", saved(book)))
    assert [(each.id, each.title, each.text, each.author, each.published) for each in found] == [
        ("mục.xlsx/Sông", "mục – Sông", "Đà: Dài (km): 927\nLam: Dài (km): 512", "Lê An", None),
        ("mục.xlsx/Cầu", "mục – Cầu", "Cầu Rồng: <b>dài</b> 666 m", "Lê An", None),
    ]


def test_one_sheet_needs_no_name_and_the_properties_have_the_title(tmp_path: Path) -> None:
    book = workbook(Sheet1=RIVERS)
    article = only(tmp_path, "tên.xlsx", saved(book))
    assert (article.id, article.title, article.author) == ("tên.xlsx/Sheet1", "tên", None)
    book.properties.title = "Các sông"
    assert only(tmp_path, "a.xlsx", saved(book)).title == "Các sông"


def test_formulas_without_a_kept_value_are_told_and_the_rest_is_read(tmp_path: Path) -> None:
    file = written(tmp_path, "a.xlsx", saved(workbook(A=[*RIVERS, ["Cộng", *["=B2+B3"] * 5]], B=[["=1"]])))
    assert [each.text for each in articles(file)] == ["Đà: Dài (km): 927\nLam: Dài (km): 512\nCộng"]
    first, second = errors(file)
    assert str(first) == (
        f"{file}:1: the file keeps no value of the formulas in B4, C4, D4 and 2 more; save it anew with Excel"
    )
    assert second.place == f"{file}:2"


def test_damaged_cells_are_told_and_the_rest_is_read(tmp_path: Path) -> None:
    content = saved(workbook(A=RIVERS))
    part = _part(content, FIRST).replace("<v>512</v>", "<v>5l2</v>")
    file = written(tmp_path, "a.xlsx", repacked(content, {FIRST: part}))
    assert [each.text for each in articles(file)] == ["Đà: Dài (km): 927\nLam"]
    assert [str(each) for each in errors(file)] == [f"{file}:1: cannot be read in B3; mend these cells in Excel"]


def test_a_sheet_of_a_name_that_another_has(tmp_path: Path) -> None:
    content = saved(workbook(A=[["một"]], B=[["hai"]]))
    twice = repacked(content, {"xl/workbook.xml": _part(content, "xl/workbook.xml").replace('name="B"', 'name="A"')})
    file = written(tmp_path, "a.xlsx", twice)
    assert [each.text for each in articles(file)] == ["một"]
    assert [str(each) for each in errors(file)] == [f"{file}:2: has the name of another sheet; rename it"]


def test_a_file_without_text_is_empty(tmp_path: Path) -> None:
    (error,) = errors(written(tmp_path, "a.xlsx", saved(workbook(A=[[" ", "-"]]))))
    assert "is empty" in error.reason


@pytest.mark.parametrize("part", [BOMB, b"<worksheet>", b"\xff" * 9])
def test_a_hostile_or_damaged_sheet_costs_itself_alone(tmp_path: Path, part: str | bytes) -> None:
    file = written(tmp_path, "a.xlsx", repacked(saved(workbook(A=[["x"]], B=[["hai"]])), {FIRST: part}))
    assert [each.text for each in articles(file)] == ["hai"]
    (error,) = errors(file)
    assert error.place == f"{file}:1"
    assert error.reason == "the sheet is missing or damaged; open the file in Excel and save it anew"


def test_nothing_is_fetched_or_expanded(tmp_path: Path) -> None:
    secret = written(tmp_path, "secret.txt", "bí mật")
    part = (
        f'<!DOCTYPE x [<!ENTITY a SYSTEM "{secret.as_uri()}">]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row>'
        '<c t="str"><v>&a;</v></c><c t="str"><v>x</v></c></row></sheetData></worksheet>'
    )
    assert only(tmp_path, "a.xlsx", repacked(saved(workbook(A=[["x"]])), {FIRST: part})).text == "x"


def test_a_million_empty_rows_are_nothing(tmp_path: Path) -> None:
    content = saved(workbook(A=RIVERS))
    rows = "".join(f'<row r="{number}"/>' for number in range(4, 1_000_000))
    part = _part(content, FIRST).replace("</sheetData>", f"{rows}</sheetData>")
    assert only(tmp_path, "a.xlsx", repacked(content, {FIRST: part})).text.split("\n") == [
        "Đà: Dài (km): 927",
        "Lam: Dài (km): 512",
    ]


def test_a_sheet_that_is_too_large_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_in_this_process(monkeypatch)
    monkeypatch.setattr(sheet_tables, "MAX_PLACES", 4)
    file = written(tmp_path, "a.xlsx", saved(workbook(A=[["một"]], B=RIVERS)))
    assert [each.text for each in articles(file)] == ["một"]
    assert [each.place for each in errors(file)] == [f"{file}:2"]


def _part(content: bytes, name: str) -> str:
    return zipfile.ZipFile(io.BytesIO(content)).read(name).decode()
