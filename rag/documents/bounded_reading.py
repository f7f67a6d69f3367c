"""Files read within bounds: those of formats that libraries parse in a process of their own, plain text in this one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, BinaryIO

from rag.documents.article import Article, TextBox
from rag.documents.bounded_process import BoundedProcess, Limits
from rag.documents.jsonl import JsonLinesLoader
from rag.documents.loader import Loader
from rag.documents.markdown import MarkdownLoader
from rag.documents.passed_over import PassedOver
from rag.documents.plain_text import PlainTextLoader
from rag.errors import DocumentError

Result = Article | DocumentError | PassedOver
_PLAIN = (PlainTextLoader, MarkdownLoader, JsonLinesLoader)
# What is called there with the file.
_READ = "rag.documents.formats:read_here"
FILES = BoundedProcess()
# Its members are read in a process below it, which may take its whole time for each.
ARCHIVES = BoundedProcess(Limits(seconds=3 * FILES.limits.seconds))


def read(loader: Loader, content: BinaryIO, name: str, *, holds_files: bool = False) -> Iterator[Result]:
    """What a loader yields of a file; see `Loader.load`. A file that takes too much is an error like any other."""
    if isinstance(loader, _PLAIN):
        yield from loader.load(content, name)
        return
    for message in (ARCHIVES if holds_files else FILES).call(_READ, content, name):
        yield _result(*json.loads(message))


def message_of(result: Result) -> bytes:
    """A result as it is sent: as JSON, which unlike a pickle names no function to be called."""
    return json.dumps([type(result).__name__, _fields(result)]).encode()


def _fields(result: Result) -> dict[str, Any]:
    if isinstance(result, DocumentError):
        return {"place": result.place, "reason": result.reason}
    return asdict(result)


def _result(kind: str, fields: dict[str, Any]) -> Result:
    if kind == "DocumentError":
        return DocumentError(**fields)
    if kind == "PassedOver":
        return PassedOver(fields["suffix"], tuple(fields["files"]))
    return Article(**{**fields, "boxes": tuple(TextBox(**box) for box in fields["boxes"])})
