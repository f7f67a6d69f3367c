"""The parts of a packed spreadsheet: its sheets, the texts that their cells share, and what styles say of a cell.

openpyxl reads all or nothing: one damaged sheet loses the others, and to tell a formula without a value from an empty
cell takes two readings.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from rag.documents.number_format import BUILT_IN
from rag.documents.packed_file import xml_tree

# A text as runs, each with its font; "" is that of the cell.
Runs = tuple[tuple[str, str], ...]
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class Style:
    """The font of a cell, and the code of its number format."""

    font: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet by its name and the path of its part; `tables` are the paths of those of the tables that lie in it."""

    name: str
    path: str
    hidden: bool
    tables: tuple[str, ...]


class Workbook:
    """A packed spreadsheet, of which sheets are still to be read."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        """Raises one of `DAMAGED` where the file is none."""
        self.packed = packed
        root = _related(packed, "")
        path = root.of_kind("/officeDocument")[0]
        workbook, parts = xml_tree(packed.read(path)), _related(packed, path)
        properties = workbook.find("{*}workbookPr")
        # Days are counted from 1904 in what old Macintoshes began.
        self.days_from_1904 = properties is not None and properties.get("date1904") in ("1", "true", "on")
        self.sheets = tuple(_sheets(packed, workbook, parts))
        self.styles = [style for each in parts.of_kind("/styles") for style in _styles(xml_tree(packed.read(each)))]
        self.strings = [runs for each in parts.of_kind("/sharedStrings") for runs in _strings(packed, each)]
        self.title, self.author = _properties(packed, root)


def runs_of(element: Any) -> Runs:
    """The runs of a text, without those that only say how it is read aloud."""
    found = []
    for child in element:
        match _local(child):
            case "t":
                found.append((_text(child), ""))
            case "r":
                font = child.find("{*}rPr/{*}rFont")
                found.append((_text(child.find("{*}t")), font.get("val", "") if font is not None else ""))
    return tuple(found)


def elements(content: IO[bytes], *names: str) -> Iterator[Any]:
    """The elements of these names in a part, each given once it is read whole, and emptied then."""
    from lxml import etree  # type: ignore[import-untyped]

    parsed = etree.iterparse(
        content, tag=[f"{{*}}{name}" for name in names], resolve_entities=False, no_network=True, load_dtd=False
    )
    try:
        for _, element in parsed:
            yield element
            element.clear()
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]
    except etree.XMLSyntaxError as error:
        raise ValueError("is not XML") from error


def unescaped(text: str) -> str:
    """A text whose characters that XML has no place for are written as "_x000D_"."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: Any) -> str:
    return unescaped(element.text or "") if element is not None else ""


class _Relations:
    """The parts that a part names, by the id and in the order in which it does."""

    def __init__(self, found: dict[str, tuple[str, str]]) -> None:
        self.paths = {each: path for each, (_, path) in found.items()}
        self._kinds = [*found.values()]

    def of_kind(self, ending: str) -> list[str]:
        return [path for kind, path in self._kinds if kind.endswith(ending)]


def _related(packed: zipfile.ZipFile, path: str) -> _Relations:
    folder, name = posixpath.split(path)
    try:
        tree = xml_tree(packed.read(posixpath.join(folder, "_rels", f"{name}.rels")))
    except KeyError:
        return _Relations({})
    return _Relations(
        {
            each.get("Id", ""): (
                each.get("Type", ""),
                posixpath.normpath(posixpath.join("/", folder, each.get("Target", ""))).lstrip("/"),
            )
            for each in tree.iterfind("{*}Relationship")
            if each.get("TargetMode") != "External"
        }
    )


def _sheets(packed: zipfile.ZipFile, workbook: Any, parts: _Relations) -> Iterator[SheetPart]:
    """The sheets of cells in their order; those that are charts alone have none."""
    cells = set(parts.of_kind("/worksheet"))
    for each in workbook.iterfind("{*}sheets/{*}sheet"):
        relation = next((value for key, value in each.attrib.items() if key.endswith("}id")), "")
        path = parts.paths.get(relation, "")
        if path in cells:
            hidden = each.get("state", "visible") != "visible"
            yield SheetPart(each.get("name", ""), path, hidden, tuple(_related(packed, path).of_kind("/table")))


def _styles(tree: Any) -> Iterator[Style]:
    codes = {each.get("numFmtId"): each.get("formatCode", "") for each in tree.iterfind("{*}numFmts/{*}numFmt")}
    fonts = []
    for each in tree.iterfind("{*}fonts/{*}font"):
        name = each.find("{*}name")
        fonts.append(name.get("val", "") if name is not None else "")
    for each in tree.iterfind("{*}cellXfs/{*}xf"):
        number, font = each.get("numFmtId", "0"), int(each.get("fontId", "0"))
        code = codes[number] if number in codes else BUILT_IN.get(int(number), "")
        yield Style(fonts[font] if 0 <= font < len(fonts) else "", code)


def _strings(packed: zipfile.ZipFile, path: str) -> Iterator[Runs]:
    with packed.open(path) as content:
        yield from map(runs_of, elements(content, "si"))


def _properties(packed: zipfile.ZipFile, root: _Relations) -> tuple[str, str]:
    """Title and author, "" where there is none."""
    for path in root.of_kind("/core-properties"):
        tree = xml_tree(packed.read(path))
        return tree.findtext("{*}title") or "", tree.findtext("{*}creator") or ""
    return "", ""
