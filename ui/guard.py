"""What the web server lets in and out: only what the page needs, and nothing from elsewhere."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# The others take files, fetch addresses or run functions by name, none of which the chat offers.
ENDPOINTS = frozenset({"queue", "heartbeat", "cancel", "reset", "startup-events", "theme.css", "run/predict"})
CLOSED = frozenset({"monitoring", "login", "logout"})


class Guard:
    """ASGI middleware: security headers, closed endpoints, and no other host name than `hosts` (any when empty).

    The check of the host name keeps a page of another site from reading the collection by pointing its own name here.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = ()) -> None:
        self.app = app
        self.hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.hosts and _host_name(Headers(scope=scope).get("host", "")) not in self.hosts:
            await PlainTextResponse("Open this chat by the address that it printed.", 403)(scope, receive, send)
            return
        if not is_open(scope["path"]):
            await PlainTextResponse("Not found", 404)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, with_headers)


def is_open(path: str) -> bool:
    """Whether the page needs this path."""
    first, _, rest = path.lstrip("/").partition("/")
    if first == "gradio_api":
        return rest in ENDPOINTS or rest.split("/")[0] in ENDPOINTS
    return first not in CLOSED


def names_of(host: str) -> tuple[str, ...]:
    """Return the host names by which a server bound to `host` may be called; empty when any will do."""
    return ("localhost", "127.0.0.1", "::1") if is_loopback(host) else ()


def is_loopback(host: str) -> bool:
    """Whether a server bound to `host` can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _host_name(host: str) -> str:
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
