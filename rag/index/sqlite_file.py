"""The SQLite database of a collection: opened for several threads, with SQLite's errors as `CollectionError`s."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rag.errors import CollectionError
from rag.text.normalize import clean

# SQLite quotes a damaged schema in its message, which then cannot be decoded.
_ERRORS = (sqlite3.Error, UnicodeDecodeError)
# Seconds that a writer waits for another, and milliseconds for readers before it leaves the log of changes as it is.
_PATIENCE, _CHECKPOINT_PATIENCE = 30, 500


class SqliteFile:
    """A connection to a database that exists. All methods raise `CollectionError` for what SQLite cannot do."""

    def __init__(self, path: Path) -> None:
        """Open the database, for reading alone where its folder cannot be written to."""
        self.path = path
        self._lock = threading.RLock()
        self._connection = self._opened()
        self._written = False
        # A snapshot that nobody uses any more must not keep the log of changes.
        self._finalizer = weakref.finalize(self, self._connection.close)

    def _opened(self) -> sqlite3.Connection:
        try:
            return _connected(self.path.absolute().as_uri() + "?mode=rw")
        except sqlite3.OperationalError as error:
            wal = self.path.with_name(f"{self.path.name}-wal")
            if _is(error, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN) and not _size(wal):
                # A log of changes cannot be made beside it, as on a disk that is mounted read-only, and none is there.
                with self.translated():
                    return _connected(self.path.absolute().as_uri() + "?immutable=1")
            raise self.error(error) from error
        except _ERRORS as error:
            raise self.error(error) from error

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with self._lock, self.translated():
            return self._connection.execute(query, tuple(values)).fetchall()

    def run(self, statement: str, values: Sequence[object] = ()) -> int | None:
        """Run a statement, and return the number of the row that it inserted, if it did."""
        with self._lock, self.translated():
            return self._connection.execute(statement, tuple(values)).lastrowid

    def run_each(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement once for each row of values."""
        with self._lock, self.translated():
            self._connection.executemany(statement, rows)

    def freeze(self) -> None:
        """From now on read the present state alone, whatever others write."""
        self.run("BEGIN")
        self.rows("SELECT count(*) FROM sqlite_schema")  # the state is that of the first read

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is written inside."""
        with self._lock:
            self.run("BEGIN IMMEDIATE")
            self._written = True
            try:
                yield
                self.run("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself when the disk is full.
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file; if it was written to, its log of changes is moved into it and emptied first."""
        if self._written and self._finalizer.alive:
            # Readers of an earlier state keep the log. The next writer tries again.
            with self._lock, suppress(sqlite3.Error):
                self._connection.execute(f"PRAGMA busy_timeout = {_CHECKPOINT_PATIENCE}")
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._finalizer()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Raise SQLite's errors as errors of the collection."""
        try:
            yield
        except _ERRORS as error:
            raise self.error(error) from error

    def error(self, error: Exception) -> CollectionError:
        """Return the error of the collection that stands for one of SQLite, or for rows that are not as written."""
        if _is(error, sqlite3.SQLITE_FULL):
            return CollectionError(f"{self.path}: its disk is full ({error}); free some space and try again")
        if _is(error, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return CollectionError(f"{self.path}: another process uses it ({error}); try again when it is done")
        if _is(error, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
            return CollectionError(f"{self.path}: cannot be opened ({error}); make its folder writable, or copy it")
        if _is(error, sqlite3.SQLITE_IOERR):
            return CollectionError(
                f"{self.path}: cannot be read or written ({error}); check its disk, also for space, and try again"
            )
        return CollectionError(f"{self.path}: is damaged or no collection ({error}); ingest into a new one")


def _connected(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=_PATIENCE, check_same_thread=False, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        # SQLite's own lower() knows no letters beyond a-z.
        connection.create_function("folded_case", 1, lambda text: clean(text).casefold(), deterministic=True)
        connection.create_function("sha256", 1, _sha256, deterministic=True)
        connection.execute("SELECT count(*) FROM sqlite_schema")  # what cannot be read shows with the first read
    except BaseException:
        connection.close()
        raise
    return connection


def _sha256(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def _is(error: Exception, *codes: int) -> bool:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in codes


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0
