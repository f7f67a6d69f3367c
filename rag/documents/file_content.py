"""The content of one file that holds one article: its bytes, no more than a limit, and its text."""

from __future__ import annotations

from typing import BinaryIO

from rag.documents.article import EMPTY
from rag.documents.legacy_encoding import DecodedText, reason_not_repaired, repaired, unconverted
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


def read_text(content: BinaryIO, name: str) -> DecodedText:
    """All text of a file, cleaned; see `text_of`."""
    return text_of(read_bytes(content, name), name)


def text_of(found: bytes, name: str) -> DecodedText:
    """Bytes as text, cleaned: UTF-8, UTF-16, or an encoding of Vietnamese from before Unicode where it is certain.

    Raises `DocumentError` at `name` for any other, and for one that was saved as if it were Unicode.
    """
    encoding = "utf-16" if found[:2] in _UTF_16_MARKS else "utf-8-sig"
    try:
        decoded = DecodedText(found.decode(encoding))
    except UnicodeDecodeError as error:
        decoded = repaired(found) or DecodedText("")
        if not decoded.repair:
            reason = f"is not UTF-8 text (byte {error.start})"
            raise DocumentError(name, f"{reason}{reason_not_repaired(found)}") from error
    if "\x00" in decoded.text:
        decoded = repaired(found) or decoded
        if "\x00" in decoded.text:
            raise DocumentError(name, "is not text (it holds NUL bytes); save it as UTF-8 text")
    text = clean(decoded.text)
    if not decoded.repair and (legacy := unconverted(text)):
        convert = "convert it to Unicode, as with UniKey's toolkit, and save it as UTF-8"
        raise DocumentError(name, f"its letters are {legacy}, which nobody can search; {convert}")
    return DecodedText(text, decoded.repair)
