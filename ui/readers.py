"""Who reads, the cookie by which a reader without a name is known again, and the language of the reader's page."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.languages import LANGUAGES, chosen_language

READER, LANGUAGE = "hoidap", "hoidap-language"
_YEAR = 365 * 24 * 60 * 60
_NAME_BYTES = 24
_NAME = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True)
class Reader:
    """Who asks: `name` is that of a user, "" in a chat without users; `key` is what conversations are kept under."""

    name: str
    key: str
    may_edit: bool


def reader_of(request: HTTPConnection) -> Reader:
    """Who sends a request, as `Access` has found."""
    found = request.state.reader
    assert isinstance(found, Reader)
    return found


def _asking(request: Request) -> Reader:
    return reader_of(request)


Asking = Annotated[Reader, Depends(_asking)]


def may_open(reader: str, owner: str) -> bool:
    """Whether a reader may open a conversation of an owner, both by their keys.

    That of a user is the user's alone. In a chat without users whoever knows the id of another one may open it.
    """
    return reader == owner or not (is_user(reader) or is_user(owner))


def is_user(key: str) -> bool:
    """Whether a key is that of a user, and not of a reader in a chat without users."""
    return ":" in key  # a name in a cookie holds none


class Readers:
    """ASGI middleware: leads `/` to the page in the reader's language, and gives a reader without a name a cookie."""

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
            language = language_of(asked, self.configured)
            query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
            await RedirectResponse(f"/{language}/{query}", headers={"Cache-Control": "no-store"})(scope, receive, send)
        elif code in LANGUAGES:
            kept = {LANGUAGE: code}
            if not reader_of(asked).name:
                kept[READER] = cookie_name(asked.cookies) or secrets.token_urlsafe(_NAME_BYTES)
            await self.app(scope, receive, partial(_send_with_cookies, send, kept))
        else:
            await self.app(scope, receive, send)


def cookie_name(cookies: Mapping[str, str]) -> str:
    """The name of the reader who sent these cookies, "" for none."""
    name = cookies.get(READER, "")
    return name if _NAME.fullmatch(name) else ""


def language_of(asked: HTTPConnection, configured: str) -> str:
    """The language of the page for who asks."""
    return chosen_language(asked.cookies.get(LANGUAGE), configured, asked.headers.get("accept-language"))


async def _send_with_cookies(send: Send, kept: Mapping[str, str], message: Message) -> None:
    if message["type"] == "http.response.start":
        headers = MutableHeaders(scope=message)
        for name, value in kept.items():
            headers.append("set-cookie", f"{name}={value}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax")
    await send(message)
