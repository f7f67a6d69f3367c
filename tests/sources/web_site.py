"""A web site on this machine, for tests: what stands at its paths is set, and what it was asked is remembered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase

Body = bytes | Callable[[BufferedIOBase], None]


@dataclass
class Reply:
    """What is answered: bytes, or what writes them as long as it likes."""

    body: Body = b""
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Site:
    """Replies by path; a path without one answers 404. While it is `down` every answer is 503."""

    port: int
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    down: bool = False

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def put(self, path: str, body: Body, kind: str = "text/html; charset=utf-8", **headers: str) -> str:
        """Put something at a path; its address."""
        self.replies[path] = Reply(body, kind, headers={name.replace("_", "-"): text for name, text in headers.items()})
        return self.at(path)

    def page(self, path: str, title: str, text: str, **headers: str) -> str:
        """Put a page with an article at a path; its address."""
        html = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1><p>{text}</p></article></body>"
        return self.put(path, f"{html}</html>".encode(), **headers)

    def redirect(self, path: str, target: str) -> str:
        """Lead from a path on to an address."""
        self.replies[path] = Reply(status=302, headers={"Location": target})
        return self.at(path)

    def pages(self) -> list[str]:
        """The paths that were asked, without robots.txt."""
        return [path for path in self.asked if path != "/robots.txt"]


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        site = self.site
        site.asked.append(self.path)
        site.headers.append({name.lower(): value for name, value in self.headers.items()})
        reply = Reply(b"busy", status=503) if site.down else site.replies.get(self.path, Reply(b"nothing", status=404))
        etag = reply.headers.get("ETag")
        if etag and self.headers.get("If-None-Match") == etag:
            reply = Reply(b"", status=304, headers={"ETag": etag})
        try:
            self.send_response(reply.status)
            for name, value in {"Content-Type": reply.kind, "Connection": "close", **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if callable(reply.body):
                reply.body(self.wfile)
            else:
                self.wfile.write(reply.body)
        except OSError:
            """The other side has heard enough."""

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """The other side has gone."""


@contextmanager
def served() -> Iterator[Site]:
    """A site that answers while the block runs."""
    handler = type("Handler", (_Handler,), {})
    with _Server(("127.0.0.1", 0), handler) as server:
        handler.site = Site(server.server_address[1])  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield handler.site  # type: ignore[attr-defined]
        finally:
            server.shutdown()
            thread.join()
