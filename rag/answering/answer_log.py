"""The answers that were given, kept beside the collection with all that they depended on.

FOLDER/answers.sqlite             readable by its owner alone; deleting it forgets them
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from rag.answering.answer import Answer, Fingerprint
from rag.config import Config, Mode
from rag.errors import CollectionError, UsageError
from rag.index.filter import Filter
from rag.index.sqlite_file import SqliteFile
from rag.query.conversation import Turn
from rag.query.request import Request

LOG = logging.getLogger(__name__)
FILE = "answers.sqlite"
KEPT = 10_000
SHORTEST_ID = 6
_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, record TEXT NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class KeptPassage:
    """Where a passage stood, and the SHA-256 of its text."""

    article_id: str
    start: int
    end: int
    sha256: str


@dataclass(frozen=True, slots=True)
class KeptCitation:
    """A quoted sentence, where it stood, and how far it bore the answer out."""

    article_id: str
    start: int
    end: int
    text: str
    support: str


@dataclass(frozen=True, slots=True)
class LoggedAnswer:
    """An answer with what it was made from and under which settings (name -> value); `asked` is a time in UTC.

    `mode` is the one asked for, `only` the filter; `fingerprint` is that of the answer. `refuse_below` is the threshold
    asked for; None when it was that of the settings, which may change. `today` is the day, an ISO date, against which
    the question was read; `as_typed` says that none of its words were to be corrected.
    """

    id: str
    asked: str
    question: str
    history: tuple[Turn, ...]
    standalone_question: str
    mode: Mode
    only: Filter
    settings: Mapping[str, Any]
    fingerprint: Fingerprint
    passages: tuple[KeptPassage, ...]
    text: str
    status: Literal["answered", "refused"]
    confidence: float
    citations: tuple[KeptCitation, ...]
    refuse_below: float | None = None  # not in what was kept before questions could ask for one
    today: str | None = None  # nor in what was kept before it was
    as_typed: bool = False  # nor before questions were corrected

    @property
    def request(self) -> Request:
        """What was asked, whole; on the day of the answer where an earlier version kept none."""
        today = date.fromisoformat(self.today or self.asked[:10])
        return Request(self.question, self.history, self.only, today, self.mode, self.refuse_below, self.as_typed)


def logged_answer(answer: Answer, config: Config) -> LoggedAnswer:
    """What is kept of an answer that has just been given."""
    request = answer.request
    asked_for = {} if request.refuse_below is None else {"answer.refuse_below": request.refuse_below}
    return LoggedAnswer(
        id=answer.id,
        asked=datetime.now(UTC).isoformat(timespec="seconds"),
        question=request.question,
        history=request.history,
        standalone_question=answer.standalone_question,
        mode=request.mode,
        only=request.only,
        settings={**_settings(config), **asked_for},
        fingerprint=answer.fingerprint,
        passages=tuple(
            KeptPassage(each.article_id, each.start, each.end, hashlib.sha256(each.text.encode()).hexdigest())
            for each in answer.passages
        ),
        text=answer.text,
        status=answer.status,
        confidence=answer.confidence,
        citations=tuple(
            KeptCitation(quote.article_id, quote.start, quote.end, quote.text, citation.support)
            for citation in answer.citations
            for quote in [citation.quote]
        ),
        refuse_below=request.refuse_below,
        today=request.today.isoformat(),
        as_typed=request.as_typed,
    )


class AnswerLog:
    """The newest `KEPT` answers of a collection; several threads and processes may add to them at once."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._warned = False

    def add(self, record: LoggedAnswer) -> None:
        """Keep an answer; where that cannot be, the log says so once, and nothing else happens."""
        try:
            # Made before SQLite opens it: what it holds is nobody else's to read, and its side files follow it.
            os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
            # One connection for each use: the file may be removed at any time, and nothing is left open.
            with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as connection:
                # SQLite does not wait here for another that makes the file; that one sets the same.
                with suppress(sqlite3.OperationalError):
                    connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(_SCHEMA)
                values = (record.id, json.dumps(asdict(record), ensure_ascii=False))
                connection.execute("INSERT INTO answers (id, record) VALUES (?, ?)", values)
                connection.execute("DELETE FROM answers WHERE row <= (SELECT max(row) FROM answers) - ?", (KEPT,))
                connection.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            if not self._warned:
                LOG.warning("%s: answers are not kept (%s)", self.path, error)
            self._warned = True

    def find(self, prefix: str) -> LoggedAnswer:
        """The answer whose id starts with `prefix`.

        Raises `UsageError` for none, several and too short a prefix, `CollectionError` for a damaged file.
        """
        if len(prefix) < SHORTEST_ID:
            raise UsageError(f"{prefix!r} is too short; give {SHORTEST_ID} characters of the answer's id or more")
        found = self._read("WHERE substr(id, 1, ?) = ? LIMIT 2", (len(prefix), prefix.lower()))
        if len(found) > 1:
            raise UsageError(f"several answers have an id that starts with {prefix!r}; give more of it")
        if not found:
            raise UsageError(f"{self.path}: holds no answer {prefix!r}; `hoidap replay` lists the newest")
        return found[0]

    def newest(self, count: int) -> list[LoggedAnswer]:
        """The answers given last, the newest first. Raises `CollectionError` for a damaged file."""
        return self._read("ORDER BY row DESC LIMIT ?", (count,))

    def _read(self, which: str, values: Sequence[object]) -> list[LoggedAnswer]:
        if not self.path.exists():
            return []
        try:
            with closing(SqliteFile(self.path)) as file:  # on a disk that is read-only too
                rows = file.rows(f"SELECT record FROM answers {which}", values)
            return [_record(json.loads(row[0])) for row in rows]
        except (CollectionError, AttributeError, LookupError, TypeError, ValueError, UsageError) as error:
            reason = error.__cause__ or error
            raise CollectionError(
                f"{self.path}: the kept answers cannot be read ({reason}); remove the file to start anew"
            ) from error


def _settings(config: Config) -> dict[str, Any]:
    """The settings on which an answer depends, by name; those of the collection are in its fingerprint."""
    sections = {
        "retrieval": config.retrieval.model_dump(),
        "answer": config.answer.model_dump(exclude={"mode", "keep"}),
        "llm": config.llm.model_dump(include={"model", "max_tokens", "timeout"}),
    }
    return {f"{section}.{name}": value for section, values in sections.items() for name, value in values.items()}


def _record(values: dict[str, Any]) -> LoggedAnswer:
    only: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values["only"].items()}
    fingerprint = values["fingerprint"]
    made = {
        "history": tuple(Turn(**turn) for turn in values["history"]),
        "only": Filter(**only),
        "fingerprint": Fingerprint(**{**fingerprint, "calibration": tuple(fingerprint["calibration"])}),
        "passages": tuple(KeptPassage(**passage) for passage in values["passages"]),
        "citations": tuple(KeptCitation(**citation) for citation in values["citations"]),
    }
    return LoggedAnswer(**{**values, **made})
