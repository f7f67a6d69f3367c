"""Pages that are a text and nothing else, as chapters of books and parts of mails: their lines, and their heading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.entities import html5
from typing import Any

from rag.documents.table import is_value, table_lines

_HEADINGS = {f"h{rank}" for rank in range(1, 7)}
_CELLS = {"td", "th"}
_BLOCKS = {
    *_HEADINGS, *_CELLS, "address", "article", "aside", "blockquote", "body", "caption", "dd", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
    "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
}  # fmt: skip
_PASSED_OVER = {"head", "script", "style", "template", "noscript", "svg"}
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30};)")
_OF_XML = {"lt;", "gt;", "amp;", "quot;", "apos;"}
_MAX_SPAN = 50
# Tables that are nested deeper are read as paragraphs.
_MAX_NESTED = 4


@dataclass(frozen=True, slots=True)
class PageText:
    """The lines of a page, and the first of its headings, "" where it has none."""

    lines: tuple[str, ...]
    heading: str


@dataclass(slots=True)
class _Table:
    """A table that is being read: its rows, whether each of their cells is a heading, and what reaches down to others.

    `below` has, by column, the text of a cell that takes more rows, and how many more.
    """

    rows: list[list[str]] = field(default_factory=list)
    heading_cells: list[list[bool]] = field(default_factory=list)
    below: dict[int, tuple[str, int]] = field(default_factory=dict)

    def add_row(self) -> None:
        self.rows.append([])
        self.heading_cells.append([])

    def add_cell(self, text: str, columns: int, rows: int, *, heading: bool) -> None:
        row = self.rows[-1]
        while len(row) in self.below:
            above, more = self.below.pop(len(row))
            if more > 1:
                self.below[len(row)] = above, more - 1
            row.append(above)
        repeated = text if is_value(text) else ""
        if rows > 1:
            self.below |= {len(row) + place: (repeated, rows - 1) for place in range(columns)}
        row += [text, *[repeated] * (columns - 1)]
        self.heading_cells[-1].append(heading)

    def lines(self) -> list[str]:
        marked = [bool(cells) and all(cells) for cells in self.heading_cells]
        headings = marked.index(False) if False in marked else 0
        return table_lines(self.rows, headings or None)


@dataclass(slots=True)
class _Lines:
    """Lines that are being read, the last of them not ended yet."""

    ended: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def end(self) -> None:
        if line := " ".join("".join(self.open).split()):
            self.ended.append(line)
        self.open.clear()


def page_of_xml(text: str) -> PageText:
    """The text of a page in XML. Nothing that it defines or names elsewhere is expanded or fetched."""
    from lxml import etree  # type: ignore[import-untyped]

    # Without their definition, which is not fetched, the names of characters would be left out.
    known = _ENTITY.sub(lambda match: match[0] if match[1] in _OF_XML else html5.get(match[1], match[0]), text)
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8")
    return _page_text(known, parser)


def page_of_html(text: str) -> PageText:
    """The text of a page in HTML."""
    from lxml import etree

    return _page_text(text, etree.HTMLParser(no_network=True, encoding="utf-8"))


def _page_text(text: str, parser: Any) -> PageText:
    from lxml import etree

    try:
        root = etree.fromstring(text.encode(errors="replace"), parser)
    except etree.XMLSyntaxError:  # empty
        root = None
    if root is None:
        return PageText((), "")
    reader = _Reader()
    for event, element in _events(root):
        reader.start(element) if event == "start" else reader.end(element)
    reader.lines[-1].end()
    return PageText(tuple(reader.lines[0].ended), reader.heading)


def _events(root: Any) -> Iterator[tuple[str, Any]]:
    """Where elements start and end, in order, without what no reader sees."""
    from lxml import etree

    hidden = 0
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if not isinstance(element.tag, str):  # a comment, or an entity, which both starts and ends
            if not hidden and event != "start":
                yield "end", element
        elif _name(element) in _PASSED_OVER:
            hidden += 1 if event == "start" else -1
            if not hidden:
                yield "end", element
        elif not hidden:
            yield event, element


class _Reader:
    """Puts the text between events into lines, those of a table's cells into the table."""

    def __init__(self) -> None:
        self.lines = [_Lines()]
        self.heading = ""
        # What is open, from the outermost: a table has one open cell at most, and only there another table begins.
        self._tables: list[tuple[Any, _Table]] = []
        self._cells: list[Any] = []

    def start(self, element: Any) -> None:
        name = _name(element)
        if name in _BLOCKS or name == "br":
            self.lines[-1].end()
        between_cells = len(self._cells) < len(self._tables)
        if name == "table" and not between_cells and len(self._tables) < _MAX_NESTED:
            self._tables.append((element, _Table()))
        elif name == "tr" and between_cells:
            self._tables[-1][1].add_row()
        elif name in _CELLS and between_cells and self._tables[-1][1].rows:
            self._cells.append(element)
            self.lines.append(_Lines())
        self.lines[-1].open.append(element.text or "")

    def end(self, element: Any) -> None:
        name = _name(element)
        if name in _BLOCKS:
            self.lines[-1].end()
        if name in _HEADINGS and not self.heading and self.lines[-1].ended:
            self.heading = self.lines[-1].ended[-1]
        elif self._cells and element is self._cells[-1]:
            self._cells.pop()
            text, spans = "\n".join(self.lines.pop().ended), (_span(element, "colspan"), _span(element, "rowspan"))
            self._tables[-1][1].add_cell(text, *spans, heading=name == "th")
        elif self._tables and element is self._tables[-1][0]:
            self.lines[-1].ended += self._tables.pop()[1].lines()
        self.lines[-1].open.append(element.tail or "")


def _span(cell: Any, name: str) -> int:
    value = cell.get(name, "1").strip()
    return min(max(int(value), 1), _MAX_SPAN) if value.isdecimal() and len(value) < 6 else 1


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
