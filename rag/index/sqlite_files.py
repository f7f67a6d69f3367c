"""The states of the files that the articles of a collection were read from, in a table of its database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rag.documents.file_state import FileState
from rag.index.sqlite_file import SqliteFile
from rag.index.sqlite_schema import has_table
from rag.index.sqlite_store import FILE

# Made with the first of them. Whatever changes the articles of a file, by whichever way, forgets its state: what is
# still there is about the articles as they are.
_TABLE = (
    """CREATE TABLE IF NOT EXISTS files (origin TEXT PRIMARY KEY, name TEXT NOT NULL, stamp TEXT NOT NULL,
    sha256 TEXT NOT NULL, readers TEXT NOT NULL)""",
    *(
        f"""CREATE TRIGGER IF NOT EXISTS file_{change.lower()} AFTER {change} ON articles
        BEGIN DELETE FROM files WHERE origin IN ({origins}); END"""
        for change, origins in (
            ("INSERT", "NEW.origin"),
            ("DELETE", "OLD.origin"),
            ("UPDATE", "OLD.origin, NEW.origin"),
        )
    ),
)


class SqliteFiles:
    """What a collection, which is there, remembers of its files; what changes it is called by its one writer alone."""

    def __init__(self, folder: Path) -> None:
        """Open them. Raises `CollectionError`."""
        self._file = SqliteFile(folder / FILE)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def states(self) -> dict[str, FileState]:
        """The states by the absolute paths of the files."""
        if not has_table(self._file, "files"):
            return {}
        rows = self._file.rows("SELECT origin, name, stamp, sha256, readers FROM files")
        return {row[0]: FileState(*row[1:]) for row in rows}

    def put(self, states: Mapping[str, FileState]) -> None:
        """Remember states by the paths of the files, all of whose articles are held as they were read."""
        with self._file.transaction():
            for statement in _TABLE:
                self._file.run(statement)
            rows = ((origin, each.name, each.stamp, each.sha256, each.readers) for origin, each in states.items())
            self._file.run_each("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", rows)

    def put_stamps(self, states: Mapping[str, FileState]) -> None:
        """Remember new stamps of files whose content is still the one that is remembered."""
        rows = ((each.stamp, origin, each.sha256, each.readers) for origin, each in states.items())
        with self._file.transaction():
            self._file.run_each("UPDATE files SET stamp = ? WHERE origin = ? AND sha256 = ? AND readers = ?", rows)
