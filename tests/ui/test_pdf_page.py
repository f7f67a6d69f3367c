"""The page of a PDF beside the answer that quotes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from rag import Citation, Quote
from rag.answering.quote import quote_of
from rag.config import ChunkSettings
from rag.index.ingest import ingest
from rag.index.sqlite_store import SqliteStore
from tests.documents.pdf_files import Text, pdf
from tests.doubles import HashEmbedder
from tests.ui.pages import Pages, ask
from tests.ui.scripted_assistant import ARTICLES, ScriptedAssistant, answer
from ui.vietnamese import VIETNAMESE

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio"),  # it calls pandas in a way of the past
]
LENGTH = "Cầu Rồng dài 666 m."


@pytest.fixture
def quoted(tmp_path: Path, assistant: ScriptedAssistant, monkeypatch: pytest.MonkeyPatch) -> Quote:
    """A quote from the second page of a PDF, which answers every question."""
    above = [Text(72, 72 + 20 * line, "Cầu nằm trên sông Hàn.") for line in range(10)]
    (tmp_path / "cầu.pdf").write_bytes(pdf([Text(72, 72, "Cầu Rồng")], [*above, Text(72, 300, LENGTH)]))
    ingest(tmp_path / "index", tmp_path / "cầu.pdf", HashEmbedder(), ChunkSettings())
    store = SqliteStore(tmp_path / "index")
    article = store.article("cầu.pdf")
    store.close()
    assert article
    start = article.text.index(LENGTH)
    quote = quote_of(article, start, start + len(LENGTH), None)
    monkeypatch.setitem(ARTICLES, article.id, article)
    monkeypatch.setattr(assistant, "config", assistant.config.model_copy(update={"index": tmp_path / "index"}))

    def stream(question: str, **_: Any) -> Iterator[object]:
        yield answer(question, f"{LENGTH} [1]", (Citation(1, quote, "supported"),))

    monkeypatch.setattr(assistant, "stream", stream)
    return quote


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_of_a_pdf_is_shown_with_its_text_below(
    pages: Pages, quoted: Quote, tmp_path: Path, width: int
) -> None:
    page = pages(width, 800)
    ask(page, "cầu dài bao nhiêu?")
    page.locator(".hd-cite").click()
    picture = page.get_by_role("img", name=f"Ảnh trang 2 của “{quoted.title}”")
    expect(picture).to_be_in_viewport()
    page.wait_for_function("document.querySelector('.hd-page img').naturalWidth === 918")
    expect(page.locator(".hd-page")).to_contain_text(VIETNAMESE.page_of_file.format(page=2))
    expect(page.locator("#hd-target")).to_have_text(LENGTH)
    expect(page.locator(".hd-page-gone")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box, text = picture.bounding_box(), page.locator(".hd-body").bounding_box()
    assert box is not None
    assert text is not None
    assert text["y"] >= box["y"] + box["height"]
    (tmp_path / "cầu.pdf").unlink()
    page.reload()
    page.locator(".hd-cite").click()
    expect(page.get_by_text(VIETNAMESE.page_gone)).to_be_visible()
    expect(page.locator(".hd-page")).to_have_count(0)
    expect(page.locator("#hd-target")).to_be_in_viewport()
    assert all("404" in each for each in pages.errors)
    pages.errors.clear()
