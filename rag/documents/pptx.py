"""Presentations (PPTX): slide by slide the title, the texts, the tables and the notes; pictures are not read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from rag.documents.article import Article
from rag.documents.legacy_encoding import unicode_of_runs
from rag.documents.packed_file import Fields, article_of_packed
from rag.documents.table import is_value, table_lines

# What PowerPoint calls a presentation that nobody gave a title.
_NO_TITLE = "PowerPoint Presentation"


class PptxLoader:
    """Reads a .pptx file as one article."""

    suffixes = (".pptx",)

    def load(self, content: BinaryIO, name: str) -> Iterator[Article]:
        """Yield the article; see `Loader.load`. The title is that of the first slide, else that of its properties.

        Text whose own font is a .VnTime or VNI-Times one is made Unicode. It has no date: the file knows only its own.
        """
        yield article_of_packed(content, name, _fields)


def _fields(file: Any) -> Fields:
    from pptx import Presentation

    presentation = Presentation(file)
    encodings: set[str] = set()
    titles, lines = [], []
    for slide in presentation.slides:
        title = slide.shapes.title
        head = [] if title is None else list(_frame_lines(title.text_frame, encodings))
        titles += [" ".join(head)] if head else []
        others = (shape for shape in slide.shapes if title is None or shape.shape_id != title.shape_id)
        lines += [*head, *_shape_lines(others, encodings)]
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            lines += _frame_lines(slide.notes_slide.notes_text_frame, encodings)
    properties = presentation.core_properties
    known = properties.title if properties.title != _NO_TITLE else ""
    fields = {"text": "\n".join(lines), "title": titles[0] if titles else known, "author": properties.author}
    return fields, ", ".join(f"{each} -> Unicode" for each in sorted(encodings)) or None


def _shape_lines(shapes: Iterable[Any], encodings: set[str]) -> Iterator[str]:
    for shape in shapes:
        if hasattr(shape, "shapes"):  # a group
            yield from _shape_lines(shape.shapes, encodings)
        elif getattr(shape, "has_table", False):
            yield from _table_lines(shape.table, encodings)
        elif shape.has_text_frame:
            yield from _frame_lines(shape.text_frame, encodings)


def _frame_lines(frame: Any, encodings: set[str]) -> Iterator[str]:
    for paragraph in frame.paragraphs:
        # Runs alone would leave out line breaks and fields.
        runs = [(run.text, run.font.name or "") for run in paragraph.runs]
        if any(font for _, font in runs) and "".join(text for text, _ in runs) == paragraph.text:
            text, found = unicode_of_runs(runs)
            encodings |= found
        else:
            text = paragraph.text
        yield from filter(None, (line.strip() for line in text.replace("\v", "\n").split("\n")))


def _table_lines(table: Any, encodings: set[str]) -> list[str]:
    rows: list[list[str]] = []
    for row in table.rows:
        cells: list[str] = []
        for cell in row.cells:
            text = "\n".join(_frame_lines(cell.text_frame, encodings))
            above = rows[-1][len(cells)] if rows and cell._tc.vMerge and len(cells) < len(rows[-1]) else ""
            before = cells[-1] if cells and cell._tc.hMerge else ""
            text = text or above or before
            cells.append(text if is_value(text) or not cell.is_spanned else "")
        rows.append(cells)
    return table_lines(rows, 1 if table.first_row and len(rows) > 1 else None)
