"""How much the web server takes in: the size of a body, and the time that it may take to come."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.languages import strings_at
from ui.uploads import MAX_FILE

MAX_BODY = 1_000_000  # bytes; the longest question that is read takes 24,000, each letter written as an escape
BODY_SECONDS = 20.0
FILE_SECONDS = 120.0  # for a file that is added to the collection, and for its turn
FILES_AT_ONCE = 4


class Limits:
    """ASGI middleware: a body is read whole before anything else sees it; answers 413 or 408 to what is too much."""

    def __init__(self, app: ASGIApp, max_body: int = MAX_BODY, body_seconds: float = BODY_SECONDS) -> None:
        self.app = app
        self.max_body = max_body
        self.body_seconds = body_seconds
        self._files = asyncio.Semaphore(FILES_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body, strings = bytearray(), strings_at(scope["path"])
        is_file = _is_file(scope)
        most, seconds = (MAX_FILE, FILE_SECONDS) if is_file else (self.max_body, self.body_seconds)
        try:
            async with asyncio.timeout(seconds), self._files if is_file else nullcontext():
                whole = await _read(body, most, receive)
        except TimeoutError:
            whole = False
        if len(body) > most:
            await refusal(413, strings.body_large)(scope, receive, send)
        elif not whole:
            await refusal(408, strings.body_slow)(scope, receive, send)
        else:
            await self.app(scope, replayed(bytes(body), receive), send)


def _is_file(scope: Scope) -> bool:
    """Whether a request brings a file that is added to the collection, of somebody who may add one."""
    reader = scope.get("state", {}).get("reader")
    return reader is not None and reader.may_edit and scope["path"].endswith("/uploads") and scope["method"] == "POST"


async def _read(body: bytearray, most: int, receive: Receive) -> bool:
    """Fill the body, up to a little more than its limit; false when the client hung up before its end."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return False
        # What is too much is read all the same: many clients listen only when they have said everything.
        if len(body) <= most:
            body += message.get("body", b"")
        more = message.get("more_body", False)
    return True


def refusal(status: int, detail: str) -> JSONResponse:
    """Make the answer to a request that is not passed on, under the names where the page looks for a reason."""
    return JSONResponse({"detail": detail, "error": detail}, status, headers={"Connection": "close"})


def replayed(body: bytes, receive: Receive) -> Receive:
    """Make a `receive` that gives a body which was read already, then what comes after it."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
