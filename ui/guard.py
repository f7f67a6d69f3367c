"""What the web server lets in and out: only what the page needs, and nothing from elsewhere."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import partial

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.languages import language_at

# Gradio builds its page with inline scripts and compiles templates; everything else stays on this server.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "frame-src 'none'",
        "frame-ancestors 'self'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",  # with none, a browser would hide the origin of the form of the login from here
    "X-Content-Type-Options": "nosniff",
}
# The others take files, fetch addresses, run functions by name or end the sessions of others; the chat offers none. By
# `app_id` a page that has lost its connection sees that it is back, and loads anew.
ENDPOINTS = frozenset(
    {"queue/join", "queue/data", "cancel", "reset", "startup-events", "theme.css", "run/predict", "app_id"}
)
ROOT = frozenset({"/", "/favicon.ico", "/manifest.json", "/login", "/logout"})
CLOSED = frozenset({"monitoring", "login", "logout"})
UNKNOWN_NAME = (
    "Open this chat by the address that it printed, or by the IP address of its machine;"
    " `hoidap serve --name NAME` lets it be called by another name."
)


class Guard:
    """ASGI middleware: security headers, closed endpoints, no host name but those of the server, no other origin.

    The check of the host name keeps a page of another site from reading the collection by pointing its own name here;
    that of the origin keeps out the pages of other ports, which have the same name. A server bound to `host` is called
    by `names`, by localhost, and by an address: none of these can be pointed here by somebody else.
    """

    def __init__(self, app: ASGIApp, host: str = "127.0.0.1", names: Iterable[str] = ()) -> None:
        self.app = app
        self.names = frozenset(name.lower() for name in ("localhost", host, *names) if name)
        self.addresses = not is_loopback(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif refused := self._refused(Headers(scope=scope), scope["path"]):
            await refused(scope, receive, send)
        else:
            await self.app(scope, receive, partial(_send_with_headers, send))

    def _refused(self, headers: Headers, path: str) -> PlainTextResponse | None:
        host, origin = headers.get("host", "").lower(), headers.get("origin")
        if not self.is_called(_host_name(host)):
            return PlainTextResponse(UNKNOWN_NAME, 403)
        if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
            return PlainTextResponse("Pages of other servers have nothing to ask here.", 403)
        return None if is_open(path) else PlainTextResponse("Not found", 404)

    def is_called(self, name: str) -> bool:
        """Whether this is a name of the server, in lower case and without its port."""
        if name in self.names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return self.addresses or address.is_loopback


def is_open(path: str) -> bool:
    """Whether the page needs this path."""
    if path.startswith("/page/"):
        return True  # the routes of the page itself
    language = language_at(path)
    if not language:
        return path in ROOT
    first, _, rest = path.removeprefix(f"/{language}").lstrip("/").partition("/")
    if first == "gradio_api":
        return rest in ENDPOINTS
    return first not in CLOSED


def is_loopback(host: str) -> bool:
    """Whether a server bound to `host` can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


async def _send_with_headers(send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        headers = MutableHeaders(scope=message)
        headers.update(HEADERS)
        # Gradio lets in what comes from any port of this machine.
        for name in [each for each in headers if each.startswith("access-control-")]:
            del headers[name]
    await send(message)


def _host_name(host: str) -> str:
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
