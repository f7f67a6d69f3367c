"""Pages of the chat in a browser, and a server for them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import cast

from fastapi import FastAPI
from playwright import sync_api
from playwright.sync_api import Browser, BrowserContext, Page, expect

from rag import Assistant
from tests.ui.scripted_assistant import ScriptedAssistant
from ui.server import Server, listen, web_app
from ui.sharing import Sharing
from ui.vietnamese import VIETNAMESE

LOCALE = "vi-VN"


@contextmanager
def served(assistant: ScriptedAssistant, sharing: Sharing | None = None) -> Iterator[str]:
    """The address of a server of the chat over an assistant, for this machine if it is not shared in another way."""
    with listen("127.0.0.1", 0) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = Server(_made(assistant, sharing or Sharing.of(assistant.config.index, "127.0.0.1")), address)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield address
        server.should_exit = True
        thread.join()


def _made(assistant: ScriptedAssistant, sharing: Sharing) -> FastAPI:
    """The application, made in a loop: without one Gradio makes some, and closes none."""

    async def make() -> FastAPI:
        return web_app(cast(Assistant, assistant), sharing)

    # The browser of the tests has a loop in this thread.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, make()).result()


class Tab:
    """A tab that one test uses after another: another page there takes a third of the time of a page in a new one."""

    def __init__(self, browser: Browser) -> None:
        self._context = browser.new_context(locale=LOCALE)
        self._page = self._context.new_page()

    def page(self) -> Page:
        """The tab, or one in its place if a test has closed it."""
        if self._page.is_closed():
            self._page = self._context.new_page()
        return self._page

    def leave(self, address: str) -> None:
        """Close what was opened beside it, leave the page, and forget all that the reader has stored and allowed."""
        page = self.page()
        for other in self._context.pages:
            if other is not page:
                other.close()
        page.goto("about:blank")
        session = self._context.new_cdp_session(page)
        session.send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": "all"})
        session.detach()
        self._context.clear_permissions()
        page.emulate_media(reduced_motion="null")


class Pages:
    """Opens pages of the chat, and notes what they ask of other servers and what they complain of."""

    def __init__(self, browser: Browser, tab: Tab, address: str) -> None:
        self.browser, self.address = browser, address
        self._tab = tab
        self._opened: list[Page] = []
        self.strangers: list[str] = []
        self.errors: list[str] = []

    def __call__(
        self,
        width: int = 1280,
        height: int = 800,
        query: str = "/",
        context: BrowserContext | None = None,
        locale: str = LOCALE,
    ) -> Page:
        """A page of a reader of its own, or of the one whose browser is given."""
        if self._opened or context or locale != LOCALE:
            page = (context or self.browser.new_context(locale=locale)).new_page()
        else:
            page = self._tab.page()
        self._opened.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.set_default_timeout(15_000)
        page.on("request", self.note)
        page.on("pageerror", self.fail)
        page.on("console", self.complain)
        page.goto(self.address + query)
        page.wait_for_selector("#hd-question textarea")
        page.wait_for_selector(".hd-panel", state="attached")
        return page

    def leave(self) -> None:
        """Close all of them but the tab, which is left as it was."""
        for page in self._opened:
            page.remove_listener("request", self.note)
            page.remove_listener("pageerror", self.fail)
            page.remove_listener("console", self.complain)
        kept = self._tab.page().context
        for context in self.browser.contexts:
            if context is not kept:
                context.close()
        self._tab.leave(self.address)

    def fail(self, error: sync_api.Error) -> None:
        self.errors.append(str(error))

    def complain(self, said: sync_api.ConsoleMessage) -> None:
        """Note an error; that a page lost its connection as it was left is none."""
        if said.type == "error" and not any(each in said.text for each in ("AbortError", "Connection errored out")):
            self.errors.append(said.text)

    def note(self, request: sync_api.Request) -> None:
        if not request.url.startswith((f"{self.address}/", "data:", "blob:")):
            self.strangers.append(request.url)


def ask(page: Page, question: str) -> None:
    expect(page.get_by_role("button", name=VIETNAMESE.send)).to_be_visible()
    type_in(page, question)


def type_in(page: Page, question: str) -> None:
    page.get_by_role("textbox", name=VIETNAMESE.question_label).fill(question)
    page.keyboard.press("Enter")
