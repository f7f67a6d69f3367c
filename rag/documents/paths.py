"""Paths of files and folders: as they are given, printed and found unreadable."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from rag.errors import DocumentError, UsageError

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def is_address(place: Path | str) -> bool:
    """Whether a text is an address, as in "https://bao.example/1", and not the path of a file or folder."""
    return isinstance(place, str) and bool(_SCHEME.match(place))


def paths_of(given: Path | str | Iterable[Path | str]) -> list[Path | str]:
    """One path or several, as a list, in which addresses stay texts.

    Raises `UsageError` for anything else, and for an empty text.
    """
    try:
        paths = [given] if isinstance(given, str | Path) else list(given)
        if all(isinstance(path, Path) or path.strip() for path in paths) and not isinstance(given, bytes):
            return [path if is_address(path) else Path(path) for path in paths]
    except (AttributeError, TypeError):
        pass
    raise UsageError(f"what is read is a path or a list of paths; {given!r} is not")


def is_gone(origin: Path | str) -> bool:
    """Whether there is no such file any more; one in a folder that cannot be read is not gone, nor is an address."""
    try:
        if not is_address(origin):
            Path(origin).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def printable(path: Path) -> str:
    """The path as it can be printed and stored: bytes that are not UTF-8 are written as escapes."""
    return str(path).encode(errors="backslashreplace").decode()


def unreadable(place: str, error: Exception) -> DocumentError:
    """The error for a file or folder at `place` that the system did not let us read."""
    reason = getattr(error, "strerror", None) or error
    return DocumentError(place, f"cannot be read ({reason}); check that it is whole, and that you may read it")
