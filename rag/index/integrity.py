"""Whether a collection still holds what was written into it, read whole."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rag.index.sqlite_file import SqliteFile
from rag.index.sqlite_schema import count_without_hashes, damaged_articles
from rag.index.sqlite_store import SqliteStore


@dataclass(frozen=True, slots=True)
class Integrity:
    """What was found: `articles` are the ids of those of which anything is not as it was written.

    `database` is what SQLite finds wrong with its own file, a line each; `without_hashes` the number of articles of
    which an earlier version kept no hash, so that only their passages were compared.
    """

    articles: tuple[str, ...]
    database: tuple[str, ...]
    without_hashes: int

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.articles and not self.database


def integrity(folder: Path) -> Integrity:
    """Read the whole database of a collection. Raises `CollectionNotFound`, and `CollectionError` if it cannot be."""
    store = SqliteStore(folder)
    store.close()
    with closing(SqliteFile(store.path)) as file:
        file.freeze()
        rows = file.rows("PRAGMA integrity_check") + file.rows("PRAGMA foreign_key_check")
        database = tuple(" ".join(map(str, row)) for row in rows if row != ("ok",))
        return Integrity(tuple(damaged_articles(file)), database, count_without_hashes(file))
