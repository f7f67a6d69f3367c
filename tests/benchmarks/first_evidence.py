"""The chat in a browser: milliseconds from Enter to the first evidence, and what an answer that grows costs the page.

python -m tests.benchmarks.first_evidence GOLD.jsonl --index DIR [--limit 30] [--tokens 300]

Quotes only: each question opens a conversation of its own in one page, and the time runs in the page, from the key to
the moment at which a quote, a source or a refusal stands in it, and to the moment at which the next question can be
sent. Then one answer of so many tokens is streamed by the scripted assistant of the tests: how often the page changed
its messages, and the tasks longer than 50 ms, in each third of the answer. If the page slowed as the answer grows, the
last third would hold fewer changes and longer tasks than the first. The load of the machine is printed beside them.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from playwright.sync_api import Page, sync_playwright

from rag import Assistant, Config, Delta, Evidence, load_config
from rag.evaluation.gold import draw, load_gold
from rag.evaluation.metrics import percentile
from tests.ui.conftest import CHROMIUM, OFFLINE
from tests.ui.pages import served
from tests.ui.scripted_assistant import PRICE, ScriptedAssistant, answer

# Notes when Enter was pressed, when the first evidence came, and when the page could send again.
TIMES = """() => {
    const times = (window.times = {});
    document.addEventListener("keydown", (event) => event.key === "Enter" && (times.asked ??= performance.now()), true);
    new MutationObserver(() => {
        if (!times.asked) return;
        const shown = document.querySelector("#hd-messages :is(.hd-quotes, .hd-refused, .hd-foot, .hd-error)");
        if (shown) times.shown ??= performance.now();
        const done = document.querySelector("#hd-messages .hd-actions") && document.querySelector(".submit-button");
        if (done) times.done ??= performance.now();
    }).observe(document.body, { childList: true, subtree: true });
}"""
COSTS = """() => {
    const costs = (window.costs = { changes: [], tasks: [] });
    new MutationObserver(() => costs.changes.push(performance.now()))
        .observe(document.querySelector("#hd-chat"), { childList: true, subtree: true, characterData: true });
    new PerformanceObserver((list) => {
        for (const task of list.getEntries()) costs.tasks.push([task.startTime, task.duration]);
    }).observe({ type: "longtask" });
}"""


class Streaming(ScriptedAssistant):
    """An assistant that answers every question by so many tokens, one each 30 ms."""

    tokens = 300

    def _play(self, question: str, history: object) -> Iterator[object]:
        yield Evidence((PRICE,), (), 0.9)
        words = [f"từ{number % 10} " for number in range(self.tokens)]
        for word in words:
            yield Delta(word)
            time.sleep(0.03)
        yield answer(question, "".join(words))


@contextmanager
def opened(assistant: object) -> Iterator[tuple[Page, str]]:
    """A page of a chat over an assistant, and its address."""
    with served(cast(ScriptedAssistant, assistant)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OFFLINE)
        yield browser.new_page(viewport={"width": 1280, "height": 800}, locale="vi-VN"), address
        browser.close()


def ask(page: Page, address: str, question: str, script: str) -> None:
    """Ask a question in a new conversation, watched by a script."""
    page.goto(f"{address}/vi/")
    box = page.locator("#hd-question textarea")
    box.fill(question)
    page.wait_for_timeout(1000)  # what belongs to the first screen has come
    page.evaluate(script)
    box.press("Enter")


def times(assistant: Assistant, questions: list[str]) -> list[tuple[float, float]]:
    """Milliseconds to the first evidence and to the end, of each question; one more is asked before, unmeasured."""
    with opened(assistant) as (page, address):
        found = []
        for question in [questions[0], *questions]:
            ask(page, address, question, TIMES)
            page.wait_for_function("window.times.shown && window.times.done", timeout=120_000)
            said = page.evaluate("window.times")
            found.append((said["shown"] - said["asked"], said["done"] - said["asked"]))
        return found[1:]


def costs(tokens: int) -> list[dict[str, float]]:
    """What each third of an answer of so many tokens cost the page."""
    with tempfile.TemporaryDirectory() as folder:
        assistant = Streaming(Config(index=Path(folder)))
        assistant.tokens = tokens
        with opened(assistant) as (page, address):
            ask(page, address, "dài?", COSTS)
            page.wait_for_selector("#hd-messages .hd-foot", timeout=120_000)
            said: dict[str, Any] = page.evaluate("window.costs")
    begin, end = said["changes"][0], said["changes"][-1]
    third = (end - begin) / 3
    return [
        {
            "seconds": third / 1000,
            "changes": sum(low <= each < low + third for each in said["changes"]),
            "long tasks": sum(low <= start < low + third for start, _ in said["tasks"]),
            "longest (ms)": max((took for start, took in said["tasks"] if low <= start < low + third), default=0.0),
        }
        for low in (begin, begin + third, begin + 2 * third)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--index", required=True)
    parser.add_argument("--limit", type=int, default=30)
    parser.add_argument("--tokens", type=int, default=300)
    options = parser.parse_args()
    config = load_config(overrides={"index": options.index, "llm": {"model": "none"}})
    config = config.model_copy(update={"answer": config.answer.model_copy(update={"keep": False})})
    questions = [each.question for each in draw(load_gold(options.gold), options.limit)]
    found = times(Assistant(config), questions)
    for name, values in zip(("first evidence", "next question"), zip(*found, strict=True), strict=True):
        p50, p95 = (percentile(list(values), share) for share in (0.5, 0.95))
        sys.stdout.write(f"{name}: p50 {p50:.0f} ms, p95 {p95:.0f} ms ({len(values)} questions)\n")
    for number, third in enumerate(costs(options.tokens), start=1):
        sys.stdout.write(f"third {number}: {', '.join(f'{name} {value:.1f}' for name, value in third.items())}\n")
    sys.stdout.write(f"load {os.getloadavg()[0]:.1f}\n")


if __name__ == "__main__":
    main()
