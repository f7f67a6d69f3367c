from __future__ import annotations

from pathlib import Path

from pptx.util import Inches

from tests.documents.files import only
from tests.documents.office_files import add_table, saved, slides


def test_slides_come_in_order_with_their_tables_and_notes(tmp_path: Path) -> None:
    presentation = slides(("Cầu Đà Nẵng", "Sông Hàn có nhiều cầu.\nHai cầu treo."), ("Cầu Rồng", "Dài 666 m."))
    first, second = presentation.slides
    add_table(first, [["Cầu", "Dài (m)"], ["Rồng", "666"]])
    group = second.shapes.add_group_shape()
    group.shapes.add_textbox(*[Inches(1)] * 4).text_frame.text = "Trong nhóm."
    second.notes_slide.notes_text_frame.text = "Nói thêm."
    presentation.core_properties.author = "Lê An"
    article = only(tmp_path, "a.pptx", saved(presentation))
    assert article.text.split("\n") == [
        "Cầu Đà Nẵng", "Sông Hàn có nhiều cầu.", "Hai cầu treo.", "Rồng: Dài (m): 666",
        "Cầu Rồng", "Dài 666 m.", "Trong nhóm.", "Nói thêm.",
    ]  # fmt: skip
    assert (article.title, article.author, article.published) == ("Cầu Đà Nẵng", "Lê An", None)


def test_without_a_slide_title_the_properties_have_it(tmp_path: Path) -> None:
    presentation = slides(("", "Một câu."))
    presentation.core_properties.title = "PowerPoint Presentation"
    assert only(tmp_path, "tên.pptx", saved(presentation)).title == "tên"
    presentation.core_properties.title = "Nhan đề"
    assert only(tmp_path, "a.pptx", saved(presentation)).title == "Nhan đề"


def test_text_in_old_fonts_is_repaired(tmp_path: Path) -> None:
    presentation = slides(("Cầu", "ViÖt Nam"))
    presentation.slides[0].placeholders[1].text_frame.paragraphs[0].runs[0].font.name = ".VnTime"
    article = only(tmp_path, "a.pptx", saved(presentation))
    assert article.text == "Cầu\nViệt Nam"
    assert article.repaired == "TCVN3 -> Unicode"


def test_merged_cells(tmp_path: Path) -> None:
    presentation = slides(("Cầu", "x"))
    add_table(presentation.slides[0], [["Tỉnh", "Dân số", ""], ["Sơn La", "1", "2"], ["", "3", "4"]])
    table = presentation.slides[0].shapes[-1].table
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(1, 0).merge(table.cell(2, 0))
    lines = only(tmp_path, "a.pptx", saved(presentation)).text.split("\n")
    assert lines[2:] == ["Sơn La: Dân số: 1; Dân số: 2", "Sơn La: Dân số: 3; Dân số: 4"]
