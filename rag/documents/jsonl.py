"""JSON Lines files: an article a line, plain or packed with gzip."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from rag.documents.article import EMPTY, Article, article_from, field_text
from rag.documents.paths import unreadable
from rag.errors import DocumentError
from rag.text.normalize import clean

MAX_LINE_BYTES = 64 * 1024 * 1024
MAX_UNPACKED_BYTES = 2 * 1024 * 1024 * 1024
MAX_LINES = 20_000_000
# Of a file that is no JSON Lines at all, so many lines are named; of the others their count is given.
MAX_NAMED_LINES = 10


class JsonLinesLoader:
    """Reads an object with `id` and `text`, and `title`, `source`, `published` and `language` if given, a line."""

    suffixes = (".jsonl", ".jsonl.gz")

    def load(self, content: BinaryIO, name: str) -> Iterator[Article | DocumentError]:
        """Yield the articles and the lines that cannot be read; see `Loader.load`."""
        empty, broken = True, 0
        for line in _lines(content, name):
            empty = False
            if isinstance(line, DocumentError):
                yield line
                continue
            try:
                yield _article(*line, name)
            except DocumentError as error:
                broken += 1
                if broken <= MAX_NAMED_LINES:
                    # Without its cause, which keeps the whole line.
                    yield DocumentError(error.place, error.reason)
        if broken > MAX_NAMED_LINES:
            yield DocumentError(name, f"{broken - MAX_NAMED_LINES:,} more of its lines cannot be read; correct them")
        if empty:
            raise DocumentError(name, EMPTY)


def _lines(content: BinaryIO, name: str) -> Iterator[tuple[int, bytes] | DocumentError]:
    """The lines that are not blank with their numbers from 1; an error, the last, where reading cannot go on."""
    stream = gzip.GzipFile(fileobj=content, mode="rb") if name.lower().endswith(".gz") else content
    size = 0
    try:
        # A line is not read further than it may be long: unpacked, it could fill the memory.
        for number, line in enumerate(iter(lambda: stream.readline(MAX_LINE_BYTES + 1), b""), start=1):
            size += len(line)
            if len(line) > MAX_LINE_BYTES or size > MAX_UNPACKED_BYTES or number > MAX_LINES:
                limits = f"{MAX_UNPACKED_BYTES // 2**30} GiB unpacked or {MAX_LINES:,} lines"
                yield DocumentError(
                    name, f"is larger than {limits}, or a line than {MAX_LINE_BYTES // 2**20} MiB; split it"
                )
                return
            if line.strip():
                yield number, line
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        yield unreadable(name, error)


def _article(number: int, line: bytes, name: str) -> Article:
    place = f"{name}:{number}"
    try:
        fields = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DocumentError(place, "the line is not valid JSON in UTF-8; correct it") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("text"), str):
        raise DocumentError(place, "the line is not an object with a `text`; add one")
    article_id = clean(field_text(fields, "id", place)).strip()
    if not article_id:
        raise DocumentError(place, "the article has no `id`; add one")
    return article_from(fields, article_id, place=place, fallback_title=PurePosixPath(name).stem)
