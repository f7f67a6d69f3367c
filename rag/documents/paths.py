"""Paths of files and folders: as they are given, printed and found unreadable."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rag.errors import DocumentError, UsageError


def paths_of(given: Path | str | Iterable[Path | str]) -> list[Path]:
    """One path or several, as a list. Raises `UsageError` for anything else, and for an empty text."""
    try:
        paths = [given] if isinstance(given, str | Path) else list(given)
        if all(isinstance(path, Path) or path.strip() for path in paths) and not isinstance(given, bytes):
            return [Path(path) for path in paths]
    except (AttributeError, TypeError):
        pass
    raise UsageError(f"what is read is a path or a list of paths; {given!r} is not")


def is_gone(file: Path) -> bool:
    """Whether there is no such file any more; one in a folder that cannot be read is not gone."""
    try:
        file.stat()
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
