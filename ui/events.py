"""What the events of the chat do, in terms of Gradio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from rag import Exchange, HoidapError
from ui import render
from ui.chats import Busy, Chats, Live
from ui.choices import Choices, choices_of
from ui.failures import failure_html, told
from ui.messages import Message, bolder, conversation_messages, exchange_messages
from ui.readers import reader_of
from ui.strings import Strings
from ui.turns import Crowded

UPDATE_INTERVAL = 0.1  # seconds between two looks at an answer being written

Shown = tuple[Any, Any, Any]  # the messages, the question box, the id of the conversation
_SAME: Shown = (gr.skip(), gr.skip(), gr.skip())


class Events:
    """What the events of the chat do: `Chats`, dressed as updates of what the page shows.

    A page that is left while it shows an answer being written changes nothing: the answer is made and kept.
    """

    def __init__(self, chats: Chats, strings: Strings) -> None:
        self.chats = chats
        self.strings = strings

    async def ask(
        self, question: str | None, conversation_id: str | None, how: str | None, request: gr.Request
    ) -> AsyncIterator[Shown]:
        """Answer a question that was typed: all messages, again and again."""
        if not question or not question.strip():
            yield _SAME
            return
        choices = self._choices(how)
        # A correction of a question as it was understood stands alone already.
        corrects = bool(choices.offered) and _corrects(question, choices.offered)
        asked = Exchange.now(
            question.strip(), choices.mode, choices.refuse_below, choices.only, as_typed=corrects, alone=corrects
        )
        async for shown in self._answered(asked, conversation_id, choices.replaces, _key(request)):
            yield shown

    async def again(
        self, conversation_id: str | None, how: str | None, event: gr.EventData, request: gr.Request
    ) -> AsyncIterator[Shown]:
        """Ask what a link of the page says: a question of its own, or the last one again in another way."""
        data = event._data
        choices, question, reader = self._choices(how), str(data.get("question", "")).strip(), _key(request)
        if question:
            asked = Exchange.now(question, choices.mode, choices.refuse_below, choices.only)
            replaces = ""
        elif again := await asyncio.to_thread(self._once_more, conversation_id, reader, choices, data):
            asked, replaces = again
        else:
            yield _SAME
            return
        async for shown in self._answered(asked, conversation_id, replaces, reader):
            yield shown

    async def show(self, event: gr.EventData, request: gr.Request) -> AsyncIterator[Shown]:
        """Show the conversation that the address names, and follow the answer that is being made in it."""
        known, reader = str(event._data.get("conversation", "")), _key(request)
        live = self.chats.live(known, reader)
        if live:
            async for shown in self._followed(live):
                yield shown
            yield gr.skip(), self.ready(), gr.skip()
            yield _SAME
            return
        try:
            kept = await asyncio.to_thread(self.chats.conversation, known, reader)
        except HoidapError as error:
            yield [_said(failure_html(error, self.strings))], gr.skip(), ""
            return
        if kept:
            yield conversation_messages(kept.exchanges, self.strings, writes=self._writes()), gr.skip(), known
        else:
            yield [_said(render.note_html(self.strings.conversation_missing))], gr.skip(), ""

    def stop(self, conversation_id: str | None, request: gr.Request) -> None:
        """Stop the answer being made."""
        self.chats.stop(conversation_id or "", _key(request))

    def ready(self) -> gr.Textbox:
        """Let the next question be asked."""
        return gr.Textbox(submit_btn=self.strings.send, stop_btn=False)

    def _choices(self, how: str | None) -> Choices:
        return choices_of(how or "", self.chats.assistant.config.answer.refuse_below)

    def _writes(self) -> bool:
        return self.chats.assistant.config.llm.model != "none"

    def _once_more(
        self, known: str | None, reader: str, choices: Choices, data: dict[str, str]
    ) -> tuple[Exchange, str] | None:
        """The last question of a conversation as it is to be asked again, and the id of the one that it replaces."""
        draft = self.chats.draft(known or "", reader, str(data.get("exchange", "")))
        if draft is None:
            return None
        before, name = draft.exchange, data.get("name")
        typed = before.as_typed or name == "typed"
        threshold = choices.refuse_below
        if name == "bolder" and before.answer:
            threshold = bolder(before.answer)
        asked = Exchange.now(
            before.question,
            "generative" if name == "write" else choices.mode,
            threshold,
            choices.only,
            as_typed=typed,
            alone=before.alone or name == "typed",
        )
        return asked, before.id

    async def _answered(
        self, asked: Exchange, conversation_id: str | None, replaces: str, reader: str
    ) -> AsyncIterator[Shown]:
        try:
            live = await asyncio.to_thread(self.chats.begin, conversation_id or "", reader, asked, replaces)
        except (Busy, Crowded, HoidapError) as error:
            gr.Warning(self._reason(error))
            yield _SAME
            return
        async for shown in self._followed(live):
            yield shown

    def _reason(self, error: Exception) -> str:
        if isinstance(error, HoidapError):
            return told(error, self.strings)
        return self.strings.already if isinstance(error, Busy) else self.strings.crowded

    async def _followed(self, live: Live) -> AsyncIterator[Shown]:
        """What is to be shown of an answer while it is made; the box is emptied as its question is taken."""
        kept = await asyncio.to_thread(self.chats.conversation, live.conversation_id, live.reader)
        asked = live.draft.exchange.id
        earlier = [each for each in kept.exchanges if each.id != asked] if kept else []
        before = conversation_messages(earlier, self.strings, ended=False)
        others: tuple[Any, Any] = (
            gr.Textbox(value="", submit_btn=False, stop_btn=self.strings.stop),
            live.conversation_id,
        )
        shown = None
        while True:
            left, draft = live.left.is_set(), live.draft
            if draft is not shown:
                shown = draft
                messages = exchange_messages(draft, self.strings, live=not left, writes=self._writes())
                yield [*before, *messages], *others
                others = (gr.skip(), gr.skip())
            if left:
                break
            await asyncio.sleep(UPDATE_INTERVAL)
        # What comes last is sent once more as a whole when all is done.
        yield _SAME


def _key(request: gr.Request) -> str:
    assert request.request is not None, "an event has the request that brought it"
    return reader_of(request.request).key


def _corrects(question: str, offered: str) -> bool:
    """Whether at least half of the words of a question are those of the offered one: another was not typed instead."""
    said, put = question.casefold().split(), set(offered.casefold().split())
    return sum(word in put for word in said) * 2 >= len(said)


def _said(html: str) -> Message:
    return {"role": "assistant", "content": html}
