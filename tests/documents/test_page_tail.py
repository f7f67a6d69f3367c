from __future__ import annotations

from typing import Any

import pytest
import trafilatura

from rag.documents.page_tail import take_tail
from tests.documents import pages


@pytest.mark.parametrize(
    "body",
    ["<div>{story}</div><div>{tail}</div>", "<article>{story}{tail}</article>", "<div>{story}<div>{tail}</div></div>"],
)
def test_teasers_are_taken_out_of_the_page(body: str) -> None:
    page: Any = trafilatura.load_html(pages.html(body=body))
    assert take_tail(page).splitlines() == [line for line in pages.TAIL.splitlines() if line]
    left = "".join(page.itertext())
    assert pages.HEADING not in left
    assert pages.TEASERS[0][1] not in left
    assert pages.BYLINE in left


@pytest.mark.parametrize(
    "tail",
    [
        "<h3>Đọc thêm</h3><ul><li><a>Hầm Hải Vân</a></li></ul>",
        "<h3>Đọc thêm</h3><p>Về con đường có sách.</p><p>Sách in năm 2015.</p>",
        "<h3>Đọc thêm</h3>",
        "<h3>Tin</h3><p>Hầm Hải Vân</p><p>Hầm dài gần 6,3 km.</p>",
    ],
)
def test_what_is_no_tail_stays_in_the_page(tail: str) -> None:
    page: Any = trafilatura.load_html(f"<html><body><p>Một câu.</p>{tail}</body></html>")
    before = "".join(page.itertext())
    assert take_tail(page) == ""
    assert "".join(page.itertext()) == before
