"""What axe-core, which looks for what keeps people with impairments out, finds in the page."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.ui.pages import Pages, ask
from ui.vietnamese import VIETNAMESE

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio"),  # it calls pandas in a way of the past
]
SEVERE = ("serious", "critical")
CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_keeps_people_out(pages: Pages, width: int) -> None:
    page = pages(width, 800, query="/vi/?__theme=light")
    page.emulate_media(reduced_motion="reduce")  # colours do not fade from one theme to the other
    expect(page.locator("[data-ask]").first).to_be_visible()
    assert found(page) == [], "the first screen"
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    expect(page.locator(".hd-name")).to_have_count(1)
    expect(page.get_by_role("button", name=VIETNAMESE.send)).to_be_visible()
    page.get_by_text(VIETNAMESE.filters).click()
    assert found(page) == [], "an answer"
    page.locator(".hd-cite").first.click()
    expect(page.locator("#hd-target")).to_be_visible()
    assert found(page) == [], "a source"
    page.get_by_role("button", name=VIETNAMESE.panel_close).click()
    page.get_by_role("button", name=VIETNAMESE.library).click()
    expect(page.locator(".hd-articles li")).to_have_count(2)
    assert found(page) == [], "the library"
    page.get_by_role("button", name=VIETNAMESE.panel_close).click()
    if width < 1100:
        page.locator(".hd-open-nav").click()
    page.locator(".hd-menu summary").click()
    assert found(page) == [], "the conversations"
    page.evaluate("document.querySelector('.hd-nav').append(new Image())")
    assert any("image-alt" in each for each in found(page)), "what keeps people out is seen"


def found(page: Page) -> list[str]:
    """The serious and critical findings in both themes: the rule, and the elements that break it."""
    violations = Axe().run(page).response["violations"]
    # The rules but one look at no colours.
    page.evaluate("document.body.classList.add('dark')")
    violations += Axe().run(page, options=CONTRAST).response["violations"]
    page.evaluate("document.body.classList.remove('dark')")
    return [
        f"{each['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for each in violations
        if each["impact"] in SEVERE
        for node in each["nodes"]
    ]
