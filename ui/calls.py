"""What the page calls: the events of the chat, checked before Gradio takes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.data_classes import PredictBody
from pydantic import ValidationError
from starlette.datastructures import QueryParams
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.languages import LANGUAGES, language_at
from ui.limits import refusal, replayed
from ui.readers import reader_of
from ui.strings import Strings

API = "/gradio_api/"
JOIN, AT_ONCE, ANSWERS = "queue/join", "run/predict", "queue/data"
SESSION_CHARS = 64  # the page makes up a name of about ten


class Calls:
    """ASGI middleware: passes on the calls that the page can make; others get a 4xx, and a full queue a 429.

    Gradio itself answers a call that fits no event with 500, and a traceback in the log. Its sessions are named by the
    browsers, and whoever knows the name of one is sent its answers: here each name becomes one of the reader's own.
    """

    def __init__(self, app: ASGIApp, pages: Mapping[str, gr.Blocks]) -> None:
        """`pages` are the blocks by the language of their page."""
        self.app = app
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request."""
        language = language_at(scope["path"]) if scope["type"] == "http" else ""
        called = scope["path"].removeprefix(f"/{language}") if language else ""
        if not called.startswith(API):
            await self.app(scope, receive, send)
            return
        refused, name, blocks = None, called.removeprefix(API), self.pages[language]
        key = reader_of(HTTPConnection(scope)).key
        if scope["method"] == "POST":
            try:
                sent = _read((await receive())["body"])  # whole, see `Limits`
            except (ValueError, RecursionError):
                await refusal(400, "The body is not JSON.")(scope, receive, send)
                return
            refused = _refused(name, sent, blocks, LANGUAGES[language])
            receive = replayed(json.dumps(_owned(sent, key)).encode(), receive)
        elif name == ANSWERS:
            session = _own(QueryParams(scope["query_string"]).get("session_hash", ""), key)
            scope["query_string"] = f"session_hash={session}".encode()
            refused = _unknown(session, blocks)
        await (refused or self.app)(scope, receive, send)


def _owned(sent: Any, key: str) -> Any:
    """What was sent, with the name of its session as one of the reader's own."""
    named = isinstance(sent, dict) and isinstance(sent.get("session_hash"), str)
    return {**sent, "session_hash": _own(sent["session_hash"], key)} if named else sent


def _own(session: str, key: str) -> str:
    return hashlib.sha256(f"{key}\n{session}".encode("utf-8", "replace")).hexdigest()[:SESSION_CHARS]


def _refused(name: str, sent: Any, blocks: gr.Blocks, strings: Strings) -> JSONResponse | None:
    if name not in (JOIN, AT_ONCE):
        return None
    queue = blocks._queue
    if name == JOIN and queue.max_size is not None and len(queue) >= queue.max_size:
        return refusal(429, strings.crowded)
    try:
        call = PredictBody.model_validate(sent)
    except ValidationError:
        return refusal(422, "The body is no call of an event.")
    event = blocks.fns.get(-1 if call.fn_index is None else call.fn_index)
    if event is None or event.queue != (name == JOIN):
        return refusal(404, "There is no such event here.")
    fits = (
        len(call.session_hash or "") in range(1, SESSION_CHARS + 1)
        and not call.batched
        and len(call.data) == len(event.inputs)
        # All components of the page hold texts.
        and all(value is None or isinstance(value, str) for value in call.data)
        and (not event.collects_event_data or _says_words(call.event_data))
    )
    return None if fits else refusal(422, "The event takes other values.")


def _unknown(session: str, blocks: gr.Blocks) -> JSONResponse | None:
    if session in blocks._queue.pending_messages_per_session:
        return None
    return refusal(404, "Nothing was asked in this session.")


def _read(body: bytes) -> Any:
    """The value in a body of JSON; half a surrogate pair, which UTF-8 cannot hold, becomes a question mark.

    Raises `ValueError`, and `RecursionError` for one that is nested too deep.
    """
    value = json.loads(body)
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _says_words(data: Any) -> bool:
    return isinstance(data, dict) and all(isinstance(each, str) for each in data.values())
