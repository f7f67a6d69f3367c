"""The sources that a collection remembers, and what is known of their addresses, in two tables of its database."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rag.errors import CollectionNotFound
from rag.index.sqlite_file import SqliteFile
from rag.index.sqlite_schema import has_table
from rag.index.sqlite_store import FILE
from rag.sources.page import Validators
from rag.sources.source import Source, Visit

# Made with the first source: collections from before have none.
_TABLES = (
    """CREATE TABLE IF NOT EXISTS sources (place TEXT PRIMARY KEY, kind TEXT NOT NULL, allow_private INTEGER NOT NULL,
    synced TEXT, failure TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS visits (source TEXT NOT NULL REFERENCES sources (place) ON DELETE CASCADE,
    address TEXT NOT NULL, stamp TEXT NOT NULL, done INTEGER NOT NULL, etag TEXT NOT NULL, modified TEXT NOT NULL,
    PRIMARY KEY (source, address))""",
)


class SqliteSources:
    """What a collection remembers of its sources; what changes it is called by its one writer alone."""

    def __init__(self, folder: Path) -> None:
        """Open them. Raises `CollectionNotFound` or `CollectionError`."""
        if not (folder / FILE).is_file():
            advice = f"run: hoidap ingest FOLDER --index {folder}"
            raise CollectionNotFound(f"{folder}: there is no collection yet; {advice}")
        self._file = SqliteFile(folder / FILE)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def sources(self) -> list[Source]:
        """The sources in order of their places."""
        if not has_table(self._file, "sources"):
            return []
        rows = self._file.rows("SELECT place, kind, allow_private, synced, failure FROM sources ORDER BY place")
        return [Source(place, kind, bool(private), synced, failure) for place, kind, private, synced, failure in rows]

    def put(self, source: Source) -> None:
        """Remember a source, or what is new of it."""
        with self._file.transaction():
            for table in _TABLES:
                self._file.run(table)
            values = (source.place, source.kind, source.allow_private, source.synced, source.failure)
            changes = "kind = excluded.kind, allow_private = excluded.allow_private, synced = excluded.synced"
            self._file.run(
                "INSERT INTO sources VALUES (?, ?, ?, ?, ?)"
                f" ON CONFLICT (place) DO UPDATE SET {changes}, failure = excluded.failure",
                values,
            )

    def remove(self, place: str) -> None:
        """Forget a source, with what is known of its addresses."""
        with self._file.transaction():
            self._file.run("DELETE FROM sources WHERE place = ?", (place,))

    def visits(self, place: str) -> dict[str, Visit]:
        """What is known of the addresses of a source, by address."""
        query = "SELECT address, stamp, done, etag, modified FROM visits WHERE source = ? ORDER BY rowid"
        rows = self._file.rows(query, (place,))
        return {row[0]: Visit(row[0], row[1], bool(row[2]), Validators(row[3], row[4])) for row in rows}

    def put_visits(self, place: str, visits: Iterable[Visit], gone: Iterable[str] = ()) -> None:
        """Remember what is new of the addresses of a source; nothing more of those that are gone."""
        rows = (
            (place, each.address, each.stamp, each.done, each.validators.etag, each.validators.modified)
            for each in visits
        )
        with self._file.transaction():
            self._file.run_each("INSERT OR REPLACE INTO visits VALUES (?, ?, ?, ?, ?, ?)", rows)
            self._file.run_each("DELETE FROM visits WHERE source = ? AND address = ?", ((place, each) for each in gone))
