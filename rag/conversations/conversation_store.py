"""The conversations of a collection, kept beside it.

FOLDER/conversations.sqlite       readable by its owner alone; deleting it forgets them
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.conversations.conversation import Conversation, Exchange, Feedback, Heading, new_id, title_of
from rag.errors import CollectionError, UsageError
from rag.text.normalize import clean, fold

if TYPE_CHECKING:
    from pydantic import TypeAdapter

LOG = logging.getLogger(__name__)
FILE = "conversations.sqlite"
KEPT = 2_000  # conversations of one reader; the ones that lie idle longest go first
_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
  id TEXT PRIMARY KEY, reader TEXT NOT NULL, title TEXT NOT NULL, named INTEGER NOT NULL,
  created TEXT NOT NULL, changed TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS of_reader ON conversations (reader, changed);
CREATE TABLE IF NOT EXISTS exchanges (
  row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL,
  conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  words TEXT NOT NULL, record TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS of_conversation ON exchanges (conversation);
"""
_HEADING = "id, title, created, changed, named"


class ConversationStore:
    """The conversations of a collection; several threads and processes may use it at once.

    Each belongs to a reader, a name that nobody can guess; who may open which is for the caller to say, see `owner`.
    All methods raise `CollectionError` when the file cannot be used.
    """

    def __init__(self, folder: Path, *, keep: bool = True) -> None:
        """Use the file of a collection; one that lasts as long as this store where it cannot be, or is not to be."""
        self.path = folder / FILE
        self.lasts = True  # longer than the program that uses it
        if not keep or not self._can_write():
            temporary = tempfile.mkdtemp(prefix="hoidap-")
            weakref.finalize(self, shutil.rmtree, temporary, ignore_errors=True)
            self.path = Path(temporary, FILE)
            self.lasts = False
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)

    def _can_write(self) -> bool:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Made before SQLite opens it: what it holds is nobody else's to read, and its side files follow it.
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            LOG.warning("%s: conversations are forgotten when the program ends (%s)", self.path, error)
            return False
        return True

    def add(self, conversation_id: str, reader: str, exchange: Exchange, replaces: str = "") -> str:
        """Add a question to a conversation, and return the conversation's id: a new one where there is none of it.

        It takes the place of the last question where `replaces` is the id of that one.
        """
        last = "SELECT id FROM exchanges WHERE conversation = ? ORDER BY row DESC LIMIT 1"
        with self._connection() as connection:
            connection.execute(f"DELETE FROM exchanges WHERE id = ? AND id = ({last})", (replaces, conversation_id))
            known = connection.execute("SELECT 1 FROM conversations WHERE id = ?", (conversation_id,)).fetchone()
            if not known:
                conversation_id = new_id()
                values = (conversation_id, reader, title_of(exchange.question), exchange.asked, exchange.asked)
                connection.execute("INSERT INTO conversations VALUES (?, ?, ?, 0, ?, ?)", values)
                self._forget_oldest(connection, reader)
            connection.execute("UPDATE conversations SET changed = ? WHERE id = ?", (exchange.asked, conversation_id))
            row = (exchange.id, conversation_id, _words(exchange), _written(exchange))
            connection.execute("INSERT INTO exchanges (id, conversation, words, record) VALUES (?, ?, ?, ?)", row)
        return conversation_id

    def update(self, exchange: Exchange) -> None:
        """Keep what has become of a question; nothing where its conversation was deleted meanwhile."""
        with self._connection() as connection:
            values = (_words(exchange), _written(exchange), exchange.id)
            connection.execute("UPDATE exchanges SET words = ?, record = ? WHERE id = ?", values)

    def owner(self, conversation_id: str) -> str | None:
        """The reader to whom a conversation belongs; None where there is none of that id."""
        with self._connection() as connection:
            query = "SELECT reader FROM conversations WHERE id = ?"
            found = connection.execute(query, (conversation_id,)).fetchone()
        return str(found[0]) if found else None

    def conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation of that id, whole."""
        with self._connection() as connection:
            query = f"SELECT {_HEADING} FROM conversations WHERE id = ?"
            found = connection.execute(query, (conversation_id,)).fetchone()
            rows = connection.execute(
                "SELECT record FROM exchanges WHERE conversation = ? ORDER BY row", (conversation_id,)
            ).fetchall()
        return Conversation(_heading(found), tuple(map(self._read, rows))) if found else None

    def headings(self, reader: str, search: str = "", limit: int = 200) -> list[Heading]:
        """The conversations of a reader, the last one first; those alone that hold all words of a search."""
        where, values = "reader = ?", [reader]
        for word in _folded(search).split():
            where += """ AND (instr(folded(title), ?) OR
                EXISTS (SELECT 1 FROM exchanges WHERE conversation = conversations.id AND instr(words, ?)))"""
            values += [word, word]
        query = f"SELECT {_HEADING} FROM conversations WHERE {where} ORDER BY changed DESC, rowid DESC LIMIT ?"
        with self._connection() as connection:
            return [_heading(row) for row in connection.execute(query, (*values, limit))]

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title. Raises `UsageError` for an empty one."""
        if not (title := title_of(clean(title))):
            raise UsageError("the title of a conversation is empty; give it some words")
        with self._connection() as connection:
            connection.execute("UPDATE conversations SET title = ?, named = 1 WHERE id = ?", (title, conversation_id))

    def delete(self, conversation_id: str) -> None:
        """Forget a conversation, with what was said of its answers."""
        with self._connection() as connection:
            connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))

    def delete_all(self, reader: str) -> None:
        """Forget all conversations of a reader."""
        with self._connection() as connection:
            connection.execute("DELETE FROM conversations WHERE reader = ?", (reader,))

    def give_feedback(self, conversation_id: str, exchange_id: str, feedback: Feedback | None) -> bool:
        """Keep, or with None forget, what a reader says of an answer; False where there is no such answer."""
        with self._connection() as connection:
            row = connection.execute(
                "SELECT record FROM exchanges WHERE conversation = ? AND id = ?", (conversation_id, exchange_id)
            ).fetchone()
            exchange = self._read(row) if row else None
            if exchange is None or exchange.answer is None:
                return False
            record = _written(replace(exchange, feedback=feedback))
            connection.execute("UPDATE exchanges SET record = ? WHERE id = ?", (record, exchange_id))
        return True

    def with_feedback(self) -> list[tuple[str, Exchange]]:
        """The answers of which something was said, in the order of their questions, with the conversation of each."""
        query = "SELECT record, conversation FROM exchanges WHERE instr(record, '\"verdict\":') ORDER BY row"
        with self._connection() as connection:
            found = [(row[1], self._read(row)) for row in connection.execute(query)]
        return [(conversation, exchange) for conversation, exchange in found if exchange.feedback]

    def _forget_oldest(self, connection: sqlite3.Connection, reader: str) -> None:
        oldest = "SELECT id FROM conversations WHERE reader = ? ORDER BY changed DESC LIMIT -1 OFFSET ?"
        connection.execute(f"DELETE FROM conversations WHERE id IN ({oldest})", (reader, KEPT))

    def _read(self, row: Sequence[Any]) -> Exchange:
        try:
            return _adapter().validate_json(row[0])
        except ValueError as error:
            raise CollectionError(
                f"{self.path}: holds a conversation that cannot be read; remove the file to start anew"
            ) from error

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection for one use, in a transaction: the file may be removed at any time."""
        try:
            with closing(sqlite3.connect(self.path, timeout=30)) as connection:
                connection.execute("PRAGMA foreign_keys = ON")
                connection.create_function("folded", 1, _folded, deterministic=True)
                with connection:
                    yield connection
        except sqlite3.Error as error:
            raise CollectionError(
                f"{self.path}: the conversations cannot be read or kept ({error}); if it is damaged, remove the file"
            ) from error


@cache
def _adapter() -> TypeAdapter[Exchange]:
    from pydantic import TypeAdapter

    return TypeAdapter(Exchange)


def _written(exchange: Exchange) -> str:
    return _adapter().dump_json(exchange).decode()


def _words(exchange: Exchange) -> str:
    return _folded(f"{exchange.question}\n{exchange.answer.text if exchange.answer else exchange.written}")


def _folded(text: str) -> str:
    return fold(clean(text)).casefold()


def _heading(row: Sequence[Any]) -> Heading:
    known, title, created, changed, named = row
    return Heading(known, title, created, changed, bool(named))
