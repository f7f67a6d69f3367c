"""Files that are packed folders (DOCX, PPTX, EPUB): opened only when what they unpack to fits into memory."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath
from typing import BinaryIO

from rag.documents.file_content import read_bytes
from rag.errors import DocumentError

MAX_MEMBERS = 5000
MAX_UNPACKED_BYTES = 256 * 1024 * 1024
# What is no picture becomes a tree that takes some ten times as much.
MAX_MARKUP_BYTES = 48 * 1024 * 1024
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


def not_readable(name: str) -> DocumentError:
    """The error for a packed file that is not what its suffix says, is damaged, or has a password."""
    suffix = PurePosixPath(name).suffix.lower()
    return DocumentError(
        name, f"is no whole {suffix} file, or has a password; open it in its program and save it anew without one"
    )
