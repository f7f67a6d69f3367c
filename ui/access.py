"""What stands before everything but the login: nobody is answered who is not let in."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from urllib.parse import urlencode

from starlette.datastructures import MutableHeaders, QueryParams
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag import HoidapError
from ui.languages import LANGUAGES, strings_at
from ui.limits import refusal
from ui.sharing import Refused, Sharing

LOGIN, LOGOUT = "/login", "/logout"
OPEN = frozenset({LOGIN, "/favicon.ico"})
PAGES = frozenset({"/", *(f"/{code}{end}" for code in LANGUAGES for end in ("", "/"))})
# A link of another site is followed without the cookie of the session; the page itself asks with it.
AGAIN = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0"><title>Hoidap</title>'
_log = logging.getLogger(__name__)


class Access:
    """ASGI middleware: finds out who asks, for `reader_of`; leads who has to log in to the login, or answers 401."""

    def __init__(self, app: ASGIApp, sharing: Sharing) -> None:
        self.app = app
        self.sharing = sharing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request; none but those of HTTP are answered."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        asked = HTTPConnection(scope)
        try:
            reader = await asyncio.to_thread(self.sharing.reader, asked)
        except Refused as refused:
            await PlainTextResponse(str(refused), 403, {"Connection": "close"})(scope, receive, send)
            return
        except HoidapError as error:
            _log.error("%s", error)
            await refusal(503, strings_at(scope["path"]).failed_advice)(scope, receive, send)
            return
        if reader is None and scope["path"] not in OPEN:
            await _sent_away(scope, asked)(scope, receive, send)
            return
        scope.setdefault("state", {})["reader"] = reader
        kept = reader is None or not reader.name
        await self.app(scope, receive, send if kept else partial(_send_unkept, scope["path"], send))


def _sent_away(scope: Scope, asked: HTTPConnection) -> Response:
    if scope["method"] not in ("GET", "HEAD") or scope["path"] not in PAGES:
        return refusal(401, strings_at(scope["path"]).logged_out)
    unkept = {"Cache-Control": "no-store"}
    if asked.headers.get("sec-fetch-site") == "cross-site":
        return HTMLResponse(AGAIN, headers=unkept)
    known = QueryParams(scope["query_string"]).get("c")
    return RedirectResponse(f"{LOGIN}?{urlencode({'c': known})}" if known else LOGIN, 303, headers=unkept)


async def _send_unkept(path: str, send: Send, message: Message) -> None:
    """Let no browser keep what a user reads, for the next one."""
    if message["type"] == "http.response.start" and (path in PAGES or path.startswith("/page/")):
        MutableHeaders(scope=message)["Cache-Control"] = "no-store"
    await send(message)
