"""Spreadsheets (XLSX): an article for each sheet, its rows sentences with their headings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import BinaryIO

from rag.documents.article import EMPTY, Article, article_from
from rag.documents.packed_file import DAMAGED, not_readable, open_packed
from rag.documents.sheet_tables import sheet_lines
from rag.documents.workbook import SheetPart, Workbook
from rag.documents.worksheet import Sheet, read_sheet
from rag.errors import DocumentError
from rag.text.normalize import clean

# What a library writes as the author where nobody said one.
_NO_AUTHOR = "openpyxl"
# Of many cells without a value so many are named.
_MAX_NAMED = 3


class XlsxLoader:
    """Reads a .xlsx file; the id of a sheet is the name of the file and below it its own."""

    suffixes = (".xlsx",)

    def load(self, content: BinaryIO, name: str) -> Iterator[Article | DocumentError]:
        """Yield the sheets; see `Loader.load`. Sheets that are hidden or hold nothing are passed over.

        Formulas are read by the values that the file keeps of them; where it keeps none, and where a cell is damaged,
        that is an error of the sheet, of which the rest is read. Text in .VnTime or VNI-Times fonts is made Unicode. It
        has no date: the file knows only its own.
        """
        packed = open_packed(content, name)
        try:
            workbook = Workbook(packed)
        except DAMAGED as error:
            raise not_readable(name) from error
        seen: set[str] = set()
        empty = True
        for number, part in enumerate(workbook.sheets, start=1):
            for result in () if part.hidden else _results(workbook, part, name, f"{name}:{number}"):
                empty = False
                if isinstance(result, Article) and result.id in seen:
                    yield DocumentError(f"{name}:{number}", "has the name of another sheet; rename it")
                    continue
                seen |= {result.id} if isinstance(result, Article) else set()
                yield result
        if empty:
            raise DocumentError(name, EMPTY)


def _results(workbook: Workbook, part: SheetPart, name: str, place: str) -> Iterator[Article | DocumentError]:
    """The article of a sheet, if it has text, and what of it cannot be read."""
    try:
        sheet = read_sheet(workbook, part)
        lines = sheet_lines(sheet, place)
    except DAMAGED:
        yield DocumentError(place, "the sheet is missing or damaged; open the file in Excel and save it anew")
        return
    except DocumentError as error:
        yield error
        return
    if any(any(map(str.isalnum, line)) for line in lines):
        yield _article(workbook, part, sheet, lines, name, place)
    if sheet.unkept:
        reason = f"the file keeps no value of the formulas in {_named(sheet.unkept)}; save it anew with Excel"
        yield DocumentError(place, reason)
    if sheet.damaged:
        yield DocumentError(place, f"cannot be read in {_named(sheet.damaged)}; mend these cells in Excel")


def _named(cells: Sequence[str]) -> str:
    """The first of the cells, and how many more there are."""
    more = len(cells) - _MAX_NAMED
    return f"{', '.join(cells[:_MAX_NAMED])}{f' and {more:,} more' * (more > 0)}"


def _article(workbook: Workbook, part: SheetPart, sheet: Sheet, lines: list[str], name: str, place: str) -> Article:
    stem, several = PurePosixPath(name).stem, len([each for each in workbook.sheets if not each.hidden]) > 1
    title = workbook.title.strip() or stem
    fields = {
        "text": "\n".join(lines),
        "title": f"{title} – {part.name.strip()}" if several else title,
        "author": "" if workbook.author == _NO_AUTHOR else workbook.author,
    }
    repair = ", ".join(f"{each} -> Unicode" for each in sorted(sheet.repaired))
    article_id = f"{name}/{clean(part.name).strip() or place.rpartition(':')[2]}"
    return article_from(fields, article_id, place=place, fallback_title=stem, repair=repair or None)
