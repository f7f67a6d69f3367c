"""What the chat does, without Gradio: a question and a session in, snapshots of the session out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Literal, TypedDict

from rag import CAUTION, Answer, Assistant, Delta, Evidence, HoidapError, QuestionError, Standalone, Turn
from ui import render, sources
from ui.escaping import plain
from ui.running import Run, Stopped
from ui.strings import Strings

Event = Standalone | Evidence | Delta | Answer
Mode = Literal["extractive", "generative"]

UPDATE_INTERVAL = 0.1  # seconds between two snapshots of an answer being written
SHOWN = 3  # quotes shown while an answer is written, and passages when there is none
QUESTIONS_SHOWN = 40  # each answer sends all messages to the page again

_log = logging.getLogger(__name__)


class Message(TypedDict):
    """One message as Gradio's chat takes it."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True)
class Session:
    """One reader's conversation: what is shown, what follow-ups build on, and what each citation opens.

    `sources[n - 1]` holds the quotes of answer `n` by marker, `understood[n - 1]` the question that it answers when
    that is not the one that was typed, else ""; `reply` is the index of the message with the text of the last answer.
    `number` counts the conversations of a page: a question that waited in the queue belongs to the one it was asked in.
    """

    messages: tuple[Message, ...] = ()
    turns: tuple[Turn, ...] = ()
    sources: tuple[sources.Spans, ...] = ()
    understood: tuple[str, ...] = ()
    reply: int | None = None
    number: int = 0


@dataclass
class _Reply:
    """The part of a session that belongs to the question being answered."""

    before: Session
    question: str
    number: int
    text: str
    understood: str = ""
    note: str = ""
    written: str = ""
    quotes: str = ""
    spans: sources.Spans = field(default_factory=dict)

    def session(self, *, turn: Turn | None = None) -> Session:
        """Put the session together as it stands; with `turn`, the question is answered."""
        shown = [_message("user", render.question_html(self.question))]
        shown += [_message("assistant", html) for html in (self.note, self.text, self.quotes) if html]
        return Session(
            (*self.before.messages, *shown),
            (*self.before.turns, turn) if turn else self.before.turns,
            (*self.before.sources, self.spans),
            (*self.before.understood, self.understood),
            len(self.before.messages) + 1 + bool(self.note),
            self.before.number,
        )

    def stopped(self, strings: Strings) -> Session:
        """The session with what was written so far, and that it is not written any further."""
        self.text = render.fragment_html(self.written) + render.note_html(strings.stopped)
        return self.session()


def ask(
    assistant: Assistant,
    question: str,
    session: Session,
    strings: Strings,
    mode: Mode | None = None,
    clock: Callable[[], float] = time.monotonic,
    offered: str = "",
    refuse_below: float | None = None,
    run: Run[Event] | None = None,
) -> Iterator[Session]:
    """Answer a question: the evidence at once, then the answer while it is written, then the checked answer.

    A question that is a correction of the `offered` one stands alone already: it is asked as it is.

    Yields the whole session each time, at most about ten times a second. A failure is shown in the chat, never raised.
    Closing the generator stops the assistant; stopping the `run` does so too, and yields what there is by then.
    """
    question = question.strip()
    if not question:
        return
    session = recent(session, strings)
    reply = _Reply(session, question, len(session.sources) + 1, render.waiting_html(strings.searching))
    yield reply.session()
    try:
        corrects = _corrects(question, offered)
        history = () if corrects else session.turns
        events = assistant.stream(
            question, history=history, mode=mode, refuse_below=refuse_below, as_typed=corrects and bool(offered)
        )
        yield from _follow((run or Run[Event]()).follow(events), reply, strings, clock)
    except Stopped:
        yield reply.stopped(strings)
    except QuestionError:
        reply.text = render.error_html(strings.question_failed, strings.question_advice)
        yield reply.session()
    except HoidapError as error:
        reply.text = render.error_html(strings.failed, str(error))
        yield reply.session()
    except Exception:
        _log.exception("the question could not be answered")
        reply.text = render.error_html(strings.failed, strings.failed_advice)
        yield reply.session()


def recent(session: Session, strings: Strings) -> Session:
    """Let the older half of the questions go, with their answers and sources, once `QUESTIONS_SHOWN` are shown."""
    asked = [n for n, message in enumerate(session.messages) if message["role"] == "user"]
    if len(asked) < QUESTIONS_SHOWN:
        return session
    kept = QUESTIONS_SHOWN // 2
    gone = len(session.sources) - kept
    return replace(
        session,
        messages=(_message("assistant", render.note_html(strings.earlier)), *session.messages[asked[-kept] :]),
        turns=session.turns[-kept:],
        sources=({},) * gone + session.sources[gone:],
        understood=("",) * gone + session.understood[gone:],
    )


def stop(session: Session, strings: Strings) -> Session:
    """Say below the last answer that it was stopped: for a stop that came when it was there already."""
    note = render.note_html(strings.stopped)
    if session.reply is None or note in session.messages[session.reply]["content"]:
        return session
    messages = list(session.messages)
    messages[session.reply] = _message("assistant", messages[session.reply]["content"] + note)
    return replace(session, messages=tuple(messages))


def understood(session: Session, reference: str) -> str:
    """The question that an edit link offers for correction; "" for a link that the session does not know."""
    return next((known for n, known in enumerate(session.understood, start=1) if reference == f"edit-{n}"), "")


def open_source(assistant: Assistant, session: Session, reference: str, strings: Strings) -> str:
    """Render the article behind a citation link for the source panel, with the quoted sentence marked.

    It carries the reference: the page knows by it which source it has got.
    """
    return f'<div data-reference="{plain(reference)}">{_source(assistant, session, reference, strings)}</div>'


def header(assistant: Assistant, strings: Strings) -> str:
    """Render the head of the page."""
    try:
        return render.header_html(assistant.status(), strings)
    except HoidapError as error:
        return render.error_html(strings.unusable, str(error))


def _source(assistant: Assistant, session: Session, reference: str, strings: Strings) -> str:
    found = _find(session, reference)
    if found is None:
        return render.note_html(strings.source_forgotten)
    span, others = found
    try:
        article = assistant.article(span.article_id)
    except HoidapError as error:
        return render.error_html(strings.failed, str(error))
    except Exception:
        _log.exception("the source could not be opened")
        return render.error_html(strings.failed, strings.failed_advice)
    if article is None:
        return render.gone_html(span, strings)
    return render.article_html(article, span, others, strings)


def _follow(
    events: Generator[Event, None, None], reply: _Reply, strings: Strings, clock: Callable[[], float]
) -> Iterator[Session]:
    written, shown_at = "", float("-inf")
    with closing(events):
        for event in events:
            if isinstance(event, Delta):
                written += event.text
                reply.written = written.strip()
                if not reply.written or clock() - shown_at < UPDATE_INTERVAL:
                    continue
                reply.text, shown_at = render.draft_html(written.lstrip()), clock()
            elif isinstance(event, Answer):
                yield _finished(reply, event, strings)
                return
            else:
                _show(reply, event, strings)
            yield reply.session()
    raise RuntimeError("the assistant ended without an answer")


def _show(reply: _Reply, event: Standalone | Evidence, strings: Strings) -> None:
    if isinstance(event, Standalone):
        _understood(reply, event.question, strings)
        return
    reply.spans = dict(enumerate(event.quotes[:SHOWN], start=1))
    if reply.spans:
        reply.text = render.waiting_html(strings.writing)
        reply.quotes = sources.evidence_html(reply.spans, reply.number, strings)


def _understood(reply: _Reply, question: str, strings: Strings) -> None:
    reply.understood = question
    reply.note = render.standalone_html(question, reply.number, strings)


def _finished(reply: _Reply, answer: Answer, strings: Strings) -> Session:
    reply.text = render.answer_html(answer, reply.number, strings)
    if answer.status == "refused":
        reply.spans = dict(enumerate(answer.passages[:SHOWN], start=1))
        reply.quotes = sources.nearest_html(reply.spans, reply.number, strings) if reply.spans else ""
        if (caution := _bolder(answer.confidence)) is not None:
            reply.text += render.note_html(strings.bolder.format(caution=strings.caution(caution)))
    else:
        reply.spans = sources.cited(answer.citations)
        reply.quotes = sources.quotes_html(answer, reply.number, strings)
    if answer.standalone_question not in ("", answer.question):
        _understood(reply, answer.standalone_question, strings)
    return reply.session(turn=Turn(reply.question, answer.text, answer.standalone_question))


def _bolder(confidence: float) -> float | None:
    """The most cautious of the named thresholds that would have let the answer through.

    None below `balanced`: most of what gets through only there is not held, as measured, and nobody is led to it.
    """
    return max((each for each in CAUTION.values() if CAUTION["balanced"] <= each <= confidence), default=None)


def _corrects(question: str, offered: str) -> bool:
    """Whether at least half of the words of a question are those of the offered one: another was not typed instead."""
    said, put = question.casefold().split(), set(offered.casefold().split())
    return sum(word in put for word in said) * 2 >= len(said)


def _find(session: Session, reference: str) -> tuple[sources.Span, list[sources.Span]] | None:
    """Find the span that a link names, and the other spans of the same answer."""
    for number, spans in enumerate(session.sources, start=1):
        for marker, span in spans.items():
            if sources.reference(number, marker) == reference:
                return span, [other for other in spans.values() if other is not span]
    return None


def _message(role: Literal["user", "assistant"], content: str) -> Message:
    return {"role": role, "content": content}
