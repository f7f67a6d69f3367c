"""The web server of the chat: what is mounted where, and what stands before it."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.responses import JSONResponse, Response

from rag import Assistant, ConfigError, HoidapError
from ui.access import Access
from ui.app import build_app
from ui.calls import Calls
from ui.chats import Chats
from ui.connections import connection_behind
from ui.examples import Examples
from ui.guard import Guard
from ui.languages import LANGUAGES
from ui.library_routes import LibraryRoutes
from ui.limits import Limits
from ui.login import Login
from ui.readers import Readers
from ui.responses import refused
from ui.routes import Routes
from ui.sharing import Sharing

FOLDER = Path(__file__).parent
# Fewer than the files that a process may usually have open; a page holds one or two for as long as it is shown.
CONNECTIONS = 800
SYSTEM_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Noto Sans", "sans-serif")
MONOSPACE_FONTS = ("ui-monospace", "Consolas", "monospace")
STYLES = ("panels.css", "style.css")
ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><rect width='16' height='16' rx='4' fill='#0f766e'/>"
    "<path d='M5 4v8M11 4v8M5 8h6' stroke='white' stroke-width='2'/></svg>"
)
MANIFEST = {"name": "Hoidap", "start_url": "/", "display": "browser", "icons": []}


def web_app(
    assistant: Assistant,
    sharing: Sharing,
    host: str = "127.0.0.1",
    names: Sequence[str] = (),
    language: str = "auto",
) -> FastAPI:
    """Make the web application of the chat, with a page for each language, for who calls it by `host` or `names`.

    `sharing` says who may. `language` is that of the page where the reader has chosen none, `auto` that of the browser.
    """
    chats = Chats(assistant)
    pages = {code: build_app(chats, strings) for code, strings in LANGUAGES.items()}
    app = FastAPI(openapi_url=None)
    app.include_router(Routes(chats, Examples(assistant)).router())
    app.include_router(LibraryRoutes(assistant).router())
    app.include_router(Login(sharing, language).router())
    app.add_exception_handler(HoidapError, refused)
    # The page of Gradio, and browsers, ask for these at the root.
    app.add_api_route("/favicon.ico", lambda: Response(ICON, media_type="image/svg+xml"), response_model=None)
    app.add_api_route("/manifest.json", lambda: JSONResponse(MANIFEST), response_model=None)
    # The last one is asked first.
    app.add_middleware(Calls, pages=pages)
    app.add_middleware(Readers, configured=language)
    app.add_middleware(Limits)
    app.add_middleware(Access, sharing=sharing)
    app.add_middleware(Guard, host=host, names=names)
    for code, blocks in pages.items():
        _mount(app, blocks, f"/{code}")
    return app


def _mount(app: FastAPI, blocks: gr.Blocks, path: str) -> None:
    theme = gr.themes.Default(
        primary_hue="teal", secondary_hue="teal", neutral_hue="slate", font=SYSTEM_FONTS, font_mono=MONOSPACE_FONTS
    )
    styles = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in STYLES)
    gr.mount_gradio_app(
        app,
        blocks,
        path=path,
        app_kwargs={"openapi_url": None},
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        show_error=False,
        enable_monitoring=False,
        max_file_size=0,
        pwa=False,
        theme=theme,
        # Not as Gradio's `css`: that would put every rule inside its container, out of reach of the page.
        head=f"<style>{styles}</style>",
    )


class Server(uvicorn.Server):
    """A web server that says where it is once it answers."""

    def __init__(self, app: FastAPI, address: str, proxy: str = "") -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=connection_behind(proxy),
                ws="none",
                log_level="warning",
                proxy_headers=False,  # what a proxy says is believed from the one that is named, see `Sharing`
                server_header=False,
                timeout_graceful_shutdown=5,
                limit_concurrency=CONNECTIONS,
            )
        )
        self.address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer, then print the address."""
        await super().startup(sockets)
        sys.stdout.write(f"Hoidap: {self.address}\n")
        sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Hang up, then stop: a page keeps a connection open for as long as it is shown."""
        for connection in list(self.server_state.connections):
            connection.transport.close()
        await super().shutdown(sockets)


def serve(
    assistant: Assistant,
    sharing: Sharing,
    host: str = "127.0.0.1",
    port: int = 7860,
    language: str = "auto",
    names: Sequence[str] = (),
) -> None:
    """Serve the chat until interrupted, also by `names`; prints its address once it answers.

    Raises `ConfigError` when the port is taken or the host is not one of this machine.
    """
    with listen(host, port) as listener, suppress(KeyboardInterrupt):
        address = f"http://{'localhost' if host in ('', '0.0.0.0', '::') else host}:{listener.getsockname()[1]}"
        server = Server(web_app(assistant, sharing, host, names, language), address, sharing.proxy)
        server.run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """Bind a socket to `host` and `port`; port 0 takes a free one. Raises `ConfigError`."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = "already in use" if error.errno == errno.EADDRINUSE else (error.strerror or error)
        raise ConfigError(f"{host}:{port}: {reason}; choose another host or port for the chat") from error
