"""A folder of files: which of them are read, and in what order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from rag.documents.paths import printable, unreadable
from rag.errors import DocumentError


def files_below(folder: Path) -> Iterator[Path | DocumentError]:
    """List the files below a folder, in path order; hidden ones, and those in hidden folders, are left out.

    A folder that cannot be read is an error, before the files. Links that lead out of the folder are left out; one that
    leads nowhere is an error.
    """
    root = folder.resolve()
    errors: list[OSError] = []
    listed: list[Path] = []
    for parent, folders, names in os.walk(folder, onerror=errors.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        listed += (Path(parent, name) for name in names if not name.startswith("."))
    yield from (unreadable(printable(Path(error.filename)), error) for error in errors)
    for file in sorted(listed):
        try:
            if file.is_file():
                if file.resolve().is_relative_to(root):
                    yield file
            elif file.is_symlink() and not file.exists():
                yield DocumentError(printable(file), "is a link that leads nowhere; mend it, or take it out")
        except OSError as error:
            yield unreadable(printable(file), error)
