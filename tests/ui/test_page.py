"""What stands around the answers: the first screen, conversations, library, filters, feedback, languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Locator, Page, expect

from rag import Filter
from tests.ui.pages import Pages, ask
from tests.ui.scripted_assistant import METRO, ScriptedAssistant
from ui.english import ENGLISH
from ui.vietnamese import VIETNAMESE

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio"),  # it calls pandas in a way of the past
]


def test_the_first_screen_offers_questions_and_takes_files(
    pages: Pages, assistant: ScriptedAssistant, tmp_path: Path
) -> None:
    page = pages()
    start = page.locator(".hd-start")
    expect(start).to_contain_text("1.284 bài viết · tiếng Việt, tiếng Anh · đăng từ 22/12/2024 đến 22/12/2024")
    (tmp_path / "mới.txt").write_text("Bài mới\n\nMột câu.", encoding="utf-8")
    (tmp_path / "ảnh.png").write_bytes(b"no article")
    start.locator("input[type=file]").set_input_files([tmp_path / "mới.txt", tmp_path / "ảnh.png"])
    expect(start.locator(".hd-ingestion")).to_contain_text(VIETNAMESE.ingested.format(added=1, updated=0, unchanged=0))
    expect(start.locator(".hd-ingestion")).to_contain_text("ảnh.png")
    assert [file.name for file in (assistant.config.index / "uploads" / "added").iterdir()] == ["mới.txt"]
    page.get_by_role("button", name=VIETNAMESE.about_article.format(title=METRO.title)).click()
    expect(page.locator(".hd-cite")).to_have_count(2)
    expect(start).to_be_hidden()
    assert assistant.calls[-1][0] == VIETNAMESE.about_article.format(title=METRO.title)


def test_conversations_are_found_renamed_exported_and_deleted(pages: Pages) -> None:
    page = pages()
    ask(page, "giá vé?")
    expect(page.locator(".hd-name")).to_have_text(["giá vé?"])
    other = pages(context=page.context)
    ask(other, "nguyên giờ chạy?")
    expect(other.locator(".hd-name")).to_have_text(["nguyên giờ chạy?", "giá vé?"])
    search = other.get_by_role("searchbox", name=VIETNAMESE.conversations_search)
    search.fill("gia ve mtro")
    expect(other.locator(".hd-conversations")).to_have_text(VIETNAMESE.conversations_unfound)
    search.fill("NGUYEN gio")
    expect(other.locator(".hd-name")).to_have_text(["nguyên giờ chạy?"])
    menu(other, "nguyên giờ chạy?", VIETNAMESE.rename)
    box = other.locator(".hd-rename")
    box.fill("Giờ <b>tàu</b>")
    box.press("Enter")
    expect(other.locator(".hd-name")).to_have_text(["Giờ <b>tàu</b>"])
    with other.expect_download() as downloading:
        menu(other, "Giờ <b>tàu</b>", VIETNAMESE.export_json, role="link")
    assert json.loads(Path(downloading.value.path()).read_text(encoding="utf-8"))["title"] == "Giờ <b>tàu</b>"
    search.fill("")
    expect(other.locator(".hd-name")).to_have_count(2)
    menu(other, "giá vé?", VIETNAMESE.delete)
    other.get_by_role("button", name=VIETNAMESE.sure).click()
    expect(other.locator(".hd-name")).to_have_text(["Giờ <b>tàu</b>"])
    expect(other.locator("#hd-messages .user-row")).to_have_count(1)
    page.reload()
    expect(page.locator("#hd-messages")).to_contain_text(VIETNAMESE.conversation_missing)
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)


def menu(page: Page, title: str, name: str, role: str = "button") -> None:
    page.get_by_label(VIETNAMESE.menu.format(title=title)).click()
    if role == "link":
        page.get_by_role("link", name=name).click()
    else:
        page.get_by_role("button", name=name, exact=True).click()


def test_the_library_finds_reads_limits_removes_and_restores(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    page.get_by_role("button", name=VIETNAMESE.library).click()
    expect(page.locator(".hd-articles li")).to_have_count(2)
    page.locator(".hd-library-search").fill("lan anh metro")
    expect(page.locator(".hd-articles .hd-title")).to_have_text([METRO.title])
    page.get_by_role("button", name=VIETNAMESE.remove, exact=True).click()
    page.get_by_role("button", name=VIETNAMESE.remove_sure).click()
    expect(page.locator(".hd-articles li")).to_have_count(0)
    page.get_by_text(VIETNAMESE.removed_articles).click()
    page.get_by_role("button", name=VIETNAMESE.restore).click()
    expect(page.locator(".hd-articles .hd-title")).to_have_text([METRO.title])
    page.get_by_role("button", name=VIETNAMESE.ask_about).click()
    expect(page.locator("#hd-side")).to_be_hidden()
    expect(page.locator(".hd-chips")).to_contain_text(METRO.title)
    page.get_by_text(VIETNAMESE.filters).click()
    page.get_by_label(VIETNAMESE.filter_since).fill("2024-01-31")
    page.get_by_label(VIETNAMESE.filter_language).select_option("vi")
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    assert assistant.asked[-1][0] == Filter(since="2024-01-31", languages="vi", articles="metro")
    expect(page.locator(".hd-chip")).to_have_count(3)
    page.get_by_role("button", name=f"{VIETNAMESE.filter_since} 31/01/2024").click()
    page.locator(".hd-chip").first.click()
    page.locator(".hd-chip").first.click()
    ask(page, "giá vé?")
    expect(page.locator("#hd-messages .user-row")).to_have_count(2)
    expect(page.locator(".hd-chip")).to_have_count(0)
    expect(page.get_by_role("button", name=VIETNAMESE.send)).to_be_visible()
    assert assistant.asked[-1][0] == Filter()
    page.get_by_role("button", name=VIETNAMESE.library).click()
    page.get_by_role("button", name=VIETNAMESE.read_article).first.click()
    expect(page.locator(".hd-article h2")).to_have_text(METRO.title)


def test_answers_are_judged_copied_and_linked_to(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for asked in range(1, 4):
        ask(page, f"nguyên {asked}?")
        expect(page.locator(".hd-ref")).to_have_count(2 * asked)
    page.get_by_role("button", name=VIETNAMESE.copy, exact=True).first.click()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("Giá vé lượt từ 7.000 đồng. [1]")
    page.get_by_text(VIETNAMESE.more, exact=True).first.click()
    left = page.get_by_role("button", name=VIETNAMESE.copy_markdown).first
    right = page.get_by_role("button", name=VIETNAMESE.copy_link).first
    assert gap(left, right) == pytest.approx(14, abs=0.5)
    page.get_by_role("button", name=VIETNAMESE.copy_markdown).first.click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.includes('[^1]: “Giá vé'))")
    page.get_by_role("button", name=VIETNAMESE.copy_link).first.click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.includes('#answer-'))")
    link = page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name=VIETNAMESE.feedback).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(VIETNAMESE.verdicts["wrong"], exact=True).check()
    dialog.get_by_label(VIETNAMESE.correction).fill("8.000 đồng")
    dialog.get_by_role("button", name=VIETNAMESE.save).click()
    expect(page.get_by_text(VIETNAMESE.thanks.format(verdict=VIETNAMESE.verdicts["wrong"]))).to_be_visible()
    linked = pages(390, 844, link.removeprefix(pages.address), page.context)
    expect(linked.locator("#hd-messages .user-row").first).to_be_in_viewport(ratio=1)
    expect(linked.get_by_text(VIETNAMESE.thanks.format(verdict=VIETNAMESE.verdicts["wrong"]))).to_be_visible()


def test_the_page_speaks_the_language_of_the_browser_until_another_is_chosen(pages: Pages) -> None:
    page = pages(390, 844, locale="en-GB")
    expect(page.locator(".hd-start h2")).to_have_text(ENGLISH.welcome)
    assert page.get_attribute("html", "lang") == "en"
    page.get_by_role("textbox", name=ENGLISH.question_label).fill("giá vé?")
    page.keyboard.press("Enter")
    expect(page.locator(".hd-cite")).to_have_count(2)
    expect(page.locator("#hd-messages")).to_contain_text("22 Dec 2024")
    page.locator(".hd-language").click()
    expect(page.locator("#hd-messages")).to_contain_text("22/12/2024")
    expect(page.get_by_role("textbox", name=VIETNAMESE.question_label)).to_be_visible()
    again = pages(390, 844, context=page.context)
    expect(again.locator(".hd-start h2")).to_have_text(VIETNAMESE.welcome)


def test_twice_as_large_and_without_motion_nothing_is_lost(pages: Pages) -> None:
    page = pages(640, 400)  # 1280 x 800 at 200 %
    page.emulate_media(reduced_motion="reduce")
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.get_by_role("textbox", name=VIETNAMESE.question_label)).to_be_in_viewport(ratio=1)
    page.locator(".hd-open-nav").click()
    expect(page.locator(".hd-conversation")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("#hd-left")).to_be_hidden()
    unlabelled = page.evaluate(
        """() => [...document.querySelectorAll("button, select, input, textarea, summary")]
            .filter((each) => each.offsetParent && !each.ariaLabel && !each.textContent.trim() && !each.labels?.length)
            .map((each) => each.outerHTML.slice(0, 200))"""
    )
    assert cast(list[str], unlabelled) == []


def gap(left: Locator, right: Locator) -> float:
    """How far apart two elements of one line are, in pixels."""
    before, after = left.bounding_box(), right.bounding_box()
    assert before
    assert after
    return after["x"] - before["x"] - before["width"]
