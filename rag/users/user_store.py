"""The users of a collection's chat and their sessions, kept beside it.

FOLDER/users.sqlite       readable by its owner alone
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from rag.errors import CollectionError, UsageError
from rag.users.user import PASSWORD_CHARS, User, folded_name, user_name, user_password

FILE = "users.sqlite"
IDLE_SECONDS = 12 * 60 * 60
LONGEST_SECONDS = 30 * 24 * 60 * 60
_TOUCHED = 60  # seconds between two notes that a session is in use
_TOKEN_BYTES, _TOKEN_CHARS = 32, 100
_SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
  folded TEXT PRIMARY KEY, name TEXT NOT NULL, key TEXT UNIQUE NOT NULL, may_edit INTEGER NOT NULL,
  created TEXT NOT NULL, password TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
  token_sha256 TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users (folded) ON DELETE CASCADE,
  begun REAL NOT NULL, used REAL NOT NULL);
"""
_USER = "name, key, may_edit, created"


class UserStore:
    """The users of a collection; several threads and processes may use it at once.

    A name is the same in capitals. All methods raise `CollectionError` when the file cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        """Use the file of a collection; it is made with the first user."""
        self.path = folder / FILE

    def users(self) -> list[User]:
        """All users, by name."""
        return [_user(row) for row in self._rows(f"SELECT {_USER} FROM users ORDER BY folded")]

    def user(self, name: str) -> User | None:
        """The user of a name."""
        found = self._rows(f"SELECT {_USER} FROM users WHERE folded = ?", folded_name(name))
        return _user(found[0]) if found else None

    def is_empty(self) -> bool:
        """Whether there are no users."""
        return not self._rows("SELECT 1 FROM users LIMIT 1")

    def add(self, name: str, password: str, *, may_edit: bool = False) -> User:
        """Add a user. Raises `UsageError` for a name that there is, or a name or password that cannot be."""
        hashed = _hashed(user_password(password))
        created = datetime.now(UTC).isoformat(timespec="seconds")
        user = User(user_name(name), f"user:{secrets.token_urlsafe(16)}", may_edit, created)
        self._make()
        values = (folded_name(name), user.name, user.key, may_edit, created, hashed)
        with self._connection() as connection:
            added = connection.execute("INSERT OR IGNORE INTO users VALUES (?, ?, ?, ?, ?, ?)", values)
            if not added.rowcount:
                raise UsageError(f"there is a user {user.name!r} already; `hoidap users list` shows all")
        return user

    def remove(self, name: str) -> User:
        """Remove a user, whose sessions end. Raises `UsageError` for a name that there is not."""
        user = self._known(name)
        with self._connection() as connection:
            connection.execute("DELETE FROM users WHERE folded = ?", (folded_name(name),))
        return user

    def set_password(self, name: str, password: str) -> None:
        """Give a user another password; all sessions of the user end. Raises `UsageError`."""
        hashed, folded = _hashed(user_password(password)), folded_name(self._known(name).name)
        with self._connection() as connection:
            connection.execute("UPDATE users SET password = ? WHERE folded = ?", (hashed, folded))
            connection.execute("DELETE FROM sessions WHERE user = ?", (folded,))

    def set_may_edit(self, name: str, may_edit: bool) -> User:
        """Let a user add and remove articles, or no longer, from the next request on. Raises `UsageError`."""
        user = self._known(name)
        with self._connection() as connection:
            connection.execute("UPDATE users SET may_edit = ? WHERE folded = ?", (may_edit, folded_name(name)))
        return replace(user, may_edit=may_edit)

    def checked(self, name: str, password: str) -> User | None:
        """The user of a name and a password; it takes as long where there is no such name, or it cannot be one."""
        unknown = _unknown()  # made before it is known whether it is needed
        try:
            given = user_password(password)
            found = self._rows(f"SELECT {_USER}, password FROM users WHERE folded = ?", folded_name(name))
        except UsageError:
            given, found = " " * PASSWORD_CHARS[0], []
        fits = _fits(found[0][-1] if found else unknown, given)
        return _user(found[0]) if found and fits else None

    def begin_session(self, user: User) -> str:
        """Begin a session of a user, and return its token, of which only a hash is kept."""
        token, now = secrets.token_urlsafe(_TOKEN_BYTES), time.time()
        with self._connection() as connection:
            connection.execute("DELETE FROM sessions WHERE NOT (used > ? AND begun > ?)", _oldest(now))
            # Nothing where the user was removed, or is another one of that name, meanwhile.
            begun = "INSERT INTO sessions SELECT ?, folded, ?, ? FROM users WHERE key = ?"
            connection.execute(begun, (_sha256(token), now, now, user.key))
        return token

    def session_user(self, token: str) -> User | None:
        """The user of a session that goes on: one that lies idle for 12 hours has ended, and any after 30 days."""
        now, known = time.time(), _sha256(token[:_TOKEN_CHARS])
        query = f"""SELECT {_USER}, used FROM sessions JOIN users ON user = folded
            WHERE token_sha256 = ? AND used > ? AND begun > ?"""
        found = self._rows(query, known, *_oldest(now))
        if not found:
            return None
        if now - found[0][-1] > _TOUCHED:
            with self._connection() as connection:
                connection.execute("UPDATE sessions SET used = ? WHERE token_sha256 = ?", (now, known))
        return _user(found[0])

    def end_session(self, token: str) -> None:
        """End a session; nothing where there is none."""
        if self._is_there():
            with self._connection() as connection:
                connection.execute("DELETE FROM sessions WHERE token_sha256 = ?", (_sha256(token[:_TOKEN_CHARS]),))

    def _known(self, name: str) -> User:
        if user := self.user(name):
            return user
        raise UsageError(f"there is no user {user_name(name)!r}; `hoidap users list` shows all")

    def _is_there(self) -> bool:
        try:
            self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:  # what cannot be looked at is not taken for no users, as `exists` does from 3.14 on
            raise self._error(error) from error
        return True

    def _make(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Made before SQLite opens it: what it holds is nobody else's to read, and its side files follow it.
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise self._error(error) from error
        with self._connection() as connection:
            connection.executescript(_SCHEMA)

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        if not self._is_there():
            return []
        with self._connection() as connection:
            return connection.execute(query, values).fetchall()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection for one use, in a transaction; the file is never made by it."""
        try:
            address = f"{self.path.absolute().as_uri()}?mode=rw"
            with closing(sqlite3.connect(address, uri=True, timeout=30)) as connection:
                connection.execute("PRAGMA foreign_keys = ON")
                with connection:
                    yield connection
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._error(error) from error

    def _error(self, error: Exception) -> CollectionError:
        return CollectionError(
            f"{self.path}: the users cannot be read or kept ({error}); make it readable and writable by you,"
            " or if it is damaged, remove it and add them again"
        )


def _user(row: Sequence[Any]) -> User:
    name, key, may_edit, created = row[:4]
    return User(name, key, bool(may_edit), created)


def _oldest(now: float) -> tuple[float, float]:
    """Since when a session must have been used, and begun."""
    return now - IDLE_SECONDS, now - LONGEST_SECONDS


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _hashed(password: str) -> str:
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password)


@cache
def _unknown() -> str:
    """The hash that is looked at where there is no such user."""
    return _hashed(secrets.token_hex())


def _fits(hashed: str, password: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        return PasswordHasher().verify(hashed, password)
    except (Argon2Error, InvalidHashError):
        return False
