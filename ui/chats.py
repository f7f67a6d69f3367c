"""The conversations of the chat: kept questions, and the ones being answered, whether a page looks on or not."""

from __future__ import annotations

import logging
import threading
from contextlib import closing
from dataclasses import dataclass, field, replace

from rag import (
    Answer,
    Assistant,
    Conversation,
    ConversationStore,
    Delta,
    Evidence,
    Exchange,
    Feedback,
    HoidapError,
    QuestionError,
    Quote,
    Standalone,
    Turn,
)
from ui.failures import detail_of, kind_of
from ui.readers import is_user, may_open
from ui.running import Run, Stopped
from ui.turns import Ticket, Turns

Event = Standalone | Evidence | Delta | Answer

_LOOK = 0.1  # seconds between two looks at whether a question that waits for its turn was stopped

_log = logging.getLogger(__name__)


class Busy(Exception):
    """A question of this conversation is being answered."""


@dataclass(frozen=True)
class Draft:
    """A question as far as it is answered: how it was understood, the evidence, the words of the answer so far.

    While it waits for its turn, `ahead` questions are to be answered before it.
    """

    exchange: Exchange
    standalone: str = ""
    evidence: tuple[Quote, ...] = ()
    written: str = ""
    waits: bool = False
    ahead: int = 0
    unkept: bool = False

    @property
    def done(self) -> bool:
        """Whether nothing more is going to come."""
        return self.exchange.state != "asked"


@dataclass
class Live:
    """A question being answered; `draft` is replaced as more becomes known, and `left` is set when it is kept."""

    conversation_id: str
    reader: str
    draft: Draft
    run: Run[Event] = field(default_factory=Run)
    left: threading.Event = field(default_factory=threading.Event)


class Chats:
    """Answers the questions of all conversations, a few at once, each in a thread of its own, and keeps them.

    A `reader` is the key of one: a conversation that the reader may not open is as one that there is not.
    """

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.store = ConversationStore(assistant.config.index, keep=assistant.config.answer.keep)
        self._turns = Turns()
        self._lock = threading.Lock()
        self._live: dict[str, Live] = {}

    def begin(self, conversation_id: str, reader: str, asked: Exchange, replaces: str = "") -> Live:
        """Begin to answer a question; `replaces` is the id of the last question, when it is asked in its place.

        The conversation is a new one when there is none of that id. Raises `Busy`, `Crowded` and `CollectionError`.
        """
        with self._lock:
            if not self._opens(conversation_id, reader):
                conversation_id = ""
            if conversation_id in self._live:
                raise Busy
            ticket = self._turns.enter(reader, limited=is_user(reader))
            try:
                conversation_id = self.store.add(conversation_id, reader, asked, replaces)
                kept = self.store.conversation(conversation_id)
            except BaseException:
                self._turns.leave(ticket)
                raise
            live = self._live[conversation_id] = Live(conversation_id, reader, Draft(asked, waits=True))
        history = () if asked.alone or kept is None else kept.turns
        threading.Thread(target=self._answer, args=(live, ticket, history), daemon=True).start()
        return live

    def live(self, conversation_id: str, reader: str) -> Live | None:
        """The question of a conversation that is being answered."""
        live = self._live.get(conversation_id)
        return live if live and may_open(reader, live.reader) else None

    def stop(self, conversation_id: str, reader: str) -> None:
        """Stop the answer of a conversation that is being made."""
        if live := self.live(conversation_id, reader):
            live.run.stop()

    def forget(self, conversation_id: str, reader: str) -> bool:
        """Delete a conversation, with the answer being made; False where there is none."""
        there = self._opens(conversation_id, reader)
        if there:
            self.stop(conversation_id, reader)
            self.store.delete(conversation_id)
        return there

    def rename(self, conversation_id: str, reader: str, title: str) -> bool:
        """Give a conversation another title; False where there is none. Raises `UsageError` for an empty one."""
        there = self._opens(conversation_id, reader)
        if there:
            self.store.rename(conversation_id, title)
        return there

    def give_feedback(self, conversation_id: str, reader: str, exchange_id: str, feedback: Feedback) -> bool:
        """Keep what is said of an answer; False where there is none."""
        there = self._opens(conversation_id, reader)
        return there and self.store.give_feedback(conversation_id, exchange_id, feedback)

    def conversation(self, conversation_id: str, reader: str) -> Conversation | None:
        """The conversation of that id, as it is kept."""
        return self.store.conversation(conversation_id) if self._opens(conversation_id, reader) else None

    def draft(self, conversation_id: str, reader: str, exchange_id: str) -> Draft | None:
        """A question of a conversation, as far as it is answered."""
        live = self.live(conversation_id, reader)
        if live and live.draft.exchange.id == exchange_id:
            return live.draft
        kept = self.conversation(conversation_id, reader)
        exchange = kept.exchange(exchange_id) if kept else None
        return Draft(exchange) if exchange else None

    def _opens(self, conversation_id: str, reader: str) -> bool:
        """Whether there is a conversation of that id which the reader may open."""
        owner = self.store.owner(conversation_id) if conversation_id else None
        return owner is not None and may_open(reader, owner)

    def _answer(self, live: Live, ticket: Ticket, history: tuple[Turn, ...]) -> None:
        try:
            ended = self._ended(live, ticket, history)
        except Exception:
            _log.exception("the question could not be answered")
            ended = replace(live.draft.exchange, state="failed")
        finally:
            self._turns.leave(ticket)
        unkept = False
        try:
            self.store.update(ended)
        except Exception:  # whatever it is: it is shown all the same, and the next question can be asked
            _log.exception("the answer could not be kept")
            unkept = True
        with self._lock:
            live.draft = replace(live.draft, exchange=ended, waits=False, ahead=0, unkept=unkept)
            self._live.pop(live.conversation_id, None)
        live.left.set()

    def _ended(self, live: Live, ticket: Ticket, history: tuple[Turn, ...]) -> Exchange:
        asked = live.draft.exchange
        try:
            self._await_turn(live, ticket)
            return self._follow(live, history)
        except Stopped:
            return replace(asked, state="stopped", written=live.draft.written.strip())
        except QuestionError:
            return replace(asked, state="unread")
        except HoidapError as error:
            return replace(asked, state="failed", failure=kind_of(error), error=detail_of(error))

    def _await_turn(self, live: Live, ticket: Ticket) -> None:
        while not self._turns.await_turn(ticket, _LOOK):
            if live.run.stopping:
                raise Stopped
            if (ahead := self._turns.ahead(ticket)) != live.draft.ahead:
                live.draft = replace(live.draft, ahead=ahead)
        live.draft = replace(live.draft, waits=False, ahead=0)

    def _follow(self, live: Live, history: tuple[Turn, ...]) -> Exchange:
        asked = live.draft.exchange
        events = self.assistant.stream(
            asked.question,
            history=history,
            mode=asked.mode,
            only=asked.only,
            refuse_below=asked.refuse_below,
            as_typed=asked.as_typed,
        )
        with closing(live.run.follow(events)) as followed:
            for event in followed:
                if isinstance(event, Answer):
                    return replace(asked, state="answered", answer=event)
                live.draft = _further(live.draft, event)
        raise RuntimeError("the assistant ended without an answer")


def _further(draft: Draft, event: Standalone | Evidence | Delta) -> Draft:
    if isinstance(event, Standalone):
        return replace(draft, standalone=event.question)
    if isinstance(event, Evidence):
        return replace(draft, evidence=event.quotes)
    return replace(draft, written=draft.written + event.text)
