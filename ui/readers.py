"""Who reads: a name in a cookie that nobody can guess, and the language of the page that the reader gets."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from functools import partial

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.languages import LANGUAGES, chosen_language

READER, LANGUAGE = "hoidap", "hoidap-language"
_YEAR = 365 * 24 * 60 * 60
_NAME_BYTES = 24
_NAME = re.compile(r"[A-Za-z0-9_-]{16,64}")


class Readers:
    """ASGI middleware: leads `/` to the page in the reader's language, and gives the reader of a page a name."""

    def __init__(self, app: ASGIApp, configured: str = "auto") -> None:
        self.app = app
        self.configured = configured

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        code = scope["path"].strip("/")
        if code == "":
            language = chosen_language(
                asked.cookies.get(LANGUAGE), self.configured, asked.headers.get("accept-language")
            )
            query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
            await RedirectResponse(f"/{language}/{query}", headers={"Cache-Control": "no-store"})(scope, receive, send)
        elif code in LANGUAGES:
            kept = {LANGUAGE: code, READER: reader_of(asked.cookies) or secrets.token_urlsafe(_NAME_BYTES)}
            await self.app(scope, receive, partial(_send_with_cookies, send, kept))
        else:
            await self.app(scope, receive, send)


def reader_of(cookies: Mapping[str, str]) -> str:
    """The name of the reader who sent these cookies, "" for none."""
    name = cookies.get(READER, "")
    return name if _NAME.fullmatch(name) else ""


async def _send_with_cookies(send: Send, kept: Mapping[str, str], message: Message) -> None:
    if message["type"] == "http.response.start":
        headers = MutableHeaders(scope=message)
        for name, value in kept.items():
            headers.append("set-cookie", f"{name}={value}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax")
    await send(message)
