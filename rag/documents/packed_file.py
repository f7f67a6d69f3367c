"""Files that are packed folders (DOCX, PPTX, XLSX, EPUB): opened only when what they unpack to fits into memory."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from rag.documents.article import Article, article_from
from rag.documents.bounded_worker import MAX_REASON_CHARS
from rag.documents.file_content import read_bytes
from rag.errors import DocumentError

# The fields of an article, and what was repaired of its letters.
Fields = tuple[dict[str, str], str | None]

MAX_MEMBERS = 5000
MAX_UNPACKED_BYTES = 256 * 1024 * 1024
# What is no picture becomes a tree that takes some ten times as much.
MAX_MARKUP_BYTES = 48 * 1024 * 1024
# What reading a part that is missing, damaged, locked or no XML raises.
DAMAGED = (
    LookupError, ValueError, OverflowError, NotImplementedError, RuntimeError, EOFError, OSError,
    zipfile.BadZipFile, zlib.error, lzma.LZMAError,
)  # fmt: skip
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf", ".ttf", ".otf", ".mp3", ".mp4")


def open_packed(content: BinaryIO, name: str) -> zipfile.ZipFile:
    """The packed file, unread. Raises `DocumentError` when it is none, or larger unpacked than may be read.

    No member gives more than the size that was looked at: Python's reader ends there.
    """
    found = read_bytes(content, name)
    try:
        packed = zipfile.ZipFile(io.BytesIO(found))
        members = packed.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise not_readable(name) from error
    markup = sum(each.file_size for each in members if not each.filename.lower().endswith(_PICTURES))
    if len(members) > MAX_MEMBERS:
        raise DocumentError(name, f"holds more than {MAX_MEMBERS:,} parts; split it")
    if sum(each.file_size for each in members) > MAX_UNPACKED_BYTES or markup > MAX_MARKUP_BYTES:
        limits = f"{MAX_UNPACKED_BYTES // 2**20} MiB unpacked, or its texts than {MAX_MARKUP_BYTES // 2**20} MiB"
        raise DocumentError(name, f"is larger than {limits}; split it")
    return packed


def xml_tree(xml: bytes) -> Any:
    """The root of an XML document; nothing is fetched, and no entity expanded. Raises `ValueError` where it is none."""
    from lxml import etree  # type: ignore[import-untyped]

    try:
        return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        raise ValueError("is not XML") from error


def article_of_packed(content: BinaryIO, name: str, fields_of: Callable[[Any], Fields]) -> Article:
    """The article of a packed file, of which a function reads the fields, and what it repaired of the letters.

    Raises `DocumentError` as `open_packed` does, and where the function stumbles over the file.
    """
    packed = open_packed(content, name)
    try:
        fields, repair = fields_of(packed.fp)
    except MemoryError:
        raise
    except Exception as error:  # the libraries check little of what they read
        raise not_readable(name, repr(error)[:MAX_REASON_CHARS]) from error
    return article_from(fields, name, place=name, fallback_title=PurePosixPath(name).stem, repair=repair)


def not_readable(name: str, why: str = "") -> DocumentError:
    """The error for a packed file that is not what its suffix says, is damaged, or has a password."""
    what = f"is no whole {PurePosixPath(name).suffix.lower()} file, or has a password{why and f' ({why})'}"
    return DocumentError(name, f"{what}; open it in its program and save it anew without one")
