"""Word documents, presentations, spreadsheets, books and mails, made by code."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Any

import docx
import openpyxl
from docx.document import Document
from pptx import Presentation
from pptx.util import Inches

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PAGE = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{}</body></html>'


def saved(document: Any) -> bytes:
    """The bytes of a document or presentation of its library."""
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def word(*paragraphs: str) -> Document:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    return document


def with_table(document: Document, rows: Sequence[Sequence[str]]) -> Any:
    """The table that was added to the end of the document."""
    table = document.add_table(len(rows), len(rows[0]))
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    return table


def slides(*texts: tuple[str, str]) -> Any:
    """A presentation of slides, each with a title and a text."""
    presentation = Presentation()
    for title, text in texts:
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = text
    return presentation


def add_table(slide: Any, rows: Sequence[Sequence[str]]) -> None:
    box = [Inches(1)] * 4
    table = slide.shapes.add_table(len(rows), len(rows[0]), *box).table
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text


def workbook(**sheets: Sequence[Sequence[Any]]) -> Any:
    """A spreadsheet of sheets by their names, each with its rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return book


def packed(members: Mapping[str, bytes | str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def repacked(content: bytes, changes: Mapping[str, bytes | str]) -> bytes:
    """A packed file with some of its members changed or added."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return packed({name: archive.read(name) for name in archive.namelist()} | dict(changes))


def book(chapters: Mapping[str, bytes | str | None], metadata: str = "<dc:title>Sách</dc:title>") -> bytes:
    """A book of the chapters by their file names, in that order; None is one that is missing."""
    items = "".join(f'<item id="c{n}" href="{name}"/>' for n, name in enumerate(chapters))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        f' xmlns:opf="http://www.idpf.org/2007/opf"><metadata>{metadata}</metadata>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    pages = {f"OEBPS/{name}": content for name, content in chapters.items() if content is not None}
    return packed({"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": package, **pages})


def mail(text: str, attachments: Mapping[str, bytes] | None = None, **headers: str) -> bytes:
    message = EmailMessage()
    for name, value in headers.items():
        message[name] = value
    message.set_content(text)
    for name, content in (attachments or {}).items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()
