"""The articles that were removed by id, remembered so that no later ingestion of their files brings them back."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

from rag.documents.loading import Loaded
from rag.documents.paths import is_gone

# Made with the first removal: collections from before have none.
_TABLE = "CREATE TABLE IF NOT EXISTS removals (id TEXT NOT NULL, origin TEXT NOT NULL, PRIMARY KEY (id, origin))"


@dataclass(frozen=True, slots=True)
class Removal:
    """An article that was removed, and the file that it came from."""

    article_id: str
    origin: str

    def holds_for(self, each: Loaded) -> bool:
        """Whether what was read is the article that was removed, moved perhaps, and not another of the same name."""
        if self.origin == str(each.origin):
            return each.named_by_path or self.article_id == each.article.id
        return self.article_id == each.article.id and (not each.named_by_path or is_gone(Path(self.origin)))


class Removals:
    """The removals of one store; what changes them is called inside its transactions."""

    def __init__(self, connection: sqlite3.Connection, lock: RLock) -> None:
        self._connection = connection
        self._lock = lock

    def all(self) -> list[Removal]:
        """All removals, in order of id."""
        with self._lock:
            if not self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'removals'").fetchall():
                return []
            rows = self._connection.execute("SELECT id, origin FROM removals ORDER BY id, origin").fetchall()
        return [Removal(*row) for row in rows]

    def add(self, article_id: str) -> None:
        """Remember that an article which the store still holds is removed."""
        self._connection.execute(_TABLE)
        query = "INSERT OR IGNORE INTO removals SELECT id, origin FROM articles WHERE id = ?"
        self._connection.execute(query, (article_id,))

    def put(self, removal: Removal) -> None:
        """Remember a removal, of an article that is read from another file now, say."""
        self._connection.execute(_TABLE)
        values = (removal.article_id, removal.origin)
        self._connection.execute("INSERT OR IGNORE INTO removals VALUES (?, ?)", values)

    def forget(self, removal: Removal) -> None:
        """From now on the article may come back."""
        values = (removal.article_id, removal.origin)
        self._connection.execute("DELETE FROM removals WHERE id = ? AND origin = ?", values)
