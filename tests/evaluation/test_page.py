from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import html  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect, sync_playwright

from rag.evaluation.compare import compare
from rag.evaluation.outcome import Fault, Outcome
from rag.evaluation.page import render
from rag.evaluation.report import Report, as_json, report_of, timings
from rag.evaluation.run import Conditions

CHROMIUM = "/usr/bin/chromium"
OFFLINE = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
HOSTILE = (
    "</script></style></textarea></svg><script>document.title='owned'</script><img src=x onerror=\"alert(1)\"> "
    "' \" & &lt;b&gt; <!-- ]]> {{ 7*7 }} {% raw %} [x](javascript:alert(1)) ![i](http://evil.example/i.png) # h"
)
CONDITIONS = Conditions("p" * 64, "g" * 64, "c" * 64, {"llm": None}, {"answer": {"mode": "extractive", "quotes": 3}})
KINDS = ("plain", "bare", "none")


def outcome(number: int, fault: Fault | None = None, **changes: Any) -> Outcome:
    kind = KINDS[number % 3]
    held = kind != "none"
    right = float(fault is None)
    values: dict[str, Any] = {
        "id": f"{kind}-{number:02}",
        "question": f"Tuyến số {number} có bao nhiêu nhà ga?",
        "standalone_question": f"Tuyến số {number} có bao nhiêu nhà ga?",
        "answerable": held,
        "expected": (f"{number} nhà ga",) if held else (),
        "relevant": ("metro.md",) if held else (),
        "tags": {"kind": kind, "language": "vi" if number % 2 else "en"},
        "answer": f"Tuyến có {number} nhà ga. [1]",
        "short": f"{number} nhà ga",
        "status": "answered" if held else "refused",
        "confidence": round(0.05 + number % 10 / 10, 2),
        "fault": fault,
        "ranking": ("cau.md", "metro.md", "pho.md"),
        "read": ("metro.md",),
        "quotes": (f"Tuyến có {number} nhà ga.",),
        "signals": {"kind": "read", "cosine": 0.91, "lead": -0.2},
        "scores": {"recall@1": right, "recall@3": 1.0, "right": right} if held else {"refusal recall": right},
        "sentences": {"supported": 2},
        "seconds": {"search": number / 10, "total": number / 5},
    }
    return Outcome(**(values | changes))


def report(outcomes: list[Outcome], before: list[Outcome] | None = None, name: str = "questions.jsonl") -> Report:
    return report_of(name, CONDITIONS, outcomes, compare(before, outcomes) if before is not None else None)


def page_of(made: Report) -> str:
    return render(as_json(made), timings(made))


AFTER = [outcome(number, "wrong sentence" if number in (4, 7) else None) for number in range(30)]
BEFORE = [outcome(number, "article not read" if number % 3 == 0 or number == 7 else None) for number in range(30)]
WRONG, BROKEN, MENDED = ["bare-04", "bare-07"], ["bare-04"], [f"plain-{number:02}" for number in range(0, 30, 3)]


# What the page says


def test_a_page_says_what_changed_where_and_whether_it_is_noise() -> None:
    tree = html.document_fromstring(page_of(report(AFTER, BEFORE)))
    verdict = tree.find_class("verdict")[0].text_content()
    assert re.sub(r"\s+", " ", verdict).strip().startswith("Better Better recall@1 +.450 [")
    assert "Worse nothing beyond noise" in re.sub(r"\s+", " ", verdict)
    moved = [[each.text_content() for each in found.find_class("id")] for found in tree.find_class("moved")]
    assert moved == [BROKEN, MENDED]
    for link in tree.xpath("//ul[contains(@class, 'moved')]//a"):
        row = tree.get_element_by_id(link.get("href").removeprefix("#")).getparent()
        assert row.tag == "details"
        assert row.find_class("id")[0].text_content() == link.find_class("id")[0].text_content()
    assert "p" * 64 in tree.get_element_by_id("conditions").text_content()


def test_a_run_alone_has_no_comparison() -> None:
    tree = html.document_fromstring(page_of(report(AFTER)))
    assert tree.xpath("//*[@id='comparison']") == []
    assert "no earlier run" in tree.text_content()
    assert len(tree.find_class("question")) == 30


def test_a_run_compared_with_itself_is_noise() -> None:
    tree = html.document_fromstring(page_of(report(AFTER, AFTER)))
    assert tree.find_class("headline")[0].text_content() == "No change beyond noise"
    assert {each.text_content() for each in tree.xpath("//td[@class='word']")} == {"noise", "not judged"}


def test_a_row_tells_all_of_a_question() -> None:
    one = outcome(
        1,
        "article not found",
        standalone_question="Tuyến Cát Linh có bao nhiêu nhà ga?",
        relevant=("metro.md", "xa.md"),
        ranking=("cau.md", "metro.md"),
    )
    tree = html.document_fromstring(page_of(report([one])))
    (row,) = tree.find_class("question")
    said = row.text_content()
    for part in ("Read as", one.standalone_question, "1 nhà ga", "Short answer", ".910 cosine", "−.200 lead"):
        assert part in said
    assert "2 supported" in said
    assert "100 ms search" in said
    assert [mark.text_content() for mark in row.xpath(".//mark")] == ["2. metro.md (right)", "metro.md (right)"]
    assert "Right, but not in the ranking" in said


def test_a_page_of_no_questions_is_whole() -> None:
    tree = html.document_fromstring(render(as_json(report([])), {}))
    assert len(tree.xpath("//*[name()='svg'][@role='img']")) == 5
    assert tree.find_class("question") == []


def test_the_same_report_gives_the_same_page_before_and_after_it_was_written() -> None:
    made = report(AFTER, BEFORE)
    assert page_of(made) == page_of(made)
    assert render(json.loads(json.dumps(as_json(made))), json.loads(json.dumps(timings(made)))) == page_of(made)


# What is not to be trusted


def hostile(number: int, fault: Fault | None) -> Outcome:
    bad = f"{number} {HOSTILE}"
    return outcome(
        number,
        fault,
        id=bad,
        question=bad,
        standalone_question=f"{bad}?",
        expected=(bad,),
        relevant=(bad, "x"),
        tags={HOSTILE: bad, "kind": bad, "language": bad},
        answer=bad,
        short=bad,
        ranking=(bad, HOSTILE),
        read=(bad,),
        quotes=(bad,),
        signals={HOSTILE: bad},
        scores={"right": float(fault is None), HOSTILE: 1.0},
        sentences={HOSTILE: 1},
        seconds={HOSTILE: 1.0},
    )


def hostile_page() -> str:
    after = [hostile(number, None if number % 2 else "wrong sentence") for number in range(6)]
    before = [hostile(number, "wrong sentence" if number % 2 else None) for number in range(6)]
    conditions = replace(CONDITIONS, models={HOSTILE: HOSTILE}, settings={HOSTILE: [HOSTILE]})
    return page_of(replace(report(after, before, name=HOSTILE), conditions=conditions))


def shape(page: str) -> set[tuple[str, ...]]:
    """The elements of a page with the names of their attributes."""
    return {(str(each.tag), *sorted(each.attrib)) for each in html.document_fromstring(page).iter()}


def test_no_text_becomes_an_element() -> None:
    page = hostile_page()
    tree = html.document_fromstring(page)
    assert len(tree.xpath("//script")) == len(tree.xpath("//style")) == 1
    assert tree.xpath("//img | //textarea | //iframe | //comment() | //@onerror") == []
    assert shape(page) <= shape(page_of(report(AFTER, BEFORE))) | shape(page_of(report([hostile(1, None)])))
    assert {str(link.get("href")).partition("#")[0] for link in tree.xpath("//a")} == {""}
    assert tree.xpath("//h1")[0].text_content() == HOSTILE
    assert tree.find_class("reply")[0].text_content() == f"0 {HOSTILE}"


def test_a_page_allows_nothing_from_elsewhere() -> None:
    tree = html.document_fromstring(page_of(report(AFTER)))
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
    assert tree.xpath("//@src") == []
    assert tree.xpath("//link/@href") == ["data:,"]


# In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OFFLINE)
        yield browser
        browser.close()


class Pages:
    """Opens pages from disk, and notes what they ask for and what they complain of."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser, self.folder = browser, folder
        self.asked: set[str] = set()
        self.errors: list[str] = []

    def __call__(self, text: str, place: str = "", **settings: Any) -> Page:
        file = self.folder / "report.html"
        file.write_text(text, encoding="utf-8")
        page = self.browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **settings})
        page.set_default_timeout(15_000)
        page.on("request", lambda request: self.asked.add(request.url.partition("#")[0]))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if said.type in ("error", "warning") else None)
        page.goto(file.as_uri() + place)
        return page


@pytest.fixture
def pages(browser: Browser, tmp_path: Path) -> Iterator[Pages]:
    opened = Pages(browser, tmp_path)
    yield opened
    for context in browser.contexts:
        context.close()
    assert opened.asked == {(tmp_path / "report.html").as_uri()}
    assert opened.errors == []


def shown(page: Page) -> list[str]:
    # Not the inner text: a browser that has not laid out a row yet (`content-visibility`) gives none.
    return page.locator(".question:not([hidden]) > summary > .id").all_text_contents()


def test_questions_are_searched_and_filtered(pages: Pages) -> None:
    page = pages(page_of(report(AFTER, BEFORE)))
    count = page.locator("#shown")
    expect(count).to_have_text("30 of 30 questions")
    page.get_by_role("searchbox", name="Text").fill("TUYEN so 12")
    expect(count).to_have_text("1 of 30 questions")
    assert shown(page) == ["plain-12"]
    page.get_by_role("button", name="Clear").click()
    expect(count).to_have_text("30 of 30 questions")
    page.locator("#which").select_option(label="only wrong")
    assert shown(page) == WRONG
    page.locator("#which").select_option(label="became right")
    assert shown(page) == MENDED
    page.locator("#which").select_option(label="became wrong")
    assert shown(page) == BROKEN
    page.locator("#which").select_option(label="all")
    page.get_by_role("combobox", name="kind").select_option(label="none (10)")
    page.get_by_role("combobox", name="language").select_option(label="en (15)")
    assert shown(page) == [f"none-{number:02}" for number in range(2, 30, 6)]


def test_faults_and_tags_are_ways_into_the_questions(pages: Pages) -> None:
    page = pages(page_of(report(AFTER, BEFORE)))
    page.locator("#faults a").click()
    assert shown(page) == WRONG
    expect(page.locator("#fault")).to_have_value("wrong sentence")
    page.locator("#tags").get_by_role("link", name="plain").click()
    assert shown(page) == MENDED
    page.locator("#comparison .moved a").first.click()
    expect(page.locator("#q4")).to_be_in_viewport()
    expect(page.locator("#q4")).to_contain_text("Tuyến có 4 nhà ga.")
    expect(page.locator("#shown")).to_have_text("30 of 30 questions")


def test_a_question_opens_by_its_address_and_by_keyboard(pages: Pages) -> None:
    page = pages(page_of(report(AFTER)), "#q7")
    expect(page.locator("#q7 .reply")).to_be_in_viewport()
    summary = page.locator(".question").nth(8).locator("summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#q8 .reply")).to_be_visible()


def test_without_scripts_all_but_the_filter_is_there(pages: Pages) -> None:
    page = pages(page_of(report(AFTER, BEFORE)), java_script_enabled=False)
    expect(page.locator("#filter")).to_be_hidden()
    expect(page.locator(".question")).to_have_count(30)
    page.locator(".question").first.locator("summary").click()
    expect(page.locator("#q0 .reply")).to_be_visible()
    expect(page.locator("#measures svg")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("made", ["compared", "alone", "hostile", "long"])
def test_a_page_never_scrolls_sideways(pages: Pages, width: int, made: str) -> None:
    long = "w" * 400
    texts: dict[str, Callable[[], str]] = {
        "compared": lambda: page_of(report(AFTER, BEFORE)),
        "alone": lambda: page_of(report(AFTER)),
        "hostile": hostile_page,
        "long": lambda: page_of(
            report(
                [
                    replace(each, id=long, question=long, answer=long, ranking=(long,), tags={long: f"{each.id}{long}"})
                    for each in AFTER[:3]
                ],
                [replace(BEFORE[0], id=long, question=long)],
                long,
            )
        ),
    }
    page = pages(texts[made](), viewport={"width": width, "height": 844})
    page.locator(".question summary").first.click()
    page.locator("#conditions summary").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.title() != "owned"


def test_what_can_be_pressed_is_large_enough(pages: Pages) -> None:
    page = pages(page_of(report(AFTER, BEFORE)), viewport={"width": 390, "height": 844})
    sizes = page.locator("a, summary, select, input, button").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(box => Math.min(box.width, box.height))"
    )
    assert min(sizes) >= 24


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_can_be_read(pages: Pages, theme: str) -> None:
    page = pages(page_of(report(AFTER, BEFORE)), color_scheme=theme)
    page.locator(".question summary").first.click()
    page.locator(".question summary").nth(4).click()
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", background))) < 200) == (theme == "dark")
    assert page.evaluate(CONTRASTS) == []


# Texts whose contrast with what they stand on is below that of WCAG AA.
CONTRASTS = """() => {
  const light = (colour) => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(each => each / 255)
      .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const ground = (one) => {
    const colour = getComputedStyle(one).backgroundColor;
    return colour === "rgba(0, 0, 0, 0)" ? ground(one.parentElement) : colour;
  };
  const poor = [];
  for (const one of document.body.querySelectorAll("*:not(script, title, desc)")) {
    if (![...one.childNodes].some(each => each.nodeType === 3 && each.data.trim())) continue;
    const style = getComputedStyle(one);
    const pair = [light(one.closest("svg") ? style.fill : style.color), light(ground(one))].sort((a, b) => b - a);
    if ((pair[0] + 0.05) / (pair[1] + 0.05) < 4.5) poor.push(`${one.tagName} ${one.className} ${one.textContent}`);
  }
  return poor;
}"""


def test_a_page_of_thousands_of_questions_stays_quick(pages: Pages) -> None:
    made = as_json(report(AFTER))
    ranking = [f"article-{place}.md" for place in range(50)]
    many = [{**made["outcomes"][number % 30], "id": f"{number}", "ranking": ranking} for number in range(2285)]
    page = pages(render({**made, "outcomes": many}, {}))
    expect(page.locator("#shown")).to_have_text("2,285 of 2,285 questions")
    page.locator("#text").fill("nha ga 4")
    expect(page.locator("#shown")).not_to_have_text("2,285 of 2,285 questions")
    page.locator("#which").select_option(label="only wrong")
    expect(page.locator("#shown")).to_have_text(re.compile(r"^\d+ of 2,285 questions$"))
