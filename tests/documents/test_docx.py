from __future__ import annotations

from pathlib import Path

import pytest
from docx.enum.style import WD_STYLE_TYPE

from tests.documents.files import errors, only, written
from tests.documents.office_files import repacked, saved, with_table, word

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
BODY = f"<w:document {W}><w:body>{{}}</w:body></w:document>"
PARAGRAPH = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"


def of_xml(body: str, **parts: str) -> bytes:
    return repacked(saved(word()), {"word/document.xml": BODY.format(body), **parts})


def test_headings_paragraphs_lists_and_tables_come_in_their_order(tmp_path: Path) -> None:
    document = word()
    document.add_heading("Cầu Rồng", 1)
    document.add_paragraph("Cầu dài 666 m.")
    document.add_paragraph("Sáu làn xe", style="List Bullet")
    with_table(document, [["Cầu", "Dài (m)"], ["Rồng", "666"], ["Sông Hàn", "488"]])
    document.add_paragraph("Hết.")
    document.core_properties.author = "Lê An"
    article = only(tmp_path, "a.docx", saved(document))
    rows = ["Rồng: Dài (m): 666", "Sông Hàn: Dài (m): 488"]
    assert article.text.split("\n") == ["Cầu Rồng", "Cầu dài 666 m.", "Sáu làn xe", *rows, "Hết."]
    assert (article.title, article.author, article.published) == ("Cầu Rồng", "Lê An", None)


def test_the_title_is_that_of_the_properties_then_the_name(tmp_path: Path) -> None:
    document = word("Một câu.")
    article = only(tmp_path, "tên.docx", saved(document))
    assert (article.title, article.author) == ("tên", None)
    document.core_properties.title = "Nhan đề"
    assert only(tmp_path, "a.docx", saved(document)).title == "Nhan đề"


def test_merged_cells_and_rows_marked_as_headings(tmp_path: Path) -> None:
    document = word()
    table = with_table(document, [["Tỉnh", "Dân số", ""], ["", "Nam", "Nữ"], ["Sơn La", "một", "hai"]])
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(0, 0).merge(table.cell(1, 0))
    for row in list(table.rows)[:2]:
        row._tr.get_or_add_trPr().append(row._tr.makeelement(f"{{{W.split(chr(34))[1]}}}tblHeader"))
    article = only(tmp_path, "a.docx", saved(document))
    assert article.text == "Sơn La: Dân số – Nam: một; Dân số – Nữ: hai"


def test_bold_first_row_is_one_of_headings(tmp_path: Path) -> None:
    document = word()
    table = with_table(document, [["Cầu", "Nơi"], ["Rồng", "Đà Nẵng"]])
    for cell in table.rows[0].cells:
        cell.paragraphs[0].runs[0].bold = True
    assert only(tmp_path, "a.docx", saved(document)).text == "Rồng: Nơi: Đà Nẵng"


def test_inserted_and_linked_text_is_read_deleted_and_hidden_text_is_not(tmp_path: Path) -> None:
    run = "<w:r><w:t>{}</w:t></w:r>"
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>ẩn</w:t></w:r>"
    deleted = "<w:del><w:r><w:delText>cũ</w:delText></w:r></w:del>"
    tags = "".join(f"<w:{tag}>{run.format(tag)}</w:{tag}>" for tag in ("ins", "hyperlink", "smartTag", "moveTo"))
    control = f"<w:sdt><w:sdtContent>{PARAGRAPH.format('Ô')}</w:sdtContent></w:sdt>"
    article = only(tmp_path, "a.docx", of_xml(f"<w:p>{tags}{hidden}{deleted}</w:p>{control}"))
    assert article.text == "inshyperlinksmartTagmoveTo\nÔ"


def test_notes_stand_behind_what_refers_to_them(tmp_path: Path) -> None:
    document = saved(word())
    reference = '<w:p><w:r><w:t>Câu một.</w:t><w:footnoteReference w:id="2"/></w:r></w:p>'
    notes = f'<w:footnotes {W}><w:footnote w:id="2">{PARAGRAPH.format("Chú thích.")}</w:footnote></w:footnotes>'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="n" Type="{kind}" Target="footnotes.xml"/></Relationships>'
    )
    changes = {
        "word/document.xml": BODY.format(reference + PARAGRAPH.format("Câu hai.")),
        "word/footnotes.xml": notes,
        "word/_rels/document.xml.rels": relations,
    }
    assert only(tmp_path, "a.docx", repacked(document, changes)).text == "Câu một.\nChú thích.\nCâu hai."


def test_text_in_old_fonts_is_repaired_by_run_and_by_style(tmp_path: Path) -> None:
    document = word()
    style = document.styles.add_style("Cũ", WD_STYLE_TYPE.PARAGRAPH)
    style.font.name = ".VnTime"
    document.add_paragraph("Céng hoµ x· héi chñ nghÜa ViÖt Nam", style="Cũ")
    paragraph = document.add_paragraph("Unicode: ô, ")
    paragraph.add_run("Coäng hoøa").font.name = "VNI-Times"
    article = only(tmp_path, "a.docx", saved(document))
    assert article.text == "Cộng hoà xã hội chủ nghĩa Việt Nam\nUnicode: ô, Cộng hòa"
    assert article.repaired == "TCVN3 -> Unicode, VNI -> Unicode"


SENTENCE = PARAGRAPH.format("Câu.")
BOX, BOX_END = "<w:p><w:r><w:pict><w:txbxContent>", "</w:txbxContent></w:pict></w:r></w:p>"
TABLE, TABLE_END = "<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"
MERGED = '<w:tcPr><w:gridSpan w:val="99999"/><w:vMerge/></w:tcPr>'


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (TABLE * 2 + SENTENCE + TABLE_END * 2, "Câu."),
        (TABLE * 60 + SENTENCE + TABLE_END * 60, "Câu."),
        (BOX * 30 + SENTENCE + BOX_END * 30, "Câu."),
        (TABLE + MERGED + SENTENCE + TABLE_END, "Câu."),
    ],
)
def test_odd_nesting_loses_no_text(tmp_path: Path, body: str, text: str) -> None:
    assert only(tmp_path, "a.docx", of_xml(body)).text == text


def test_nothing_is_expanded_or_fetched(tmp_path: Path) -> None:
    secret = written(tmp_path, "secret", "bí mật")
    entities = f'<!DOCTYPE x [<!ENTITY a "nở ra"><!ENTITY b SYSTEM "{secret.as_uri()}">]>'
    content = entities + BODY.format(PARAGRAPH.format("Câu &a;&b; hai."))
    text = only(tmp_path, "a.docx", repacked(saved(word()), {"word/document.xml": content})).text
    assert text.startswith("Câu")
    assert "bí mật" not in text
    assert "nở ra" not in text


@pytest.mark.parametrize("body", [TABLE * 1000 + TABLE_END * 1000, "<w:p>", PARAGRAPH.format("&a;")])
def test_a_damaged_document_says_what_to_do(tmp_path: Path, body: str) -> None:
    (error,) = errors(written(tmp_path, "a.docx", of_xml(body)))
    assert error.reason.startswith("is no whole .docx file")
    assert "save it anew" in error.reason


NUMBERING = f"""<w:numbering {W}><w:abstractNum w:abstractNumId="0">
<w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="Điều %1."/></w:lvl>
<w:lvl w:ilvl="1"><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%2)"/></w:lvl>
<w:lvl w:ilvl="2"><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1.%2.%3"/></w:lvl>
<w:lvl w:ilvl="3"><w:numFmt w:val="bullet"/><w:lvlText w:val="\uf0b7"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>
</w:num>
</w:numbering>"""


def numbered(text: str, number: str, level: str) -> str:
    place = f'<w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr></w:pPr>'
    return PARAGRAPH.format(text).replace("<w:r>", f"{place}<w:r>", 1)


def test_lists_are_numbered_as_word_shows_them(tmp_path: Path) -> None:
    paragraphs = [("A", "1", "0"), ("b", "1", "1"), ("c", "1", "1"), ("d", "1", "2"), ("e", "1", "3"), ("F", "2", "0")]
    paragraphs += [("g", "2", "1"), ("H", "3", "0"), ("i", "9", "0"), ("k", "1", "99999999")]
    body = "".join(numbered(*each) for each in paragraphs)
    article = only(tmp_path, "a.docx", of_xml(body, **{"word/numbering.xml": NUMBERING}))
    shown = ["Điều 3. A", "a) b", "b) c", "3.b.I d", "e", "Điều 4. F", "a) g", "Điều 1. H", "i", "Điều 5. k"]
    assert article.text.split("\n") == shown


def test_a_level_may_have_those_above_it_in_plain_figures(tmp_path: Path) -> None:
    levels = (
        '<w:lvl w:ilvl="0"><w:numFmt w:val="upperRoman"/><w:lvlText w:val="Chương %1."/></w:lvl><w:lvl w:ilvl="1">'
        '<w:numFmt w:val="decimal"/>{}<w:lvlText w:val="%1.%2"/></w:lvl>'
    )
    for mark, label in (("", "II.1"), ("<w:isLgl/>", "2.1"), ('<w:isLgl w:val="0"/>', "II.1")):
        numbering = (
            f'<w:numbering {W}><w:abstractNum w:abstractNumId="0">{levels.format(mark)}</w:abstractNum>'
            '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
        )
        body = numbered("A", "1", "0") + numbered("B", "1", "0") + numbered("c", "1", "1")
        article = only(tmp_path, "a.docx", of_xml(body, **{"word/numbering.xml": numbering}))
        assert article.text.split("\n") == ["Chương I. A", "Chương II. B", f"{label} c"]


def test_lists_are_numbered_by_their_style(tmp_path: Path) -> None:
    document = word()
    for text in ("Một", "Hai"):
        document.add_paragraph(text, style="List Number")
    assert only(tmp_path, "a.docx", saved(document)).text == "1. Một\n2. Hai"
