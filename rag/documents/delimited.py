"""CSV and TSV files: articles, one a row, where a column is called `text`; else a table."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from rag.documents.article import EMPTY, Article, article_from
from rag.documents.file_content import MAX_FILE_BYTES, read_text
from rag.documents.legacy_encoding import DecodedText
from rag.documents.table import table_lines
from rag.errors import DocumentError
from rag.text.normalize import clean

MAX_ROWS = 1_000_000
MAX_COLUMNS = 10_000
# Of a file that is broken throughout, so many rows are named.
MAX_NAMED_ROWS = 10
_DELIMITERS = ",;\t|"

Row = tuple[int, list[str]]


class DelimitedLoader:
    """Reads a .csv or .tsv file: a `text`, and the other fields of an article if given, a row; or a table."""

    suffixes = (".csv", ".tsv")

    def load(self, content: BinaryIO, name: str) -> Iterator[Article | DocumentError]:
        """Yield the articles and the rows that cannot be read, or the table as one article; see `Loader.load`.

        An article without an id has the name of the file and below it the number of its row, from 1.
        """
        decoded = read_text(content, name)
        rows = list(_rows(decoded.text, name))
        if not rows:
            raise DocumentError(name, EMPTY)
        header = [cell.strip().lower() for cell in rows[0][1]]
        if "text" in header:
            yield from _articles(rows[1:], header, name, decoded)
            return
        table = [cells for _, cells in rows]
        lines = table_lines(table, 1 if len(table) > 1 and all(map(_is_heading, header)) else None)
        fields, title = {"text": "\n".join(lines)}, PurePosixPath(name).stem
        yield article_from(fields, name, place=name, fallback_title=title, repair=decoded.repair)


def _rows(text: str, name: str) -> Iterator[Row]:
    """The rows that are not blank, each with the number of its first line."""
    first = text.partition("\n")[0]
    delimiter = "\t" if name.lower().endswith(".tsv") else max(_DELIMITERS, key=first.count)
    # The library's own limit is shorter than many an article, and there is one for all that it reads.
    csv.field_size_limit(MAX_FILE_BYTES)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    number = 1
    try:
        for count, cells in enumerate(reader):
            if count > MAX_ROWS:
                raise DocumentError(name, f"has more than {MAX_ROWS:,} rows; split it")
            if len(cells) > MAX_COLUMNS:
                raise DocumentError(f"{name}:{number}", f"the row has more than {MAX_COLUMNS:,} columns; split it")
            if any(map(str.strip, cells)):
                yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        raise DocumentError(f"{name}:{number}", f"is not a row of a table ({error}); correct it") from error


def _articles(rows: list[Row], header: list[str], name: str, decoded: DecodedText) -> Iterator[Article | DocumentError]:
    if not rows:
        raise DocumentError(name, EMPTY)
    broken = 0
    for count, (number, cells) in enumerate(rows, start=1):
        fields = dict(zip(header, cells, strict=False))
        place, title = f"{name}:{number}", PurePosixPath(name).stem
        article_id = clean(fields.get("id", "")).strip() or f"{name}/{count}"
        try:
            yield article_from(fields, article_id, place=place, fallback_title=title, repair=decoded.repair)
        except DocumentError as error:
            broken += 1
            if broken <= MAX_NAMED_ROWS:
                yield DocumentError(error.place, error.reason)
    if broken > MAX_NAMED_ROWS:
        yield DocumentError(name, f"{broken - MAX_NAMED_ROWS:,} more of its rows cannot be read; correct them")


def _is_heading(cell: str) -> bool:
    return not cell or any(map(str.isalpha, cell))
