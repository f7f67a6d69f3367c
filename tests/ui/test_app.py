from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from playwright import sync_api
from playwright.sync_api import Browser, Page, expect, sync_playwright

from rag import (
    CAUTION,
    Answer,
    Article,
    Assistant,
    Citation,
    Config,
    ConfigError,
    Delta,
    Evidence,
    Fingerprint,
    GenerationError,
    Passage,
    Quote,
    Standalone,
    Status,
    Turn,
)
from rag.config import AnswerSettings
from rag.query.request import Request
from ui.app import CONCURRENT_QUESTIONS, Server, build_app, listen, web_app
from ui.strings import ENGLISH, VIETNAMESE

CHROMIUM = "/usr/bin/chromium"
OFFLINE = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio"),  # it calls pandas in a way of the past
]

HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\"> [x](javascript:alert(1)) $$x^2$$ </mark></div> "
    "${document.title='owned'} "
    "[1](http://evil.example) ![i](http://evil.example/i.png) {{value}} <script>document.title='owned'</script> # h"
)
METRO = Article(
    "metro",
    "Metro số 1 chạy thương mại",
    "Mở đầu. " * 400 + "Giá vé lượt từ 7.000 đồng. Tàu chạy từ 5 giờ." + " Kết thúc." * 400,
    "https://www.bao.example/metro.html",
    "2024-12-22",
    "vi",
)
EVIL = Article("evil", f"Độc {HOSTILE}", f"Trước.\n\n{HOSTILE}\n\nSau.", HOSTILE, None, "vi")
ARTICLES = {article.id: article for article in (METRO, EVIL)}


def quote(article: Article, text: str) -> Quote:
    start = article.text.index(text)
    place = (start, start + len(text))
    return Quote(article.id, article.title, article.source, article.published, article.language, *place, text, 0.9)


PRICE = quote(METRO, "Giá vé lượt từ 7.000 đồng.")
HOURS = quote(METRO, "Tàu chạy từ 5 giờ.")


def answer(question: str, text: str, citations: tuple[Citation, ...] = (), **changes: Any) -> Answer:
    values: dict[str, Any] = {
        "id": "x",
        "request": Request.of(question),
        "standalone_question": question,
        "text": text,
        "status": "answered",
        "mode": "generative",
        "citations": citations,
        "passages": (),
        "confidence": 0.9,
        "timings": {"answer": 0.5},
        "fingerprint": Fingerprint("e", "l", "p", 1),
    }
    return Answer(**(values | changes))


@dataclass
class ScriptedAssistant:
    """Answers by the first word of the question; `go` lets an answer that waits be finished."""

    config: Config = field(default_factory=Config)
    go: threading.Event = field(default_factory=threading.Event)
    calls: list[tuple[str, tuple[Turn, ...], str | None]] = field(default_factory=list)
    thresholds: list[float | None] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    articles: int = 1284

    def status(self) -> Status:
        return Status(self.articles, 9000, ("vi",), "multilingual-e5-small", "qwen")

    def article(self, article_id: str) -> Article | None:
        return ARTICLES.get(article_id)

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        mode: str | None = None,
        refuse_below: float | None = None,
        as_typed: bool = False,
    ) -> Iterator[object]:
        self.calls.append((question, tuple(history), mode))
        self.thresholds.append(refuse_below)
        try:
            yield from self._play(question, history)
        finally:
            self.closed.append(question)

    def _play(self, question: str, history: Sequence[Turn]) -> Iterator[object]:
        word = question.split()[0]
        if word == "lỗi":
            raise GenerationError("the model is away; pull it")
        if word == "độc":
            span = quote(EVIL, HOSTILE)
            yield Evidence((span,), (), 0.9)
            yield Delta(HOSTILE)
            yield answer(question, f"{HOSTILE} [1] [8]", (Citation(1, span, "supported"),), notice=HOSTILE)
        elif word == "nguyên":
            text = f"{PRICE.text} [1] {HOURS.text} [2]"
            yield answer(question, text, (Citation(1, PRICE, "supported"), Citation(2, HOURS, "supported")))
        elif word == "không":
            near = Passage("metro", 1, METRO.title, METRO.source, METRO.published, "vi", *passage_of(METRO), 0.1, 0.1)
            yield answer(question, "Không có câu trả lời.", status="refused", passages=(near,))
        else:
            if history:
                yield Standalone(f"{question} ({history[-1].question})")
            yield Evidence((PRICE, HOURS), (), 0.9)
            if word == "từng":
                for _ in range(12):
                    yield Delta("Mỗi lúc một chữ nữa. ")
                    time.sleep(0.06)
            if word == "chậm":
                yield Delta("Đang viết dở ")
                assert self.go.wait(30)
                self.go.clear()
            citations = (Citation(1, PRICE, "supported"), Citation(2, HOURS, "partly"))
            yield answer(question, f"Trả lời {question}: vé 7.000 đồng [1], chạy từ 5 giờ [2].", citations)


def passage_of(article: Article) -> tuple[str, int, int]:
    return article.text[3200:3300], 3200, 3300


@pytest.fixture(scope="module")
def assistant() -> ScriptedAssistant:
    return ScriptedAssistant()


@pytest.fixture(scope="module")
def address(assistant: ScriptedAssistant) -> Iterator[str]:
    with served(assistant) as address:
        yield address


@contextmanager
def served(assistant: ScriptedAssistant, language: str = "vi") -> Iterator[str]:
    blocks = build_app(cast(Assistant, assistant), language)
    with listen("127.0.0.1", 0) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = Server(web_app(blocks), address)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield address
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OFFLINE)
        yield browser
        browser.close()


class Pages:
    """Opens pages of the chat, and notes what they ask of other servers and what they complain of."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address
        self.strangers: list[str] = []
        self.errors: list[str] = []

    def __call__(self, width: int = 1280, height: int = 800, query: str = "") -> Page:
        page = self.browser.new_page(viewport={"width": width, "height": height}, locale="vi-VN")
        page.set_default_timeout(15_000)
        page.on("request", self.note)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        page.goto(self.address + query)
        page.wait_for_selector("textarea")
        page.wait_for_selector(".hd-panel", state="attached")
        return page

    def note(self, request: sync_api.Request) -> None:
        if not request.url.startswith((f"{self.address}/", "data:", "blob:")):
            self.strangers.append(request.url)


@pytest.fixture
def pages(browser: Browser, address: str) -> Iterator[Pages]:
    opened = Pages(browser, address)
    yield opened
    for context in browser.contexts:
        context.close()
    assert opened.strangers == []
    assert opened.errors == []


def ask(page: Page, question: str) -> None:
    expect(page.get_by_role("button", name=VIETNAMESE.send)).to_be_visible()
    type_in(page, question)


def type_in(page: Page, question: str) -> None:
    page.get_by_role("textbox", name=VIETNAMESE.question_label).fill(question)
    page.keyboard.press("Enter")


def test_evidence_then_answer_then_source(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    assert "1.284 bài viết" in page.inner_text("#hd-head")
    ask(page, "chậm giá vé?")
    page.wait_for_selector(".hd-draft")
    expect(page.locator(".hd-quote").first).to_be_hidden()
    page.get_by_text("2 câu trích").click()
    expect(page.locator(".hd-quote").first).to_contain_text("Giá vé lượt từ 7.000 đồng.")
    expect(page.locator(".hd-draft")).to_contain_text("Đang viết dở")
    assert page.locator(".hd-cite").count() == 0
    assistant.go.set()
    expect(page.locator(".hd-cite")).to_have_text(["1", "2?"])
    page.locator(".hd-cite").first.click()
    expect(page.locator("#hd-target")).to_have_text("Giá vé lượt từ 7.000 đồng.")
    expect(page.locator("#hd-target")).to_be_in_viewport()
    expect(page.locator(".hd-other")).to_have_text("Tàu chạy từ 5 giờ.")
    panel = page.locator(".hd-panel")
    for part in (METRO.title, "22/12/2024", "tiếng Việt"):
        expect(panel).to_contain_text(part)
    origin = panel.locator("a.hd-origin")
    assert str(origin.get_attribute("href")).startswith("https://www.bao.example/metro.html#:~:text=Gi%C3%A1%20")
    assert origin.get_attribute("rel") == "noopener noreferrer"
    page.locator(".hd-quote").nth(1).click()
    expect(page.locator("#hd-target")).to_have_text("Tàu chạy từ 5 giờ.")
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
        assert {link for link in links if not link.startswith("#cite-1-1")} == set()
    assert "[8]" in page.inner_text("#hd-messages")
    assert page.title() == "Hoidap"


def test_question_is_text_too(pages: Pages) -> None:
    page = pages()
    ask(page, f"không {HOSTILE}")
    expect(page.locator(".hd-refused")).to_be_visible()
    assert HOSTILE in page.inner_text("#hd-messages")
    assert page.locator("#hd-messages img").count() == 0


def test_refusal_offers_nearest_passages(pages: Pages) -> None:
    page = pages()
    ask(page, "không biết?")
    expect(page.locator(".hd-refused")).to_have_text("Không có câu trả lời.")
    expect(page.locator(".hd-quotes")).to_contain_text("có thể không trả lời")
    page.locator(".hd-quote").click()
    expect(page.locator("#hd-target")).to_have_text(passage_of(METRO)[0])


def test_error_is_told_and_the_chat_goes_on(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    ask(page, "lỗi ở đâu?")
    expect(page.locator(".hd-error")).to_contain_text("the model is away; pull it")
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    assert assistant.calls[-1][1] == ()


def test_second_question_carries_the_first(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    page.get_by_text(VIETNAMESE.mode_extractive).click()
    ask(page, "còn giờ chạy?")
    expect(page.locator(".hd-cite")).to_have_count(4)
    question, history, mode = assistant.calls[-1]
    assert (question, [turn.question for turn in history], mode) == ("còn giờ chạy?", ["giá vé?"], "extractive")
    expect(page.locator("#hd-messages")).to_contain_text(f"{VIETNAMESE.understood}: còn giờ chạy? (giá vé?)")
    page.locator(".hd-cite").nth(3).click()
    expect(page.locator("#hd-target")).to_have_text("Tàu chạy từ 5 giờ.")


def test_the_question_as_understood_can_be_corrected(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    ask(page, f"còn giờ chạy {HOSTILE}")
    expect(page.locator(".hd-cite")).to_have_count(5)
    page.get_by_role("link", name=VIETNAMESE.edit).click()
    box = page.get_by_label(VIETNAMESE.question_label)
    expect(box).to_have_value(f"còn giờ chạy {HOSTILE} (giá vé?)")
    expect(box).to_be_focused()
    assert "#edit" not in page.url
    box.fill("còn giờ chạy chủ nhật?")
    page.keyboard.press("Enter")
    expect(page.locator(".hd-cite")).to_have_count(7)
    assert assistant.calls[-1][:2] == ("còn giờ chạy chủ nhật?", ())
    ask(page, "còn giá?")
    expect(page.locator(".hd-cite")).to_have_count(9)
    assert len(assistant.calls[-1][1]) == 3, "only the corrected question is asked alone"


def test_how_cautious_an_answer_is_can_be_chosen(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    caution = page.get_by_role("combobox", name=VIETNAMESE.caution_label)
    expect(caution.locator("option")).to_have_text(list(VIETNAMESE.cautions.values()))
    expect(caution.locator("option:checked")).to_have_text(VIETNAMESE.cautions["balanced"])
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    assert assistant.thresholds[-1] is None, "what was not touched is left to the settings"
    caution.select_option(label=VIETNAMESE.cautions["always_try"])
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(4)
    assert assistant.thresholds[-1] == 0.0
    page.get_by_role("button", name=VIETNAMESE.new_chat).click()
    expect(page.locator(".hd-cite")).to_have_count(0)
    expect(caution.locator("option:checked")).to_have_text(VIETNAMESE.cautions["always_try"])
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    assert assistant.thresholds[-1] == 0.0
    caution.select_option(label=VIETNAMESE.cautions["balanced"])
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(4)
    assert assistant.thresholds[-1] is None


def test_caution_is_chosen_by_keyboard(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    page.get_by_label(VIETNAMESE.question_label).focus()
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SELECT":
            break
    page.keyboard.press("ArrowUp")
    caution = page.get_by_role("combobox", name=VIETNAMESE.caution_label)
    expect(caution).to_be_focused()
    expect(caution.locator("option:checked")).to_have_text(VIETNAMESE.cautions["careful"])
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    assert assistant.thresholds[-1] == CAUTION["careful"]


def test_a_threshold_without_a_name_keeps_its_place(browser: Browser) -> None:
    assistant = ScriptedAssistant(Config(answer=AnswerSettings(refuse_below=0.55)))
    with served(assistant, "en") as address:
        page = Pages(browser, address)()
        caution = page.get_by_role("combobox", name=ENGLISH.caution_label)
        expect(caution.locator("option:checked")).to_have_text("As configured (0.55)")
        assert caution.locator("option").all_inner_texts()[1:4] == ["Careful", "As configured (0.55)", "Balanced"]
        for asked, (chosen, threshold) in enumerate(
            [("Balanced", CAUTION["balanced"]), ("As configured (0.55)", None)], start=1
        ):
            caution.select_option(label=chosen)
            page.get_by_label(ENGLISH.question_label).fill("giá vé?")
            page.keyboard.press("Enter")
            expect(page.locator(".hd-cite")).to_have_count(2 * asked)
            assert assistant.thresholds[-1] == threshold
        page.close()


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
    ask(second, "câu ba?")
    expect(second.locator(".hd-cite")).to_have_count(4)
    assert [turn.question for turn in assistant.calls[-1][1]] == ["câu hai?"]


def test_stop_ends_the_answer_and_the_assistant(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    ask(page, "chậm dừng?")
    page.wait_for_selector(".hd-draft")
    page.get_by_role("button", name=VIETNAMESE.stop).click()
    expect(page.locator("#hd-messages")).to_contain_text(VIETNAMESE.stopped)
    expect(page.locator("#hd-messages")).to_contain_text("Đang viết dở")
    expect(page.get_by_role("button", name=VIETNAMESE.send)).to_be_visible()
    assistant.go.set()
    deadline = time.monotonic() + 10
    while "chậm dừng?" not in assistant.closed and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "chậm dừng?" in assistant.closed
    assistant.go.clear()
    ask(page, "sau đó?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    assert assistant.calls[-1][1] == ()


def test_a_second_question_waits_for_the_first(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    ask(page, "chậm trước?")
    page.wait_for_selector(".hd-draft")
    type_in(page, "chen ngang?")
    expect(page.get_by_role("status").filter(has_text=VIETNAMESE.busy)).to_be_visible()
    assistant.go.set()
    expect(page.locator(".hd-cite")).to_have_count(2)
    expect(page.get_by_label(VIETNAMESE.question_label)).to_have_value("chen ngang?")
    assert assistant.calls[-1][0] == "chậm trước?"
    page.get_by_role("button", name=VIETNAMESE.send).click()
    expect(page.locator(".hd-cite")).to_have_count(4)


def test_leaving_the_page_ends_the_assistant(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    ask(page, "chậm rời trang?")
    page.wait_for_selector(".hd-draft")
    page.close()
    deadline = time.monotonic() + 15
    while "chậm rời trang?" not in assistant.closed and time.monotonic() < deadline:
        assistant.go.set()
        time.sleep(0.1)
    assert "chậm rời trang?" in assistant.closed
    assistant.go.clear()


def test_new_chat_forgets(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    ask(page, "giá vé?")
    page.locator(".hd-cite").first.click()
    expect(page.locator("#hd-target")).to_be_visible()
    page.get_by_role("button", name=VIETNAMESE.new_chat).click()
    expect(page.locator(".hd-cite")).to_have_count(0)
    expect(page.locator(".hd-panel")).to_contain_text(VIETNAMESE.panel_empty)
    ask(page, "lại từ đầu?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    assert assistant.calls[-1][1] == ()


def test_keyboard_opens_and_leaves_a_source(pages: Pages) -> None:
    page = pages()
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    expect(page.locator(".hd-cite").first).to_have_attribute("aria-label", f"Mở nguồn 1: {METRO.title}")
    assert page.get_attribute("html", "lang") == "vi"
    assert page.locator("#hd-messages [data-testid][aria-label]").count() == 0
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.className.includes('hd-cite')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#hd-target")).to_be_focused()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className.includes('hd-cite')")


def test_phone_shows_the_source_over_the_chat(pages: Pages) -> None:
    page = pages(390, 844)
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    narrow = "document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(narrow)
    expect(page.get_by_role("combobox", name=VIETNAMESE.caution_label)).to_be_in_viewport(ratio=1)
    expect(page.locator("#hd-side")).to_be_hidden()
    page.locator(".hd-cite").first.click()
    expect(page.locator("#hd-target")).to_be_in_viewport()
    assert page.evaluate(narrow)
    page.get_by_role("button", name=VIETNAMESE.panel_close).click()
    expect(page.locator("#hd-side")).to_be_hidden()
    ask(page, f"độc {'x' * 300}")
    expect(page.locator(".hd-cite")).to_have_count(3)
    assert page.evaluate(narrow)


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
    for asked in range(1, 4):
        ask(page, f"chậm câu {asked}?")
        page.wait_for_selector(".hd-draft")
        expect(page.locator("details.hd-quotes")).not_to_have_attribute("open", "")
        page.wait_for_timeout(300)
        assert page.evaluate(WHERE) == [True, True], asked
        assistant.go.set()
        expect(page.locator(".hd-cite")).to_have_count(2 * asked)
        expect(page.locator("#hd-messages .user-row").last).to_be_in_viewport(ratio=1)
    ask(page, "không biết?")
    expect(page.locator(".hd-refused")).to_be_visible()
    page.wait_for_timeout(300)
    assert page.evaluate(WHERE) == [True, True]


def test_where_the_reader_scrolled_to_is_kept(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages(390, 844)
    for asked in range(1, 4):
        ask(page, "giá vé?")
        expect(page.locator(".hd-cite")).to_have_count(2 * asked)
    ask(page, "chậm câu này?")
    page.wait_for_selector(".hd-draft")
    area = page.locator("#hd-messages .bubble-wrap")
    assert area.evaluate("area => area.scrollTop") > 0
    area.evaluate("area => (area.scrollTop = 0)")
    assistant.go.set()
    expect(page.locator(".hd-cite")).to_have_count(8)
    expect(page.get_by_role("button", name=VIETNAMESE.send)).to_be_visible()
    assert area.evaluate("area => area.scrollTop") == 0


def test_evidence_that_was_unfolded_stays_so_while_more_is_written(pages: Pages) -> None:
    page = pages()
    ask(page, "từng chữ?")
    page.get_by_text("2 câu trích").click()
    written = page.locator(".hd-draft").inner_text()
    expect(page.locator(".hd-draft")).not_to_have_text(written)
    expect(page.locator("details .hd-quote").first).to_be_visible()


@pytest.mark.parametrize("moment", range(14))
def test_stop_ends_cleanly_whenever_it_comes(pages: Pages, moment: int) -> None:
    page = pages()
    ask(page, "từng chữ?")
    page.get_by_role("button", name=VIETNAMESE.stop).wait_for()
    page.wait_for_timeout(moment * 70)
    # Pressed within the page: the button of an answer that is just ready may go while it is looked for.
    press = "() => { const stop = document.querySelector('.stop-button'); stop?.click(); return Boolean(stop); }"
    if page.evaluate(press):
        expect(page.locator("#hd-messages")).to_contain_text(VIETNAMESE.stopped)
    expect(page.get_by_role("button", name=VIETNAMESE.send)).to_be_visible()
    page.wait_for_timeout(300)
    assert page.locator(".hd-draft, .hd-wait").count() == 0
    assert page.get_by_text(VIETNAMESE.stopped).count() <= 1
    assert page.locator("details[open]").count() == 0
    cited = page.locator(".hd-cite").count()
    ask(page, "sau đó?")
    expect(page.locator(".hd-cite")).to_have_count(cited + 2)


def test_a_new_chat_takes_back_the_answer_being_written(pages: Pages) -> None:
    page = pages()
    ask(page, "từng chữ?")
    page.wait_for_selector(".hd-draft")
    page.get_by_role("button", name=VIETNAMESE.new_chat).click()
    expect(page.locator(".message-row")).to_have_count(0)
    expect(page.get_by_role("button", name=VIETNAMESE.send)).to_be_visible()
    page.wait_for_timeout(1000)
    expect(page.locator(".message-row")).to_have_count(0)
    ask(page, "sau đó?")
    expect(page.locator(".hd-cite")).to_have_count(2)


def test_a_new_chat_drops_a_question_that_waits_in_the_queue(pages: Pages, assistant: ScriptedAssistant) -> None:
    others = [pages() for _ in range(CONCURRENT_QUESTIONS)]
    for other in others:
        ask(other, "chậm trước?")
        other.wait_for_selector(".hd-draft")
    page = pages()
    ask(page, "giá vé?")
    page.wait_for_timeout(1000)
    page.get_by_role("button", name=VIETNAMESE.new_chat).click()
    page.wait_for_timeout(1000)
    for other in others:
        assistant.go.set()
        expect(other.locator(".hd-cite")).to_have_count(2)
    page.wait_for_timeout(1500)
    expect(page.locator(".message-row")).to_have_count(0)
    assert "giá vé?" not in [question for question, *_ in assistant.calls[-CONCURRENT_QUESTIONS:]]
    ask(page, "sau đó?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    assert assistant.calls[-1][1] == ()


def test_the_oldest_questions_leave_a_long_conversation(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.handlers.QUESTIONS_SHOWN", 4)
    page = pages(390, 844)
    for asked in range(1, 5):
        ask(page, f"nguyên {asked}?")
        expect(page.locator(".hd-ref")).to_have_count(2 * asked)
    ask(page, "nguyên 5?")
    expect(page.locator("#hd-messages .user-row")).to_have_text(["nguyên 3?", "nguyên 4?", "nguyên 5?"])
    expect(page.locator(".hd-ref")).to_have_count(6)
    expect(page.locator("#hd-messages")).to_contain_text(VIETNAMESE.earlier)
    expect(page.locator("#hd-messages .user-row").last).to_be_in_viewport(ratio=1)
    page.locator(".hd-ref").first.click()
    expect(page.locator("#hd-target")).to_have_text(PRICE.text)


def test_a_question_that_finds_no_room_in_the_queue_is_told_so(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.app.WAITING_QUESTIONS", 0)
    with served(ScriptedAssistant()) as address:
        page = Pages(browser, address)()
        ask(page, "giá vé?")
        expect(page.get_by_text(VIETNAMESE.crowded)).to_be_visible()
        expect(page.get_by_role("button", name=VIETNAMESE.send)).to_be_visible()
        expect(page.get_by_label(VIETNAMESE.question_label)).to_have_value("giá vé?")
        page.close()


def test_of_quotes_that_are_the_answer_the_source_is_named_once(pages: Pages) -> None:
    page = pages()
    ask(page, "nguyên văn?")
    expect(page.locator(".hd-quotes .hd-heading")).to_have_text(VIETNAMESE.sources)
    expect(page.locator(".hd-quotes li")).to_have_count(1)
    expect(page.locator(".hd-quotes li")).to_have_text(f"1 2 {METRO.title} · 22/12/2024 · bao.example ↗")
    page.locator(".hd-ref").first.click()
    expect(page.locator("#hd-target")).to_have_text(PRICE.text)
    page.locator(".hd-ref").last.click()
    expect(page.locator("#hd-target")).to_have_text(HOURS.text)


def test_going_back_on_a_phone_leaves_the_source(pages: Pages) -> None:
    page = pages(390, 844)
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    steps = page.evaluate("history.length")
    side, target = page.locator("#hd-side"), page.locator("#hd-target")

    def opened(marker: int) -> None:
        page.locator(".hd-cite").nth(marker).click()
        expect(target).to_be_in_viewport()

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
        expect(page.locator(".hd-cite")).to_have_count(2)
    assert page.evaluate("history.length") == steps + 1


def test_a_new_question_empties_the_source(pages: Pages, assistant: ScriptedAssistant) -> None:
    page = pages()
    ask(page, "giá vé?")
    page.locator(".hd-cite").first.click()
    expect(page.locator("#hd-target")).to_be_visible()
    ask(page, "chậm nhé?")
    expect(page.locator(".hd-panel")).to_contain_text(VIETNAMESE.panel_empty)
    expect(page.get_by_role("textbox", name=VIETNAMESE.question_label)).to_be_focused()
    assert page.locator(".hd-current").count() == 0
    assistant.go.set()
    expect(page.locator(".hd-cite")).to_have_count(4)
    page.locator(".hd-cite").nth(2).click()
    expect(page.locator("#hd-target")).to_have_text(PRICE.text)


def test_what_is_pressed_on_a_phone_is_big_enough(pages: Pages) -> None:
    page = pages(390, 844)
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    ask(page, "nguyên văn?")
    expect(page.locator(".hd-ref")).to_have_count(2)
    ask(page, "còn giờ?")
    expect(page.locator(".hd-edit")).to_have_count(1)
    for selector in (
        *("#hd-messages .hd-quote", "#hd-messages .hd-ref", "#hd-messages .hd-origin", ".hd-edit", "#hd-new"),
        *("#hd-caution select", "#hd-mode label", "#hd-question button"),
    ):
        assert_big(page, selector)
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
    for selector in (".hd-close", ".hd-panel .hd-origin"):
        assert_big(page, selector)


def assert_big(page: Page, selector: str) -> None:
    found = [box for each in page.locator(selector).all() if (box := each.bounding_box())]
    assert found, selector
    assert all(box["width"] >= 40 and box["height"] >= 40 for box in found), (selector, found)


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
    page = pages(query=f"/?__theme={theme}")
    ask(page, "giá vé?")
    expect(page.locator(".hd-cite")).to_have_count(2)
    ask(page, "nguyên văn?")
    expect(page.locator(".hd-ref")).to_have_count(2)
    ask(page, "còn giờ?")
    expect(page.locator(".hd-cite")).to_have_count(6)
    page.locator(".hd-cite").first.click()
    expect(page.locator("#hd-target")).to_be_visible()
    for selector in (
        *("#hd-messages a.hd-origin", ".hd-panel a.hd-origin", ".hd-meta", ".hd-note", ".hd-edit", ".hd-foot"),
        *(".hd-ref .hd-number", ".hd-title", ".hd-cite", ".hd-heading", ".hd-doubt", "#hd-target"),
    ):
        measured = [each.evaluate(CONTRAST) for each in page.locator(selector).all()]
        assert measured, selector
        assert min(measured) >= 4.5, (selector, measured)


def test_the_chosen_way_of_answering_stays_marked_under_the_pointer(pages: Pages) -> None:
    page = pages()
    chosen = page.locator("#hd-mode input:checked")
    chosen.hover()
    dot = "radio => [getComputedStyle(radio).backgroundImage, getComputedStyle(radio).backgroundColor]"
    image, ground = chosen.evaluate(dot)
    assert image != "none"
    assert ground == "rgb(15, 118, 110)"


def test_the_head_counts_again_after_each_answer(browser: Browser) -> None:
    assistant = ScriptedAssistant()
    with served(assistant) as address:
        page = Pages(browser, address)()
        expect(page.locator("#hd-head")).to_contain_text("1.284 bài viết")
        assistant.articles = 1285
        ask(page, "giá vé?")
        expect(page.locator("#hd-head")).to_contain_text("1.285 bài viết")
        page.close()


def fetch(address: str, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def test_server_lets_in_only_what_the_page_needs(address: str) -> None:
    page = fetch(address, "/")
    assert page.status == 200
    assert "connect-src 'self'" in str(page.getheader("Content-Security-Policy"))
    assert fetch(address, "/", Host="evil.example").status == 403
    assert fetch(address, "/", Host="localhost:1").status == 200
    for path in ("upload", "info", "file=/etc/passwd", "proxy=http://evil.example", "run/ask", "call/ask"):
        assert fetch(address, f"/gradio_api/{path}", "POST").status == 404, path
    for path in ("/monitoring", "/openapi.json", "/docs"):
        assert fetch(address, path).status == 404, path


def test_source_opens_past_the_queue_and_questions_stay_in_it(pages: Pages, address: str) -> None:
    page = pages()
    ask(page, "giá vé?")
    with page.expect_request("**/gradio_api/run/predict") as opening:
        page.locator(".hd-cite").first.click()
    expect(page.locator("#hd-target")).to_have_text(PRICE.text)
    body = {
        **cast(dict[str, Any], opening.value.post_data_json),
        "fn_index": 0,
        "data": ["giá vé?", None, None, "0.4", None, "0"],
    }
    assert page.request.post(f"{address}/gradio_api/run/predict", data=body).status == 404


def test_taken_port_is_told(address: str) -> None:
    port = int(address.rpartition(":")[2])
    with pytest.raises(ConfigError, match=f"{port}: already in use; choose another"):
        listen("127.0.0.1", port)
    with pytest.raises(ConfigError, match=r"no\.such\.host\.invalid"):
        listen("no.such.host.invalid", 0)
