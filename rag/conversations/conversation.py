"""A conversation: its questions, what became of each, and what its reader said of the answers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Self

from rag.answering.answer import Answer
from rag.config import Mode
from rag.index.filter import EVERYTHING, Filter
from rag.query.conversation import Turn

State = Literal["asked", "answered", "stopped", "failed", "unread"]
Verdict = Literal["right", "wrong", "wrong_citation", "should_have_refused"]
TITLE_CHARS = 80
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader said of an answer; `correction` is what it should have said, "" for none; `given` a time in UTC."""

    verdict: Verdict
    correction: str
    given: str

    @classmethod
    def now(cls, verdict: Verdict, correction: str = "") -> Self:
        """What a reader says at this moment."""
        return cls(verdict, correction, utc_now())


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of a conversation, as it was asked, and what became of it.

    `id` is unique in all conversations; `asked` is a time in UTC. `mode` and `refuse_below` are those asked for, None
    for those of the settings; `alone` says that it does not build on the questions before it. One that is
    "unread" was no question that can be read. `written` is what there was of an answer that was stopped; `failure` the
    class of the error by which one failed and `error` its words, "" when that is in the log alone.
    """

    id: str
    question: str
    asked: str
    mode: Mode | None = None
    refuse_below: float | None = None
    only: Filter = EVERYTHING
    as_typed: bool = False
    alone: bool = False
    state: State = "asked"
    answer: Answer | None = None
    written: str = ""
    error: str = ""
    feedback: Feedback | None = None
    failure: str = ""

    @classmethod
    def now(
        cls,
        question: str,
        mode: Mode | None = None,
        refuse_below: float | None = None,
        only: Filter = EVERYTHING,
        *,
        as_typed: bool = False,
        alone: bool = False,
    ) -> Self:
        """A question that is asked at this moment."""
        return cls(new_id(), question, utc_now(), mode, refuse_below, only, as_typed, alone)

    @property
    def turn(self) -> Turn | None:
        """What a later question builds on; None where there is no answer."""
        return self.answer.turn if self.answer else None


@dataclass(frozen=True, slots=True)
class Heading:
    """A conversation as it is listed; `created` and `changed` are times in UTC.

    `named` says that the title was given by its reader; else it is the first question.
    """

    id: str
    title: str
    created: str
    changed: str
    named: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with its questions in order."""

    heading: Heading
    exchanges: tuple[Exchange, ...] = ()

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What the next question builds on, in order."""
        return tuple(turn for each in self.exchanges if (turn := each.turn))

    def exchange(self, exchange_id: str) -> Exchange | None:
        """The question of that id."""
        return next((each for each in self.exchanges if each.id == exchange_id), None)


def title_of(question: str) -> str:
    """The title of a conversation that begins with a question: its beginning, on one line."""
    line = " ".join(question.split())
    return line if len(line) <= TITLE_CHARS else f"{line[:TITLE_CHARS].rsplit(' ', 1)[0]}…"


def new_id() -> str:
    """An id that nobody can guess."""
    return secrets.token_urlsafe(_ID_BYTES)


def utc_now() -> str:
    """The time in UTC, to the microsecond, as ISO text."""
    return datetime.now(UTC).isoformat()
