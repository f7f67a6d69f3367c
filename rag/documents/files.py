"""Which files there are below a folder, in what order, and how their paths are told."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.errors import DocumentError, UsageError

_NAMED = 3


@dataclass(frozen=True, slots=True)
class PassedOver:
    """The files of one format that is not read, in path order; `suffix` is as in ".pdf", "" where there is none."""

    suffix: str
    files: tuple[str, ...]

    def __str__(self) -> str:
        named, more = ", ".join(self.files[:_NAMED]), len(self.files) - _NAMED
        return f"{self.count} passed over: this format is not read yet ({named}{f' and {more} more' * (more > 0)})"

    @property
    def count(self) -> str:
        """How many files of which suffix."""
        files = "file" if len(self.files) == 1 else "files"
        many = f"{len(self.files)} {self.suffix} {files}"
        return many if self.suffix else f"{len(self.files)} {files} without a suffix"


def paths_of(given: Path | str | Iterable[Path | str]) -> list[Path]:
    """One path or several, as a list. Raises `UsageError` for anything else, and for an empty text."""
    try:
        paths = [given] if isinstance(given, str | Path) else list(given)
        if all(isinstance(path, Path) or path.strip() for path in paths) and not isinstance(given, bytes):
            return [Path(path) for path in paths]
    except (AttributeError, TypeError):
        pass
    raise UsageError(f"what is read is a path or a list of paths; {given!r} is not")


def files_below(folder: Path) -> Iterator[Path | DocumentError]:
    """List the files below a folder, in path order; hidden ones, and what lies in hidden folders, are left out.

    A folder that cannot be read is an error in their place. Links that lead out of the folder are left out.
    """
    root = folder.resolve()
    errors: list[OSError] = []
    listed: list[Path] = []
    for at, folders, names in os.walk(folder, onerror=errors.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        listed += (Path(at, name) for name in names if not name.startswith("."))
    yield from (unreadable(Path(error.filename), error) for error in errors)
    for file in sorted(listed):
        try:
            if file.is_file() and file.resolve().is_relative_to(root):
                yield file
        except OSError as error:
            yield unreadable(file, error)


def by_format(files: Iterable[Path]) -> list[PassedOver]:
    """What is said of files that are not read, by suffix."""
    formats: dict[str, list[str]] = {}
    for file in files:
        formats.setdefault(place_of(Path(file.suffix.lower())) if file.suffix else "", []).append(place_of(file))
    return [PassedOver(suffix, tuple(formats[suffix])) for suffix in sorted(formats)]


def is_gone(file: Path) -> bool:
    """Whether there is no such file any more; one in a folder that cannot be read is not gone."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def unreadable(path: Path, error: Exception) -> DocumentError:
    """What is said of a file or folder that the system did not let us read."""
    reason = getattr(error, "strerror", None) or error
    return DocumentError(place_of(path), f"cannot be read ({reason}); check that it is whole, and that you may read it")


def place_of(path: Path) -> str:
    """The path as it can be printed and stored, bytes that are no UTF-8 written as such."""
    return str(path).encode(errors="backslashreplace").decode()
