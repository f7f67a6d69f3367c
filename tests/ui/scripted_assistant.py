"""An assistant that answers by the first word of the question, and the articles that it quotes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rag import (
    Answer,
    Article,
    Citation,
    Config,
    Delta,
    Evidence,
    Filter,
    Fingerprint,
    GenerationError,
    IngestReport,
    Passage,
    PassedOver,
    Quote,
    Standalone,
    Status,
    Turn,
)
from rag.query.request import Request

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
    "Lan Anh",
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

    config: Config
    go: threading.Event = field(default_factory=threading.Event)
    calls: list[tuple[str, tuple[Turn, ...], str | None]] = field(default_factory=list)
    asked: list[tuple[Filter, float | None, bool]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    count: int = 1284
    removed: list[str] = field(default_factory=list)
    generation: int = 1

    def status(self) -> Status:
        return Status(self.count, 9000, ("vi", "en"), "multilingual-e5-small", "qwen", self.generation)

    def ingest(self, paths: Sequence[Path], progress: Callable[[str, int, int], None]) -> IngestReport:
        """Takes texts."""
        files = sorted(each for path in paths for each in path.rglob("*") if each.is_file())
        progress("reading", len(files), 0)
        texts = [each for each in files if each.suffix == ".txt"]
        others = tuple(str(each) for each in files if each not in texts)
        passed_over = (PassedOver("", others),) if others else ()
        return IngestReport(added=tuple(each.name for each in texts), passed_over=passed_over)

    def remove(self, article_id: str) -> None:
        self.removed.append(article_id)

    def restore(self, article_id: str) -> None:
        self.removed.remove(article_id)

    def articles(self) -> list[Article]:
        return [replace(article, text="") for article in ARTICLES.values() if article.id not in self.removed]

    def article(self, article_id: str) -> Article | None:
        return ARTICLES.get(article_id)

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        mode: str | None = None,
        only: Filter = Filter(),  # noqa: B008
        refuse_below: float | None = None,
        as_typed: bool = False,
    ) -> Iterator[object]:
        self.calls.append((question, tuple(history), mode))
        self.asked.append((only, refuse_below, as_typed))
        try:
            yield from self._play(question, history)
        finally:
            self.closed.append(question)

    def _play(self, question: str, history: Sequence[Turn]) -> Iterator[object]:
        word = question.split()[0]
        if word == "lỗi":
            raise GenerationError("the model is away; pull it into /srv/my-models/models")
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
            yield answer(question, "Không có câu trả lời.", status="refused", passages=(near,), confidence=0.65)
        else:
            understood = f"{question} ({history[-1].question})" if history else question
            if history:
                yield Standalone(understood)
            yield Evidence((PRICE, HOURS), (), 0.9)
            if word == "từng":
                for _ in range(12):
                    yield Delta("Mỗi lúc một chữ nữa. ")
                    time.sleep(0.06)
            for written in {"chậm": ("Đang viết dở ",), "dần": ("Một chữ nữa. ", "Hai chữ nữa. ")}.get(word, ()):
                yield Delta(written)
                assert self.go.wait(30)
                self.go.clear()
            citations = (Citation(1, PRICE, "supported"), Citation(2, HOURS, "partly"))
            text = f"Trả lời {question}: vé 7.000 đồng [1], chạy từ 5 giờ [2]."
            yield answer(question, text, citations, standalone_question=understood)


def passage_of(article: Article) -> tuple[str, int, int]:
    return article.text[3200:3300], 3200, 3300
