from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from rag.documents.article import TextBox
from rag.documents.pdf_page import render_page
from rag.errors import DocumentError
from tests.documents.files import only, written
from tests.documents.pdf_files import HEIGHT, WIDTH, Text, pdf

YELLOW = (255, 214, 0)
TWO_PAGES = pdf([Text(72, 72, "Cầu Rồng")], [Text(72, 300, "Cầu dài 666 m.")])


def picture(file: Path, page: int, *boxes: TextBox, scale: float = 1.0) -> Image.Image:
    return Image.open(io.BytesIO(render_page(file, page, boxes, scale)))


def test_the_line_of_a_quote_is_marked_on_its_page(tmp_path: Path) -> None:
    article = only(tmp_path, "cầu.pdf", TWO_PAGES)
    box = article.boxes[-1]
    assert (article.text[box.start : box.end], box.page) == ("Cầu dài 666 m.", 2)
    marked = picture(tmp_path / "cầu.pdf", 2, *article.boxes, scale=2.0)
    assert marked.size == (2 * WIDTH, 2 * HEIGHT)
    yellow = [
        (x, y)
        for x in range(0, marked.width, 4)
        for y in range(0, marked.height, 4)
        if marked.getpixel((x, y)) == YELLOW
    ]
    assert yellow
    assert all(2 * 70 <= x <= 2 * (box.right + 2) and 2 * 298 <= y <= 2 * 316 for x, y in yellow)


def test_a_page_without_a_quote_is_as_it_is(tmp_path: Path) -> None:
    file = written(tmp_path, "cầu.pdf", TWO_PAGES)
    elsewhere = TextBox(0, 5, 2, 72, 72, 90, 84)
    assert picture(file, 1, elsewhere).tobytes() == picture(file, 1).tobytes()


def test_a_page_of_any_size_has_a_picture(tmp_path: Path) -> None:
    content = TWO_PAGES.replace(b"[0 0 612 792]", b"[0 0 9e5 9e5]")
    assert picture(written(tmp_path, "cầu.pdf", content), 1).width <= 4000


def test_what_cannot_be_drawn(tmp_path: Path) -> None:
    file = written(tmp_path, "cầu.pdf", TWO_PAGES)
    for page in (0, 3):
        with pytest.raises(DocumentError, match=f"has no page {page}; "):
            render_page(file, page)
    with pytest.raises(DocumentError, match="cannot be read"):
        render_page(tmp_path / "gone.pdf", 1)
    with pytest.raises(DocumentError, match="is not a PDF"):
        render_page(written(tmp_path, "no.pdf", b"no"), 1)
