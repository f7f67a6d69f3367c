"""What the page calls: the events of the chat, checked before Gradio takes them."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
from gradio.data_classes import PredictBody
from pydantic import ValidationError
from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.limits import refusal, replayed
from ui.strings import Strings

JOIN, AT_ONCE, ANSWERS = "/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/queue/data"
SESSION_CHARS = 64  # the page makes up a name of about ten


class Calls:
    """ASGI middleware: passes on the calls that the page can make; others get a 4xx, and a full queue a 429.

    Gradio itself answers a call that fits no event with 500, and a traceback in the log.
    """

    def __init__(self, app: ASGIApp, blocks: gr.Blocks, strings: Strings) -> None:
        self.app = app
        self.blocks = blocks
        self.strings = strings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request."""
        refused = None
        if scope["type"] == "http" and scope["method"] == "POST":
            try:
                sent = _read((await receive())["body"])  # whole, see `Limits`
            except (ValueError, RecursionError):
                await refusal(400, "The body is not JSON.")(scope, receive, send)
                return
            receive = replayed(json.dumps(sent).encode(), receive)
            refused = self._refused(scope["path"], sent)
        elif scope["type"] == "http" and scope["path"] == ANSWERS:
            refused = self._unknown(QueryParams(scope["query_string"]).get("session_hash"))
        await (refused or self.app)(scope, receive, send)

    def _refused(self, path: str, sent: Any) -> JSONResponse | None:
        if path not in (JOIN, AT_ONCE):
            return None
        queue = self.blocks._queue
        if path == JOIN and queue.max_size is not None and len(queue) >= queue.max_size:
            return refusal(429, self.strings.crowded)
        try:
            call = PredictBody.model_validate(sent)
        except ValidationError:
            return refusal(422, "The body is no call of an event.")
        event = self.blocks.fns.get(-1 if call.fn_index is None else call.fn_index)
        if event is None or event.queue != (path == JOIN):
            return refusal(404, "There is no such event here.")
        fits = (
            len(call.session_hash or "") in range(1, SESSION_CHARS + 1)
            and not call.batched
            and len(call.data) == len(event.inputs)
            and all(map(_fits, event.inputs, call.data))
            and (not event.collects_event_data or _names_a_link(call.event_data))
        )
        return None if fits else refusal(422, "The event takes other values.")

    def _unknown(self, session: str | None) -> JSONResponse | None:
        if session in self.blocks._queue.pending_messages_per_session:
            return None
        return refusal(404, "Nothing was asked in this session.")


def _read(body: bytes) -> Any:
    """The value in a body of JSON; half a surrogate pair, which UTF-8 cannot hold, becomes a question mark.

    Raises `ValueError`, and `RecursionError` for one that is nested too deep.
    """
    value = json.loads(body)
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _fits(block: Any, value: Any) -> bool:
    """Whether a value can stand in a component of the page; what stands for a state is never read."""
    if isinstance(block, gr.State) or value is None:
        return True
    if isinstance(block, gr.Radio):
        return value in [each for _, each in block.choices]
    return isinstance(value, str)


def _names_a_link(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("reference"), str)
