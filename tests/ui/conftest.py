from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
from playwright.sync_api import Browser, sync_playwright

from rag import Config
from rag.config import AnswerSettings
from tests.ui.pages import Pages, Tab, served
from tests.ui.scripted_assistant import ScriptedAssistant

CHROMIUM = "/usr/bin/chromium"
OFFLINE = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> ScriptedAssistant:
    return ScriptedAssistant(
        Config(index=tmp_path_factory.mktemp("chat") / "index", answer=AnswerSettings(mode="generative"))
    )


@pytest.fixture
def assistant(started: ScriptedAssistant) -> ScriptedAssistant:
    started.go.clear()
    for noted in (started.calls, started.asked, started.closed):
        cast(list[object], noted).clear()
    return started


# Not for longer: it keeps a loop in this thread, in which no other can run.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OFFLINE)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Tab:
    return Tab(browser)


@pytest.fixture(autouse=True)
def removed(started: ScriptedAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripted assistant has no collection in which removed articles are noted."""
    monkeypatch.setattr("ui.library_routes.removed_articles", lambda _: list(started.removed))


@pytest.fixture(scope="session")
def address(started: ScriptedAssistant) -> Iterator[str]:
    with served(started) as address:
        yield address


@pytest.fixture
def pages(browser: Browser, tab: Tab, address: str, assistant: ScriptedAssistant) -> Iterator[Pages]:
    opened = Pages(browser, tab, address)
    yield opened
    opened.leave()
    assistant.go.set()  # nothing of this test is still being answered in the next one
    assert opened.strangers == []
    assert opened.errors == []
