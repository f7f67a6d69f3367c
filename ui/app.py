"""The page of the chat in one language: what stands where in it, and which of it calls what."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # gradio reads it as it is imported

import gradio as gr

from rag import HoidapError, Status
from ui.chats import Chats
from ui.choices import MODES, choices_html
from ui.conversation_list import frame_html
from ui.escaping import plain
from ui.events import Events
from ui.panel import dialog_html, panel_html
from ui.strings import Strings

FOLDER = Path(__file__).parent
# Each group has names of its own.
SCRIPTS = (("messages.js",), ("answers.js",), ("conversations.js",), ("panel.js", "library.js"))
WAITING_CALLS = 200  # a question that waits is no call that waits: it has a thread of its own
# The words that the scripts of the page say.
SAID = (
    "busy",
    "chat_label",
    "copied",
    "offline",
    "sending",
    "file_large",
    "file_unsent",
    "too_many",
    "library",
    "panel_label",
)
_IS_SHOWN = "() => { document.dispatchEvent(new Event('hd-shown')); }"
_QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# Past the queue: there, an answer that comes while the page waits for another one can be lost in the browser.
_AT_ONCE: dict[str, Any] = {"queue": False, **_QUIET}


def build_app(chats: Chats, strings: Strings) -> gr.Blocks:
    """Build the page as Gradio blocks.

    Theme, style and headers come with `web_app`.
    """
    blocks: gr.Blocks = gr.Blocks(title="Hoidap", analytics_enabled=False, fill_width=True, fill_height=True)
    with blocks:
        gr.HTML(_head_html(strings), elem_id="hd-top", js_on_load=None)
        with gr.Row(elem_id="hd-main"):
            gr.HTML(frame_html(chats.store.lasts, strings), elem_id="hd-left", js_on_load=None)
            with gr.Column(elem_id="hd-chat"):
                gr.HTML('<div class="hd-start"></div>', elem_id="hd-start", js_on_load=None)
                chat = _chat(strings)
                how = _how(chats, strings)
                question = _question(strings)
            gr.HTML(panel_html(strings), elem_id="hd-side", js_on_load=None)
        bridge = _bridge(strings)
        _wire(Events(chats, strings), chat, question, how, bridge)
    blocks.queue(api_open=False, max_size=WAITING_CALLS, default_concurrency_limit=None)
    return blocks


def _head_html(strings: Strings) -> str:
    other = "en" if strings.code == "vi" else "vi"
    nav = f'<button type="button" class="hd-open-nav" aria-label="{plain(strings.conversations)}">☰</button>'
    about = f'<div>{plain(strings.tagline)}</div><div class="hd-note hd-facts" aria-live="polite"></div>'
    library = f'<button type="button" class="hd-open-library">{plain(strings.library)}</button>'
    language = f'<a class="hd-language" href="../{other}/" lang="{other}">{plain(strings.other_language)}</a>'
    return (
        f'<header class="hd-header">{nav}<h1><a href="./">Hoidap</a></h1>'
        f'<div class="hd-about">{about}</div>{library}<div class="hd-account"></div>{language}</header>'
    )


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
        placeholder=" ",
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


def _how(chats: Chats, strings: Strings) -> gr.HTML:
    answer = chats.assistant.config.answer
    status = _status(chats)
    mode = next(each for each in MODES if each == answer.mode) if status and status.llm else None
    # The browser's own selectors: Gradio's lose the focus when something is chosen, and are small on a phone.
    form = choices_html(answer.refuse_below, mode, status.languages if status else (), strings)
    return gr.HTML("{}", html_template=form, js_on_load=_script("choices.js"), elem_id="hd-how")


def _status(chats: Chats) -> Status | None:
    try:
        return chats.assistant.status()
    except HoidapError:
        return None  # the head of the page says what is wrong


def _bridge(strings: Strings) -> gr.HTML:
    """What the scripts of the page hang on: its value is the id of the conversation that is shown."""
    words = json.dumps({name: getattr(strings, name) for name in SAID}, ensure_ascii=False)
    own = "\n".join(f"{{\n{''.join(map(_script, names))}}}" for names in SCRIPTS)
    # `${value}` is filled in by Gradio in the browser, as HTML.
    # Gradio takes the room below what stands last, and with it the dialog's place in the middle.
    template = (
        f'{dialog_html(strings)}<div class="hd-words" data-language="{strings.code}" data-words="{plain(words)}"'
        f' data-known="${{value}}"></div>'
    )
    return gr.HTML("", html_template=template, js_on_load=f"{_script('page.js')}\n{own}", elem_id="hd-bridge")


def _script(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _wire(events: Events, chat: gr.Chatbot, question: gr.Textbox, how: gr.HTML, bridge: gr.HTML) -> None:
    shown = [chat, question, bridge]
    called: dict[str, Any] = {"concurrency_limit": None, **_QUIET}
    for followed in (
        question.submit(events.ask, [question, bridge, how], shown, **called),
        bridge.again(events.again, [bridge, how], shown, **called),
    ):
        # Not with the last words of an answer: the page sends no question before it is done with the one before.
        followed.then(events.ready, None, question, **_AT_ONCE)
    opened = bridge.show(events.show, None, shown, **called)
    question.stop(events.stop, bridge, None, **_AT_ONCE)
    opened.then(None, None, None, js=_IS_SHOWN)
