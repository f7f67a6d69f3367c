"""Files read within bounds: those of formats that libraries parse in a process of their own, plain text in this one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from rag.documents.archive import ArchiveLoader
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
FILES = BoundedProcess()
# Its members are read in a process below it, which may take its whole time for each.
ARCHIVES = BoundedProcess(Limits(seconds=3 * FILES.limits.seconds))


def read(loader: Loader, content: BinaryIO, name: str) -> Iterator[Result]:
    """What a loader yields of a file; see `Loader.load`. A file that takes too much is an error like any other."""
    if isinstance(loader, _PLAIN):
        yield from loader.load(content, name)
        return
    process = ARCHIVES if isinstance(loader, ArchiveLoader) else FILES
    for message in process.call(f"{__name__}:read_here", content, name):
        yield _result(*json.loads(message))


def read_here(content: BinaryIO, name: str) -> Iterator[bytes]:
    """What the loader of a file of this name yields of it, each as JSON: a file names no function to be called."""
    from rag.documents.formats import loader_of

    loader = loader_of(Path(name))
    for result in loader.load(content, name) if loader else ():
        yield json.dumps([type(result).__name__, _fields(result)]).encode()


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
