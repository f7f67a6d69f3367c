from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rag import Answer, Citation, Fingerprint
from rag.answering.quote import Quote
from rag.cli.answers import _paragraphs
from rag.index.filter import EVERYTHING
from rag.query.request import Request

QUOTE = Quote("cầu.pdf", "Cầu Rồng", "cầu.pdf", None, "vi", 5, 19, "Cầu dài 666 m.", 1.0)


def printed(quote: Quote) -> str:
    answer = Answer(
        id="x",
        request=Request("?", (), EVERYTHING, date(2026, 1, 1), "extractive"),
        standalone_question="?",
        text="Cầu dài 666 m. [1]",
        status="answered",
        mode="extractive",
        citations=(Citation(1, quote, "supported"),),
        passages=(),
        confidence=0.9,
        timings={},
        fingerprint=Fingerprint("e", None, None, 1),
    )
    return "\n".join(_paragraphs(answer))


@pytest.mark.parametrize(("language", "page"), [("vi", "trang 3"), ("en", "p. 3"), ("fr", "p. 3")])
def test_a_quote_says_its_page(language: str, page: str) -> None:
    assert f"cầu.pdf, {page}, characters 5-19" in printed(replace(QUOTE, language=language, page=3))


def test_without_pages_there_is_none() -> None:
    assert "cầu.pdf, characters 5-19" in printed(QUOTE)
