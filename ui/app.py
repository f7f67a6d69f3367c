"""The chat in the browser: layout, event wiring and the server, bound to one assistant."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # gradio reads it as it is imported

import gradio as gr
import uvicorn
from fastapi import FastAPI

from rag import Assistant, ConfigError, HoidapError
from ui import handlers, render
from ui.calls import Calls
from ui.escaping import plain
from ui.events import Events, empty_panel
from ui.guard import Guard
from ui.handlers import Session
from ui.limits import Limits
from ui.strings import LANGUAGES, VIETNAMESE, Strings

FOLDER = Path(__file__).parent
CONCURRENT_QUESTIONS = 4
WAITING_QUESTIONS = 40
# Fewer than the files that a process may usually have open; a page holds one or two for as long as it is shown.
CONNECTIONS = 800
SYSTEM_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Noto Sans", "sans-serif")
MONOSPACE_FONTS = ("ui-monospace", "Consolas", "monospace")

# `${value}` is filled in by Gradio in the browser, as HTML.
PANEL = """
<section class="hd-panel" aria-label="{panel}" data-language="{language}" data-chat="{chat}" data-busy="{busy}">
<div class="hd-bar"><span class="hd-heading">{panel}</span><button type="button" class="hd-close">{close}</button></div>
<div class="hd-scroll" tabindex="0" role="document" aria-label="{panel}">${{value}}</div>
</section>
"""


def build_app(assistant: Assistant, language: str = "vi") -> gr.Blocks:
    """Build the chat as Gradio blocks.

    Theme, style and headers come with `web_app`.
    """
    strings = LANGUAGES[language]
    blocks: gr.Blocks = gr.Blocks(title="Hoidap", analytics_enabled=False, fill_width=True, fill_height=True)
    with blocks:
        session = gr.State(Session())
        with gr.Row(elem_id="hd-top"):
            top = gr.HTML(handlers.header(assistant, strings), elem_id="hd-head")
            new_chat = gr.Button(strings.new_chat, size="sm", elem_id="hd-new", scale=0)
        with gr.Row(elem_id="hd-main"):
            with gr.Column(elem_id="hd-chat"):
                chat = _chat(strings)
                question = _question(strings)
                with gr.Row(elem_id="hd-how"):
                    how = [_mode(assistant, strings), _caution(assistant, strings)]
            with gr.Column(elem_id="hd-side"):
                panel = _panel(strings)
        events = Events(assistant, strings)
        _wire(events, session, chat, question, how, panel, top, new_chat)
        blocks.load(events.header, outputs=top, **_AT_ONCE)
    blocks.queue(api_open=False, max_size=WAITING_QUESTIONS)
    return blocks


def web_app(
    blocks: gr.Blocks, host: str = "127.0.0.1", names: Sequence[str] = (), strings: Strings = VIETNAMESE
) -> FastAPI:
    """Make the web application that serves the chat at `/`, with its style, to who calls it by `host` or `names`."""
    theme = gr.themes.Default(
        primary_hue="teal", secondary_hue="teal", neutral_hue="slate", font=SYSTEM_FONTS, font_mono=MONOSPACE_FONTS
    )
    app = FastAPI(openapi_url=None)
    # The last one is asked first.
    app.add_middleware(Calls, blocks=blocks, strings=strings)
    app.add_middleware(Limits, strings=strings)
    app.add_middleware(Guard, host=host, names=names)
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
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
        head=f"<style>{(FOLDER / 'style.css').read_text(encoding='utf-8')}</style>",
    )
    return app


class Server(uvicorn.Server):
    """A web server that says where it is once it answers."""

    def __init__(self, app: FastAPI, address: str) -> None:
        super().__init__(
            uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5, limit_concurrency=CONNECTIONS)
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
    host: str = "127.0.0.1",
    port: int = 7860,
    language: str = "vi",
    names: Sequence[str] = (),
) -> None:
    """Serve the chat until interrupted, also by `names`; prints its address once it answers.

    Raises `ConfigError` when the port is taken or the host is not one of this machine.
    """
    with listen(host, port) as listener, suppress(KeyboardInterrupt):
        address = f"http://{'localhost' if host in ('', '0.0.0.0', '::') else host}:{listener.getsockname()[1]}"
        server = Server(web_app(build_app(assistant, language), host, names, LANGUAGES[language]), address)
        server.run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """Bind a socket to `host` and `port`; port 0 takes a free one. Raises `ConfigError`."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = "already in use" if error.errno == errno.EADDRINUSE else (error.strerror or error)
        raise ConfigError(f"{host}:{port}: {reason}; choose another host or port for the chat") from error


_QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# Past the queue: there, an answer that comes while the page waits for another one can be lost in the browser.
_AT_ONCE: dict[str, Any] = {"queue": False, **_QUIET}


def _chat(strings: Strings) -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="hd-messages",
        label=strings.chat_label,
        show_label=False,
        container=False,
        height=None,
        buttons=[],
        latex_delimiters=[],
        line_breaks=False,
        allow_tags=False,
        feedback_options=None,
        placeholder=f"<h2>{plain(strings.welcome)}</h2>",
        layout="bubble",
        autoscroll=False,  # the page keeps the question in view, see messages.js
    )


def _question(strings: Strings) -> gr.Textbox:
    return gr.Textbox(
        elem_id="hd-question",
        label=strings.question_label,
        placeholder=strings.question_hint,
        show_label=False,
        container=False,
        lines=1,
        max_lines=6,
        autofocus=True,
        submit_btn=strings.send,
        html_attributes=gr.InputHTMLAttributes(autocapitalize="sentences", spellcheck=False),
    )


def _mode(assistant: Assistant, strings: Strings) -> gr.Radio:
    try:
        has_model = assistant.status().llm is not None
    except HoidapError:
        has_model = False  # the header says what is wrong
    return gr.Radio(
        [(strings.mode_generative, "generative"), (strings.mode_extractive, "extractive")],
        value=assistant.config.answer.mode if has_model else None,
        label=strings.mode_label,
        container=False,
        show_label=False,
        visible=has_model,
        elem_id="hd-mode",
    )


def _caution(assistant: Assistant, strings: Strings) -> gr.HTML:
    configured = assistant.config.answer.refuse_below
    # The browser's own selector: Gradio's loses the focus when something is chosen, and is small on a phone.
    return gr.HTML(
        str(configured),
        html_template=render.caution_html(configured, strings),
        js_on_load="element.addEventListener('change', (event) => (props.value = event.target.value));",
        elem_id="hd-caution",
    )


def _panel(strings: Strings) -> gr.HTML:
    words = {
        "panel": strings.panel_label,
        "close": strings.panel_close,
        "chat": strings.chat_label,
        "busy": strings.busy,
        "language": strings.code,
    }
    scripts = [(FOLDER / name).read_text(encoding="utf-8") for name in ("panel.js", "messages.js")]
    return gr.HTML(
        empty_panel(strings),
        html_template=PANEL.format(**words),
        js_on_load="\n".join(f"{{\n{script}}}" for script in scripts),
        elem_id="hd-source",
    )


def _wire(
    events: Events,
    session: gr.State,
    chat: gr.Chatbot,
    question: gr.Textbox,
    how: Sequence[gr.components.Component],
    panel: gr.HTML,
    top: gr.HTML,
    new_chat: gr.Button,
) -> None:
    shown = [session, chat, question]
    offered = gr.State("")  # the question that was put into the box to be corrected
    # Sent with a question as it is asked, while a state is read only when its turn in the queue has come.
    number = gr.Textbox("0", visible=False)
    limits: dict[str, Any] = {"concurrency_limit": CONCURRENT_QUESTIONS, "concurrency_id": "ask"}
    everything = [*shown, offered, panel]
    asked = question.submit(events.ask, [question, session, *how, offered, number], everything, **limits, **_QUIET)
    # Not with the last words of an answer: the page sends no question before it is done with the one before.
    asked.then(events.answered, None, [question, top], **_AT_ONCE)
    question.stop(events.stop, session, shown, **_AT_ONCE)
    for cleared in (new_chat.click, chat.clear):
        cleared(events.clear, session, [*everything, number], **_AT_ONCE)
    panel.edit(events.edit, session, [question, offered], **_AT_ONCE)
    panel.open(events.open_source, session, panel, trigger_mode="multiple", **_AT_ONCE)
