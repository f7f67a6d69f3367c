"""The text of a Word document, line by line: paragraphs, rows of tables and notes in the order of reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rag.documents.legacy_encoding import unicode_of_runs
from rag.documents.table import is_value, table_lines
from rag.documents.word_fonts import Fonts, W, is_on
from rag.documents.word_numbering import Numbering

_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
# Inserted, linked and otherwise marked text is text; deleted text and field codes are not. The fallback says again what
# stands before it, for older programs.
_PASSED_OVER = {f"{W}{name}" for name in ("del", "moveFrom", "pPr", "rPr", "sdtPr", "instrText", "delText", "rt")}
_PASSED_OVER |= {f"{_COMPATIBILITY}Fallback"}
_CHARACTERS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
# In a .VnTime font the soft hyphen is the letter ư.
_CHARACTERS |= {f"{W}softHyphen": "\xad"}
_TEXTS = {f"{W}t", f"{_MATH}t"}
_NOTES = {f"{W}footnoteReference", f"{W}endnoteReference"}
_MAX_COLUMNS = 63  # Word's own limit
# Tables that are nested deeper are read as paragraphs.
_MAX_NESTED = 4

Run = tuple[str, str]


class WordText:
    """Reads a document part; `encodings` are those from before Unicode that were repaired so far, by their fonts."""

    def __init__(self, fonts: Fonts, numbering: Numbering, notes: Mapping[str, Any]) -> None:
        self._fonts = fonts
        self._numbering = numbering
        self._notes = dict(notes)
        self._referred: list[Any] = []
        self.encodings: set[str] = set()

    def lines(self, container: Any, depth: int = 0) -> Iterator[str]:
        """The lines of what holds paragraphs and tables; each note once, behind what refers to it."""
        for child in container:
            if child.tag == f"{W}p":
                yield from self._paragraph(child, depth)
            elif child.tag == f"{W}tbl" and depth <= _MAX_NESTED:
                yield from self._table(child, depth)
            elif isinstance(child.tag, str) and child.tag not in _PASSED_OVER:
                yield from self.lines(child, depth)
            while depth == 0 and self._referred:
                yield from self.lines(self._referred.pop(0), depth + 1)

    def text(self, paragraph: Any) -> str:
        """The text of one paragraph, in Unicode."""
        return self._unicode(paragraph, [])

    def _paragraph(self, paragraph: Any, depth: int) -> Iterator[str]:
        if self._fonts.style_name(paragraph).startswith("toc "):
            return  # the headings again, with the numbers of their pages
        boxes: list[Any] = []
        text, label = self._unicode(paragraph, boxes), self._numbering.label(paragraph)
        if label and text.strip():
            text = f"{label} {text.lstrip()}"
        yield from filter(str.strip, text.split("\n"))
        for box in boxes:
            yield from self.lines(box, depth + 1)

    def _unicode(self, paragraph: Any, boxes: list[Any]) -> str:
        runs = self._runs(paragraph, self._fonts.of_paragraph(paragraph), boxes)
        text, encodings = unicode_of_runs(runs)
        self.encodings |= encodings
        return text

    def _runs(self, element: Any, font: str, boxes: list[Any]) -> Iterator[Run]:
        """The pieces of text in an element with their fonts; text boxes and notes are put on their lists."""
        for child in element:
            if child.tag in _TEXTS:
                yield child.text or "", font if child.tag == f"{W}t" else ""
            elif character := _CHARACTERS.get(child.tag):
                yield character, font
            elif child.tag in _NOTES:
                note = self._notes.pop(f"{child.tag}{child.get(f'{W}id')}", None)
                self._referred += [note] if note is not None else []
            elif child.tag == f"{W}txbxContent":
                boxes.append(child)
            elif child.tag == f"{W}r":
                if not is_on(child.find(f"{W}rPr"), "vanish"):
                    yield from self._runs(child, self._fonts.of_run(child, font), boxes)
            elif isinstance(child.tag, str) and child.tag not in _PASSED_OVER:
                yield from self._runs(child, font, boxes)

    def _table(self, table: Any, depth: int) -> Iterator[str]:
        rows: list[list[str]] = []
        headings: list[bool] = []
        bold: list[bool] = []
        for row in _below(table, "tr"):
            properties = row.find(f"{W}trPr")
            if is_on(properties, "del"):
                continue
            headings.append(is_on(properties, "tblHeader"))
            bold.append(len(bold) < 2 and _is_bold(row))
            rows.append(self._row(row, rows[-1] if rows else [], depth))
        marked = headings.index(False) if False in headings else 0
        yield from table_lines(rows, marked or (1 if bold[:2] == [True, False] else None))

    def _row(self, row: Any, above: list[str], depth: int) -> list[str]:
        """The cells of a row, each in every place that it takes; a text is no value and is not said again."""
        cells = [""] * min(_number(row.find(f"{W}trPr"), "gridBefore", 0), _MAX_COLUMNS)
        for cell in _below(row, "tc"):
            properties = cell.find(f"{W}tcPr")
            width = min(_number(properties, "gridSpan", 1), _MAX_COLUMNS)
            merged = properties.find(f"{W}vMerge") if properties is not None else None
            goes_on = merged is not None and merged.get(f"{W}val", "continue") == "continue"
            text = above[len(cells)] if goes_on and len(cells) < len(above) else ""
            if not text or not is_value(text):
                text = "\n".join(self.lines(cell, depth + 1)) if depth < _MAX_NESTED else self._flat(cell)
            cells += [text] * width if is_value(text) else [text, *[""] * (width - 1)]
        return cells

    def _flat(self, cell: Any) -> str:
        return "\n".join(map(self.text, cell.iter(f"{W}p")))


def _below(element: Any, name: str) -> Iterator[Any]:
    """The rows of a table or the cells of a row, those in content controls too, without those of nested tables."""
    for child in element:
        if child.tag == W + name:
            yield child
        elif isinstance(child.tag, str) and child.tag not in (f"{W}tc", f"{W}tblPr", f"{W}tblGrid", *_PASSED_OVER):
            yield from _below(child, name)


def _is_bold(row: Any) -> bool:
    runs = [run for run in row.iter(f"{W}r") if any((text.text or "").strip() for text in run.iterfind(f"{W}t"))]
    return bool(runs) and all(is_on(run.find(f"{W}rPr"), "b") for run in runs)


def _number(properties: Any, name: str, default: int) -> int:
    found = properties.find(W + name) if properties is not None else None
    value = found.get(f"{W}val", "") if found is not None else ""
    return max(int(value), default) if value.isdecimal() and len(value) < 6 else default
