"""What the events of the chat do, in terms of Gradio."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from rag import CAUTION, Assistant
from ui import handlers, render
from ui.handlers import Event, Session
from ui.running import Run
from ui.strings import Strings

LAST_WORDS = 5.0  # seconds that a new chat waits for the answer of the old one to be taken back


def empty_panel(strings: Strings) -> str:
    """Render the source panel without a source."""
    return render.note_html(strings.panel_empty)


class Events:
    """What the events of the chat do: `handlers`, dressed as updates of what the page shows.

    While an answer is made, what is shown of its session is written by `ask` alone: the other events ask it to end.
    """

    def __init__(self, assistant: Assistant, strings: Strings) -> None:
        self.assistant = assistant
        self.strings = strings
        self._runs: dict[str | None, Run[Event]] = {}

    def ready(self, **changes: Any) -> gr.Textbox:
        """Show the box in which the next question is asked."""
        return gr.Textbox(submit_btn=self.strings.send, stop_btn=False, **changes)

    def ask(
        self,
        question: str | None,
        session: Session,
        mode: handlers.Mode | None,
        caution: str,
        offered: str,
        asked_in: str,
        request: gr.Request,
    ) -> Iterator[tuple[Any, ...]]:
        """Answer a question: session, messages, box, offered correction and source panel, again and again.

        One that waited in the queue until another conversation had begun than that of the number `asked_in` is dropped.
        """
        if not question or not question.strip() or asked_in != str(session.number):
            return
        run = self._runs[request.session_hash] = Run[Event]()
        try:
            latest = session
            # The box, the correction it offered and the source panel; the next question may be typed meanwhile.
            others: tuple[Any, ...] = self._begun()
            threshold = self.threshold(caution)
            for latest in handlers.ask(
                self.assistant, question, session, self.strings, mode, offered=offered, refuse_below=threshold, run=run
            ):
                if run.dropped:
                    break
                yield latest, list(latest.messages), *others
                others = (gr.skip(),) * len(others)
            if run.end():
                latest = Session(number=session.number + 1) if run.dropped else handlers.stop(latest, self.strings)
                yield latest, list(latest.messages), *others
            # What comes last is sent once more as a whole when all is done.
            yield (gr.skip(),) * (2 + len(others))
        finally:
            run.leave()
            self._runs.pop(request.session_hash, None)

    def _begun(self) -> tuple[Any, ...]:
        return gr.Textbox(value="", submit_btn=False, stop_btn=self.strings.stop), "", empty_panel(self.strings)

    def answered(self) -> tuple[Any, ...]:
        """Let the next question be asked; the head of the page tells of articles that came meanwhile."""
        return self.ready(), self.header()

    def threshold(self, caution: str) -> float | None:
        """Read the selector of caution; None when it is left as it is set."""
        # What is left so was not asked for: in a replay the settings of that day hold.
        configured = str(self.assistant.config.answer.refuse_below)
        return next((each for each in CAUTION.values() if str(each) == caution != configured), None)

    def stop(self, session: Session, request: gr.Request) -> tuple[Any, ...]:
        """Stop the answer being made."""
        run = self._runs.get(request.session_hash)
        if run and run.stop():
            return gr.skip(), gr.skip(), gr.skip()
        latest = handlers.stop(session, self.strings)
        return latest, list(latest.messages), self.ready()

    def clear(self, session: Session, request: gr.Request) -> tuple[Any, ...]:
        """Begin a new conversation: session, messages, box, offered correction, source panel and its number."""
        run = self._runs.get(request.session_hash)
        if run and run.stop(drop=True):
            run.wait(LAST_WORDS)
        begun = Session(number=session.number + 1)
        return begun, [], self.ready(value=""), "", empty_panel(self.strings), str(begun.number)

    def edit(self, session: Session, event: gr.EventData) -> tuple[Any, ...]:
        """Put a question as it was understood into the box."""
        question = handlers.understood(session, str(event.reference))
        return (question, question) if question else (gr.skip(), gr.skip())

    def open_source(self, session: Session, event: gr.EventData) -> str:
        """Fill the source panel."""
        return handlers.open_source(self.assistant, session, str(event.reference), self.strings)

    def header(self) -> str:
        """Fill the head of the page."""
        return handlers.header(self.assistant, self.strings)
