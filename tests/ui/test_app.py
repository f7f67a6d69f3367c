from __future__ import annotations

import http.client
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from rag import CAUTION, ConfigError
from tests.ui.pages import Pages, ask, type_in
from tests.ui.scripted_assistant import HOSTILE, HOURS, METRO, PRICE, ScriptedAssistant, passage_of
from ui.server import listen
from ui.vietnamese import VIETNAMESE

# Milliseconds for what comes after an answer, while other tests use the processor.
SLOW = 20_000
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio"),  # it calls pandas in a way of the past
]


def test_evidence_then_answer_then_source(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    expect(page.locator(".hd-facts")).to_contain_text("1.284 bài viết")
    ask(page, "chậm giá vé?")
    page.wait_for_selector(".hd-draft")
    expect(page.locator(".hd-quote").first).to_be_hidden()
    page.get_by_text("2 câu trích").click()
    expect(page.locator(".hd-quote").first).to_contain_text("Giá vé lượt từ 7.000 đồng.")
    page.locator(".hd-quote").first.click()
    expect(page.locator("#hd-target")).to_have_text("Giá vé lượt từ 7.000 đồng.")
    expect(page.locator(".hd-draft")).to_contain_text("Đang viết dở")
    assert page.locator(".hd-cite").count() == 0
    assistant.count += 1
    assistant.go.set()
    expect(page.locator(".hd-cite")).to_have_text(["1", "2?"])
    expect(page.locator(".hd-facts")).to_contain_text("1.285 bài viết", timeout=SLOW)
    assistant.count -= 1
    page.locator(".hd-cite").first.click()
    expect(page.locator("#hd-target")).to_be_in_viewport()
    expect(page.locator(".hd-other")).to_have_text("Tàu chạy từ 5 giờ.")
    panel = page.locator(".hd-panel")
    for part in (METRO.title, "22/12/2024", "tiếng Việt", "Lan Anh"):
        expect(panel).to_contain_text(part)
    origin = panel.locator("a.hd-origin")
    assert str(origin.get_attribute("href")).startswith("https://www.bao.example/metro.html#:~:text=Gi%C3%A1%20")
    assert origin.get_attribute("rel") == "noopener noreferrer"
    expect(page.locator(".hd-place")).to_have_text("1/2")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#hd-target")).to_have_text("Tàu chạy từ 5 giờ.")
    expect(page.get_by_role("button", name=VIETNAMESE.next_quote)).to_be_disabled()
    page.get_by_role("button", name=VIETNAMESE.previous_quote).click()
    expect(page.locator("#hd-target")).to_have_text("Giá vé lượt từ 7.000 đồng.")
    assert "#cite" not in page.url


def test_hostile_article_and_answer_stay_text(pages: Pages) -> None:
    page = pages()
    ask(page, "độc gì?")
    expect(page.locator(".hd-cite")).to_have_count(1)
    page.locator(".hd-cite").click()
    expect(page.locator("#hd-target")).to_have_text(HOSTILE)
    for place in ("#hd-messages", ".hd-panel"):
        assert HOSTILE in page.inner_text(place)
        assert page.locator(f"{place} :is(img, script, h1, iframe, .katex, table)").count() == 0
        links = page.locator(f"{place} a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
        assert [link for link in links if not link.startswith("#")] == []
    assert "[8]" in page.inner_text("#hd-messages")
    assert page.title() == "Hoidap"


def test_a_refusal_says_so_and_offers_more(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages(390, 844)
    page.locator(".hd-choices select[name=caution]").select_option(label=VIETNAMESE.cautions["never_wrong"])
    ask(page, f"không {HOSTILE}")
    expect(page.locator(".hd-refused")).to_have_text("Không có câu trả lời.")
    assert HOSTILE in page.inner_text("#hd-messages")
    assert page.locator("#hd-messages img").count() == 0
    expect(page.locator(".hd-quote")).to_be_hidden()
    page.get_by_text("có thể không trả lời").click()
    page.locator(".hd-quote").click()
    expect(page.locator("#hd-target")).to_have_text(passage_of(METRO)[0])
    page.keyboard.press("Escape")
    page.get_by_role("button", name=VIETNAMESE.bolder.format(caution=VIETNAMESE.cautions["careful"])).click()
    wait_until(lambda: len(assistant.closed) == 2)
    assert [threshold for _, threshold, _ in assistant.asked] == [CAUTION["never_wrong"], CAUTION["careful"]]
    expect(page.locator("#hd-messages .user-row")).to_have_count(1)


def test_error_is_told_and_the_chat_goes_on(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    ask(page, "lỗi ở đâu?")
    expect(page.locator(".hd-error")).to_contain_text(VIETNAMESE.failures["GenerationError"])
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    assert assistant.calls[-1][1] == ()
    ask(page, "   ")
    page.wait_for_timeout(500)
    expect(page.locator(".hd-cite")).to_have_count(2)


def test_what_asks_again_waits_for_the_end_of_the_answer(pages: Pages, assistant: ScriptedAssistant) -> None:
    held: list[Route] = []
    context = pages.browser.new_context(locale="vi-VN")
    context.route("**/gradio_api/run/predict*", lambda route: route.continue_() if held else held.append(route))
    page = pages(context=context)
    ask(page, "giá vé?")
    expect(page.locator(".hd-actions a[href^='#copy-']")).to_be_visible()
    expect(page.locator(".hd-actions a[href^='#retry-']")).to_be_hidden()
    wait_until(lambda: page.evaluate("true") and bool(held))
    held[0].continue_()
    page.get_by_role("button", name=VIETNAMESE.retry).click()
    wait_until(lambda: len(assistant.closed) == 2)


def test_a_question_is_asked_again_in_other_ways(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    page.locator(".hd-choices select[name=mode]").select_option("extractive")
    ask(page, f"còn giờ chạy {HOSTILE}")
    expect(page.locator(".hd-cite")).to_have_count(5)
    question, history, mode = assistant.calls[-1]
    assert ([turn.question for turn in history], mode) == (["giá vé?"], "extractive")
    expect(page.locator("#hd-messages")).to_contain_text(f"{VIETNAMESE.understood}: {question} (giá vé?)")
    page.get_by_role("button", name=VIETNAMESE.as_typed).click()
    expect(page.get_by_text(VIETNAMESE.understood)).to_have_count(0)
    assert assistant.calls[-1] == (question, (), "extractive")
    assert assistant.asked[-1][2]
    page.get_by_role("button", name=VIETNAMESE.edit).click()
    box = page.get_by_role("textbox", name=VIETNAMESE.question_label)
    expect(box).to_have_value(question)
    expect(box).to_be_focused()
    expect(page.locator(".hd-chips")).to_contain_text(VIETNAMESE.editing)
    box.fill("còn giờ chủ nhật?")
    page.keyboard.press("Enter")
    expect(page.locator("#hd-messages .user-row")).to_have_text(["giá vé?", "còn giờ chủ nhật?"])
    expect(page.locator(".hd-cite")).to_have_count(4)
    expect(page.get_by_role("button", name=VIETNAMESE.send)).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name=VIETNAMESE.retry).click()
    wait_until(lambda: len(assistant.closed) == 5)
    expect(page.get_by_role("button", name=VIETNAMESE.send)).to_be_visible()
    expect(page.locator("#hd-messages .user-row")).to_have_count(2)
    assert [call[0] for call in assistant.calls[-2:]] == ["còn giờ chủ nhật?"] * 2
    assert page.locator(".hd-chip").count() == 0


def test_quotes_are_put_into_words_when_that_is_asked_for(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    page.locator(".hd-choices select[name=mode]").select_option("extractive")
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    assert assistant.calls[-1][2] == "extractive"
    expect(page.get_by_role("button", name=VIETNAMESE.send)).to_be_visible()
    page.get_by_role("button", name=VIETNAMESE.write).click()
    wait_until(lambda: len(assistant.closed) == 2)
    assert assistant.calls[-1] == ("giá vé?", (), "generative")
    expect(page.locator("#hd-messages .user-row")).to_have_count(1)
    expect(page.locator(".hd-cite")).to_have_count(2)


def test_what_was_chosen_is_kept(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    caution = page.get_by_role("combobox", name=VIETNAMESE.caution_label)
    expect(caution.locator("option")).to_have_text(list(VIETNAMESE.cautions.values()))
    expect(caution.locator("option:checked")).to_have_text(VIETNAMESE.cautions["balanced"])
    caution.focus()
    page.keyboard.press("ArrowUp")
    expect(caution.locator("option:checked")).to_have_text(VIETNAMESE.cautions["careful"])
    page.locator(".hd-choices select[name=mode]").select_option("extractive")
    page.reload()
    expect(caution.locator("option:checked")).to_have_text(VIETNAMESE.cautions["careful"])
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    assert (assistant.asked[-1][1], assistant.calls[-1][2]) == (CAUTION["careful"], "extractive")
    caution.select_option(label=VIETNAMESE.cautions["balanced"])
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(4)
    assert assistant.asked[-1][1] is None, "what is as it is set is left to the settings"


def test_two_readers_do_not_mix(pages: Pages, assistant: ScriptedAssistant) -> None:
    first, second = pages(), pages()
    ask(first, "chậm thứ nhất?")
    first.wait_for_selector(".hd-draft")
    ask(second, "câu hai?")
    expect(second.locator(".hd-cite")).to_have_count(2)
    assistant.go.set()
    expect(first.locator(".hd-cite")).to_have_count(2)
    assert "thứ nhất" not in second.inner_text("#hd-messages")
    assert "câu hai" not in first.inner_text("#hd-messages")
    expect(second.locator(".hd-name")).to_have_text(["câu hai?"])
    ask(second, "câu ba?")
    expect(second.locator(".hd-cite")).to_have_count(4)
    assert [turn.question for turn in assistant.calls[-1][1]] == ["câu hai?"]


def test_stop_ends_the_answer_and_the_assistant(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    ask(page, "chậm dừng?")
    page.wait_for_selector(".hd-draft")
    type_in(page, "chen ngang?")
    expect(page.get_by_role("status").filter(has_text=VIETNAMESE.busy)).to_be_visible()
    page.get_by_role("button", name=VIETNAMESE.stop).click()
    expect(page.locator("#hd-messages")).to_contain_text(VIETNAMESE.stopped)
    expect(page.locator("#hd-messages")).to_contain_text("Đang viết dở")
    assert page.locator(".hd-draft, .hd-wait").count() == 0
    expect(page.get_by_role("button", name=VIETNAMESE.send)).to_be_visible()
    expect(page.get_by_label(VIETNAMESE.question_label)).to_have_value("chen ngang?")
    assistant.go.set()
    wait_until_closed(assistant, "chậm dừng?")
    page.get_by_role("button", name=VIETNAMESE.send).click()
    expect(page.locator(".hd-cite")).to_have_count(2)
    assert assistant.calls[-1] == ("chen ngang?", (), "generative")


def wait_until_closed(assistant: ScriptedAssistant, question: str) -> None:
    wait_until(lambda: question in assistant.closed)
    assistant.go.clear()


def wait_until(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not there() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert there()


@pytest.mark.parametrize("moment", [0, 3, 6, 9, 12])
def test_stop_ends_cleanly_whenever_it_comes(pages: Pages, moment: int) -> None:
    page = pages()
    ask(page, "từng chữ?")
    page.get_by_role("button", name=VIETNAMESE.stop).wait_for()
    page.wait_for_timeout(moment * 70)
    # Pressed within the page: the button of an answer that is just ready may go while it is looked for.
    page.evaluate("document.querySelector('.stop-button')?.click()")
    expect(page.get_by_role("button", name=VIETNAMESE.send)).to_be_visible()
    page.wait_for_timeout(300)
    assert page.locator(".hd-draft, .hd-wait").count() == 0
    cited, stopped = page.locator(".hd-cite").count(), page.get_by_text(VIETNAMESE.stopped).count()
    assert (cited > 0) != (stopped == 1)
    ask(page, "sau đó?")
    expect(page.locator(".hd-cite")).to_have_count(cited + 2)


def test_nothing_is_asked_before_the_conversation_that_the_address_names_is_there(
    pages: Pages, assistant: ScriptedAssistant
) -> None:
    page = pages()
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    kept = page.url.removeprefix(pages.address)
    held: list[Route] = []
    page.context.route("**/queue/join*", lambda route: route.continue_() if held else held.append(route))
    page = pages(query=kept, context=page.context)
    wait_until(lambda: page.evaluate("true") and bool(held))
    box = page.get_by_role("textbox", name=VIETNAMESE.question_label, include_hidden=True)
    assert box.evaluate("box => box.inert")
    held[0].continue_()
    expect(page.locator(".hd-cite")).to_have_count(2)
    ask(page, "giờ chạy?")
    expect(page.locator(".hd-cite")).to_have_count(4)
    assert [turn.question for turn in assistant.calls[-1][1]] == ["giá vé?"]


def test_a_page_that_loses_its_connection_as_it_loads_can_be_used_when_it_is_back(pages: Pages) -> None:
    context = pages.browser.new_context(locale="vi-VN")
    context.route("**/gradio_api/queue/join*", lambda route: route.abort())
    page = pages(query="/?c=lost", context=context)
    box = page.get_by_role("textbox", name=VIETNAMESE.question_label, include_hidden=True)
    assert box.evaluate("box => box.inert")
    page.wait_for_timeout(1000)
    context.unroute("**/gradio_api/queue/join*")
    expect(page.locator("#hd-messages")).to_contain_text(VIETNAMESE.conversation_missing, timeout=SLOW)
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    assert set(pages.errors) == {"Failed to load resource: net::ERR_FAILED"}
    pages.errors.clear()


def test_an_empty_page_calls_no_event(pages: Pages) -> None:
    held: list[Route] = []
    context = pages.browser.new_context(locale="vi-VN")
    context.route("**/gradio_api/queue/join*", lambda route: held.append(route))
    page = pages(context=context)
    expect(page.locator(".hd-facts")).to_contain_text("1.284 bài viết")
    expect(page.locator(".hd-start h2")).to_be_visible()
    page.wait_for_timeout(500)
    assert held == []


def test_an_answer_is_made_whether_its_page_is_there_or_not(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    ask(page, "chậm tải lại?")
    page.wait_for_selector(".hd-draft")
    page.wait_for_function("location.search.startsWith('?c=')")
    address = page.url
    page.reload()
    expect(page.locator(".hd-draft")).to_contain_text("Đang viết dở")
    expect(page.get_by_role("button", name=VIETNAMESE.stop)).to_be_visible()
    page.get_by_role("link", name=VIETNAMESE.new_chat).click()
    expect(page.locator(".hd-start h2")).to_have_text(VIETNAMESE.welcome)
    assert page.locator(".message-row").count() == 0
    ask(page, "khác hẳn?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    assert assistant.calls[-1][1] == ()
    assistant.go.set()
    wait_until_closed(assistant, "chậm tải lại?")
    page.goto(address)
    expect(page.locator(".hd-cite")).to_have_count(2)
    expect(page.locator("#hd-messages .user-row")).to_have_text(["chậm tải lại?"])
    expect(page.locator(".hd-name")).to_have_text(["khác hẳn?", "chậm tải lại?"])
    page.go_back()
    expect(page.locator("#hd-messages .user-row")).to_have_text(["khác hẳn?"])
    page.locator(".hd-cite").first.click()
    expect(page.locator("#hd-target")).to_have_text(PRICE.text)


def test_keyboard_opens_and_leaves_a_source(pages: Pages) -> None:
    page = pages()
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    expect(page.locator(".hd-cite").first).to_have_attribute("aria-label", f"Mở nguồn 1: {METRO.title}")
    assert page.get_attribute("html", "lang") == "vi"
    assert page.locator("#hd-messages [data-testid][aria-label]").count() == 0
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.className.includes('hd-cite')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#hd-target")).to_be_focused()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className.includes('hd-cite')")


NARROW = "document.documentElement.scrollWidth <= innerWidth"


def test_phone_shows_the_source_over_the_chat(pages: Pages) -> None:
    page = pages(390, 844)
    expect(page.locator(".hd-start h2")).to_be_visible()
    assert page.evaluate(NARROW)
    ask(page, f"độc {'x' * 300}")
    expect(page.locator(".hd-cite")).to_have_count(1)
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(3)
    assert page.evaluate(NARROW)
    expect(page.get_by_role("combobox", name=VIETNAMESE.caution_label)).to_be_in_viewport(ratio=1)
    side, target = page.locator("#hd-side"), page.locator("#hd-target")
    expect(side).to_be_hidden()
    steps = page.evaluate("history.length")

    def opened(marker: int) -> None:
        page.locator(".hd-cite").nth(1 + marker).click()
        expect(target).to_be_in_viewport()
        assert page.evaluate(NARROW)

    leave: list[Callable[[], object]] = [
        page.go_back,
        page.get_by_role("button", name=VIETNAMESE.panel_close).click,
        lambda: page.keyboard.press("Escape"),
        page.go_back,
    ]
    for marker, way in zip((0, 0, 1, 0), leave, strict=True):
        opened(marker)
        assert page.evaluate("history.state?.source") is True
        way()
        expect(side).to_be_hidden()
        page.wait_for_function("!history.state?.source")
        expect(page.locator(".hd-cite")).to_have_count(3)
    assert page.evaluate("history.length") == steps + 1


WHERE = """() => {
    const area = document.querySelector("#hd-messages .bubble-wrap");
    const inside = (all) => {
        const [last] = [...document.querySelectorAll(all)].slice(-1);
        if (!last) return false;
        const box = last.getBoundingClientRect(), view = area.getBoundingClientRect();
        return box.top >= view.top - 1 && box.bottom <= view.bottom + 1;
    };
    return [inside(".user-row .hd-text"), inside(".hd-draft, .hd-wait, .hd-refused")];
}"""


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_the_question_and_what_is_written_stay_in_view(
    pages: Pages, assistant: ScriptedAssistant, size: tuple[int, int]
) -> None:
    page = pages(*size)
    for asked in range(1, 3):
        ask(page, f"chậm câu {asked}?")
        page.wait_for_selector(".hd-draft")
        expect(page.locator("details.hd-quotes").last).not_to_have_attribute("open", "")
        page.wait_for_timeout(300)
        assert page.evaluate(WHERE) == [True, True], asked
        assistant.go.set()
        wait_until_closed(assistant, f"chậm câu {asked}?")
        expect(page.get_by_role("button", name=VIETNAMESE.send)).to_be_visible()
        expect(page.locator("#hd-messages .user-row").last).to_be_in_viewport(ratio=1)
    ask(page, "không biết?")
    expect(page.locator(".hd-refused")).to_be_visible()
    page.wait_for_timeout(300)
    assert page.evaluate(WHERE) == [True, True]


def test_where_the_reader_scrolled_to_is_kept(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages(390, 844)
    for asked in range(1, 4):
        ask(page, "nguyên văn?")
        expect(page.locator(".hd-ref")).to_have_count(2 * asked)
    ask(page, "chậm câu này?")
    page.wait_for_selector(".hd-draft")
    area = page.locator("#hd-messages .bubble-wrap")
    assert area.evaluate("area => area.scrollTop") > 0
    area.evaluate("area => (area.scrollTop = 0)")
    assistant.go.set()
    expect(page.get_by_role("button", name=VIETNAMESE.send)).to_be_visible()
    assert area.evaluate("area => area.scrollTop") == 0


def test_evidence_that_was_unfolded_stays_so_while_more_is_written(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    ask(page, "dần dần?")
    expect(page.locator(".hd-draft")).to_contain_text("Một chữ nữa.")
    page.get_by_text("2 câu trích").click()
    expect(page.locator("details .hd-quote").first).to_be_visible()
    assistant.go.set()
    expect(page.locator(".hd-draft")).to_contain_text("Hai chữ nữa.")
    expect(page.locator("details .hd-quote").first).to_be_visible()
    assistant.go.set()


def test_the_oldest_questions_leave_a_long_conversation(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.messages.QUESTIONS_SHOWN", 2)
    page = pages()
    for asked in range(1, 4):
        ask(page, f"nguyên {asked}?")
        expect(page.locator("#hd-messages .user-row").last).to_have_text(f"nguyên {asked}?")
        page.wait_for_function("!document.querySelector('.hd-wait')")
    expect(page.locator("#hd-messages")).to_contain_text(VIETNAMESE.earlier)
    expect(page.locator(".hd-quotes .hd-heading").last).to_have_text(VIETNAMESE.sources)
    expect(page.locator(".hd-quotes li").last).to_have_text(f"1 2 {METRO.title} · 22/12/2024 · bao.example ↗")
    page.locator(".hd-ref").first.click()
    expect(page.locator("#hd-target")).to_have_text(PRICE.text)
    page.locator(".hd-ref").last.click()
    expect(page.locator("#hd-target")).to_have_text(HOURS.text)


def test_a_question_that_finds_no_room_is_told_so(
    pages: Pages, assistant: ScriptedAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.turns.WAITING", 0)
    page = pages()
    ask(page, "giá vé?")
    expect(page.get_by_text(VIETNAMESE.crowded)).to_be_visible()
    expect(page.get_by_role("button", name=VIETNAMESE.send)).to_be_visible()
    expect(page.get_by_label(VIETNAMESE.question_label)).to_have_value("giá vé?")
    assert assistant.calls == []


def test_a_new_question_closes_the_source(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    ask(page, "giá vé?")
    page.locator(".hd-cite").first.click()
    expect(page.locator("#hd-target")).to_be_visible()
    ask(page, "chậm nhé?")
    expect(page.locator("#hd-side")).to_be_hidden()
    expect(page.get_by_role("textbox", name=VIETNAMESE.question_label)).to_be_focused()
    assert page.locator(".hd-current").count() == 0
    assistant.go.set()
    expect(page.locator(".hd-cite")).to_have_count(4)
    page.locator(".hd-cite").nth(2).click()
    expect(page.locator("#hd-target")).to_have_text(PRICE.text)


def test_what_is_pressed_on_a_phone_is_big_enough(pages: Pages) -> None:
    page = pages(390, 844)
    expect(page.locator(".hd-drop")).to_be_visible()
    assert_big(page, ".hd-open-nav", ".hd-open-library", ".hd-language", "[data-ask]", ".hd-filter summary")
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    ask(page, "nguyên văn?")
    expect(page.locator(".hd-ref")).to_have_count(2)
    ask(page, "còn giờ?")
    expect(page.locator(".hd-cite")).to_have_count(6)
    page.locator(".hd-more summary").last.click()
    assert_big(page, "#hd-messages .hd-quote", "#hd-messages .hd-ref", "#hd-messages .hd-origin", "a.hd-do")
    assert_big(page, ".hd-choices select", "#hd-question button", ".hd-more summary")
    reached = """link => {
        link.scrollIntoView({block: "center"});
        const box = link.getBoundingClientRect();
        const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
        return [[0, 0], [-19, 0], [19, 0], [0, -19], [0, 19]].map(
            ([right, down]) => document.elementFromPoint(x + right, y + down)?.closest("a") === link);
    }"""
    for link in page.locator(".hd-cite").all()[:2]:
        assert link.evaluate(reached) == [True] * 5
    for link in page.locator(".hd-cite").all():
        assert link.evaluate(reached)[0]
    page.locator(".hd-cite").first.click()
    expect(page.locator("#hd-target")).to_be_visible()
    assert_big(page, ".hd-close", ".hd-panel .hd-origin", ".hd-step")
    page.get_by_role("button", name=VIETNAMESE.panel_close).click()
    page.locator(".hd-open-nav").click()
    expect(page.locator(".hd-conversation")).to_be_visible()
    assert_big(page, ".hd-new", ".hd-close-nav", ".hd-search", ".hd-conversation", ".hd-menu summary")


def assert_big(page: Page, *selectors: str) -> None:
    for selector in selectors:
        found = [box for each in page.locator(selector).all() if (box := each.bounding_box())]
        assert found, selector
        assert [box for box in found if box["width"] < 40 or box["height"] < 39.5] == [], selector


CONTRAST = """element => {
    const canvas = Object.assign(document.createElement("canvas"), {width: 1, height: 1});
    const paint = canvas.getContext("2d", {willReadFrequently: true});
    const layers = [];
    for (let each = element; each; each = each.parentElement) layers.unshift(getComputedStyle(each).backgroundColor);
    const luminance = (colours) => {
        paint.fillStyle = "white";
        for (const colour of ["white", ...colours]) { paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1); }
        const [red, green, blue] = [...paint.getImageData(0, 0, 1, 1).data].map((value) => value / 255).map(
            (value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const pair = [luminance(layers), luminance([...layers, getComputedStyle(element).color])].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_stand_out_from_their_ground(pages: Pages, theme: str) -> None:
    page = pages(query=f"/vi/?__theme={theme}")
    expect(page.locator("[data-ask]").first).to_be_visible()
    assert_readable(page, ".hd-start h2", ".hd-start .hd-note", "[data-ask]", ".hd-drop strong", ".hd-new", ".hd-facts")
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    ask(page, "còn giờ?")
    expect(page.locator(".hd-cite")).to_have_count(4)
    page.locator(".hd-cite").first.click()
    expect(page.locator("#hd-target")).to_be_visible()
    assert_readable(
        page,
        *("#hd-messages a.hd-origin", ".hd-panel a.hd-origin", ".hd-meta", ".hd-note", "a.hd-do", ".hd-foot"),
        *(".hd-title", ".hd-cite", ".hd-heading", ".hd-doubt", "#hd-target", ".hd-name"),
        *(".hd-step", ".hd-close", ".hd-language", ".hd-choices label", ".hd-choices select", ".hd-more summary"),
    )


def assert_readable(page: Page, *selectors: str) -> None:
    for selector in selectors:
        measured = [each.evaluate(CONTRAST) for each in page.locator(selector).all() if each.is_visible()]
        assert measured, selector
        assert min(measured) >= 4.5, (selector, measured)


def fetch(address: str, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def test_server_lets_in_only_what_the_page_needs(address: str) -> None:
    page = fetch(address, "/vi/")
    assert page.status == 200
    assert "connect-src 'self'" in str(page.getheader("Content-Security-Policy"))
    assert fetch(address, "/vi/", Host="evil.example").status == 403
    assert fetch(address, "/vi/", Host="localhost:1").status == 200
    for path in ("upload", "info", "file=/etc/passwd", "proxy=http://evil.example", "run/ask", "call/ask"):
        assert fetch(address, f"/vi/gradio_api/{path}", "POST").status == 404, path
    for path in ("/vi/monitoring", "/openapi.json", "/docs", "/page/fr/facts", "/page/vi/nothing", "/gradio_api/info"):
        assert fetch(address, path).status == 404, path


def test_taken_port_is_told(address: str) -> None:
    port = int(address.rpartition(":")[2])
    with pytest.raises(ConfigError, match=f"{port}: already in use; choose another"):
        listen("127.0.0.1", port)
    with pytest.raises(ConfigError, match=r"no\.such\.host\.invalid"):
        listen("no.such.host.invalid", 0)
