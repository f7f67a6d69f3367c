"""The content of one file that holds one article: its bytes, no more than a limit, and its text."""

from __future__ import annotations

from typing import BinaryIO

from rag.documents.article import EMPTY
from rag.errors import DocumentError
from rag.text.normalize import clean

MAX_FILE_BYTES = 64 * 1024 * 1024
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_bytes(content: BinaryIO, name: str) -> bytes:
    """All bytes of a file. Raises `DocumentError` when there are none, or more than `MAX_FILE_BYTES`."""
    found = content.read(MAX_FILE_BYTES + 1)
    if len(found) > MAX_FILE_BYTES:
        raise DocumentError(name, f"is larger than {MAX_FILE_BYTES // 2**20} MiB; split it")
    if not found:
        raise DocumentError(name, EMPTY)
    return found


def read_text(content: BinaryIO, name: str) -> str:
    """All text of a file, cleaned: UTF-8, or UTF-16 with its byte order mark. Raises `DocumentError` for any other."""
    found = read_bytes(content, name)
    encoding = "utf-16" if found[:2] in _UTF_16_MARKS else "utf-8-sig"
    try:
        text = found.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(name, f"is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    if "\x00" in text:
        raise DocumentError(name, "is not text (it holds NUL bytes); save it as UTF-8 text")
    return clean(text)
