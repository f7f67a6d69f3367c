"""The files in an archive, one after the other and each unpacked within limits; none is written under its own name."""

from __future__ import annotations

import errno
import gzip
import io
import lzma
import re
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, Any, BinaryIO

from rag.errors import DocumentError
from rag.text.normalize import clean

MAX_MEMBERS = 50_000
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
# Text is packed to a tenth, seldom to a fiftieth. What is small need not be asked how it was packed.
MAX_RATIO = 200
_SMALL_BYTES = 16 * 1024 * 1024
_IN_MEMORY_BYTES = 8 * 1024 * 1024
_BLOCK_BYTES = 1024 * 1024
_DRIVE = re.compile(r"[A-Za-z]:")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError,
    struct.error, ValueError, LookupError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its path in it and what it holds, or why it is not read (with what to do about it)."""

    name: str
    content: BinaryIO = field(default_factory=io.BytesIO)
    refused: str = ""


def members_of(content: BinaryIO, name: str) -> Iterator[Member]:
    """The files in an archive of that name, in its order; folders are none.

    Raises `DocumentError` where it cannot be read any further or holds more than the limits, and an `OSError` only
    where reading `content` raises one.
    """
    members = _zip_members(content, name) if name.lower().endswith(".zip") else _tar_members(content, name)
    try:
        for count, member in enumerate(members):
            if count == MAX_MEMBERS:
                raise DocumentError(name, f"holds more than {MAX_MEMBERS:,} files; split it")
            yield member
    except _BROKEN as error:
        raise _broken(name) from error
    except OSError as error:
        if not _is_of_archive(error):
            raise
        raise _broken(name) from error


def _is_of_archive(error: OSError) -> bool:
    """Whether an error comes of what an archive holds, such as a place before its beginning, and not of the system."""
    return error.errno in (None, 0, errno.EINVAL)


def _broken(name: str) -> DocumentError:
    return DocumentError(name, "is no archive that can be read, or a damaged one; pack it anew")


def _zip_members(content: BinaryIO, name: str) -> Iterator[Member]:
    unpacking = _Unpacking(name)
    with zipfile.ZipFile(content) as archive:
        for info in archive.infolist():
            mode = info.external_attr >> 16
            if info.is_dir() or stat.S_ISDIR(mode):
                continue
            path, refused = _path(info.filename)
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                refused = _what_it_is(stat.S_ISLNK(mode))
            elif info.flag_bits & 1:
                refused = "is locked with a password; pack it without one"
            if refused:
                yield Member(path, refused=refused)
                continue
            try:
                with archive.open(info) as stream:
                    unpacked = unpacking.unpacked(stream, info.compress_size)
            except _BROKEN:
                yield Member(path, refused="is damaged or packed in a way that is not known; pack it anew")
            except OSError as error:
                if not _is_of_archive(error):
                    raise
                yield Member(path, refused="is damaged; pack it anew")
            else:
                yield from _opened(path, unpacked)


def _tar_members(content: BinaryIO, name: str) -> Iterator[Member]:
    packed = _size(content)
    stream: Any = content if name.lower().endswith(".tar") else gzip.GzipFile(fileobj=content, mode="rb")
    unpacking = _Unpacking(name)
    counted: Any = _Counted(stream, unpacking, packed)
    with tarfile.open(fileobj=counted, mode="r|") as archive:
        for info in archive:
            archive.members = []  # type: ignore[attr-defined]  # it keeps them all
            if info.isdir():
                continue
            path, refused = _path(info.name)
            if not info.isreg():
                refused = _what_it_is(info.issym() or info.islnk())
            if refused:
                yield Member(path, refused=refused)
            elif file := archive.extractfile(info):
                yield from _opened(path, unpacking.unpacked(file, 0))


def _opened(path: str, unpacked: BinaryIO | str) -> Iterator[Member]:
    if isinstance(unpacked, str):
        yield Member(path, refused=unpacked)
        return
    with unpacked:
        yield Member(path, unpacked)


def _path(name: str) -> tuple[str, str]:
    """The path of a file in the archive as it can be printed, and why it is refused, "" where it is not."""
    path = PurePosixPath(name.replace("\\", "/"))
    printed = clean(str(path).encode(errors="backslashreplace").decode()).strip("/")
    if path.is_absolute() or ".." in path.parts or _DRIVE.match(name):
        return printed, "its name leads out of the archive; pack it anew with plain names"
    return printed, "its name is not valid Unicode; rename it" if _SURROGATE.search(name) else ""


def _what_it_is(link: bool) -> str:
    return f"is {'a link' if link else 'a device or a pipe'} and no file; put the file itself into the archive"


def _size(content: BinaryIO) -> int:
    """How many bytes a file has, 0 where it does not tell."""
    if not content.seekable():
        return 0
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    return size


@dataclass(slots=True)
class _Unpacking:
    """How many bytes of an archive were unpacked so far."""

    name: str
    count: int = 0

    def add(self, count: int) -> None:
        self.count += count
        if self.count > MAX_UNPACKED_BYTES:
            raise DocumentError(self.name, f"unpacks to more than {MAX_UNPACKED_BYTES // 2**20} MiB; split it")

    def unpacked(self, stream: IO[bytes], packed: int) -> BinaryIO | str:
        """A file of an archive, unpacked, or why it is not; `packed` are its bytes there, 0 where that is not known."""
        file: Any = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115  # whoever reads it closes it
        size = 0
        try:
            while block := stream.read(_BLOCK_BYTES):
                size += len(block)
                self.add(len(block))
                if packed and size > max(_SMALL_BYTES, MAX_RATIO * packed):
                    file.close()
                    return f"unpacks to more than {MAX_RATIO} times its size, as no text does; take it out"
                file.write(block)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file  # type: ignore[no-any-return]


@dataclass(slots=True)
class _Counted:
    """A stream whose bytes are counted: the headers of a file may be longer than it."""

    stream: BinaryIO
    unpacking: _Unpacking
    packed: int
    count: int = 0

    def read(self, size: int) -> bytes:
        block = self.stream.read(size)
        self.count += len(block)
        limit = MAX_UNPACKED_BYTES + 1024 * MAX_MEMBERS
        if self.packed:
            limit = min(limit, max(_SMALL_BYTES, MAX_RATIO * self.packed))
        if self.count > limit:
            reason = f"unpacks to more than {limit // 2**20} MiB, or {MAX_RATIO} times its size; split it"
            raise DocumentError(self.unpacking.name, reason)
        return block
