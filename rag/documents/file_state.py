"""The state of a file when it was read, by which it is known later that reading it again would give the same."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

# What makes articles of bytes beside the modules of `_READERS`.
_LIBRARIES = ("lxml", "py3langid", "pypdfium2", "python-docx", "python-pptx", "trafilatura", "viparse")
_READERS = ("documents", "text")
# The clock of a file system may stand still for so long while a file is written twice.
_SETTLED_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was read under a `name`, its path below the folder that was read.

    `stamp` says its size and when the system last saw it change, "" where that was too shortly ago to tell the next
    change from it; `sha256` is of its content, `readers` of the code that read it.
    """

    name: str
    stamp: str
    sha256: str
    readers: str

    def is_as(self, before: FileState | None) -> bool:
        """Whether reading it gives what it gave before."""
        return before is not None and (self.name, self.sha256, self.readers) == (
            before.name,
            before.sha256,
            before.readers,
        )


def file_state(file: Path, name: str, before: FileState | None) -> FileState:
    """The state of a file now, its content hashed only where its stamp is not that of `before`. Raises `OSError`."""
    found = file.stat()
    stamp = f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"
    if before and before.stamp == stamp:
        return FileState(name, stamp, before.sha256, readers())
    settled = time.time_ns() - max(found.st_mtime_ns, found.st_ctime_ns) > _SETTLED_NS
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return FileState(name, stamp if settled else "", digest, readers())


@cache
def readers() -> str:
    """The SHA-256 of the code and of the versions of the libraries that make articles of files."""
    rag = Path(__file__).parents[1]
    files = sorted(file for room in _READERS for file in (rag / room).rglob("*") if file.suffix in (".py", ".toml"))
    digest = hashlib.sha256()
    for part in (*(file.read_bytes() for file in files), *(version(each).encode() for each in _LIBRARIES)):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()
