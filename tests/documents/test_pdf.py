from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.documents import pdf as pdf_module
from rag.documents.article import Article
from rag.documents.pdf import PdfLoader
from rag.errors import DocumentError
from rag.text.normalize import clean
from tests.documents.pdf_files import HEIGHT, WIDTH, Text, column, pdf, pdf_of

LOOP = [
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Count 2/Kids[3 0 R]>>",
    b"<</Type/Pages/Parent 2 0 R/Count 2/Kids[2 0 R 3 0 R]>>",
]
BODY = ["Cây cầu bắc qua sông Hàn được khánh thành và", "đưa vào sử dụng ngày 29 tháng 3 năm 2013."]


def read(content: bytes, name: str = "bài/cầu.pdf") -> Article:
    (article,) = PdfLoader().load(io.BytesIO(content), name)
    return article


def text_of(*pages: Sequence[Text]) -> str:
    return read(pdf(*pages)).text


def error_of(content: bytes) -> str:
    with pytest.raises(DocumentError) as raised:
        read(content)
    assert raised.value.place == "bài/cầu.pdf"
    return raised.value.reason


def test_the_largest_lines_are_the_title_and_the_rest_is_the_text() -> None:
    heading = [Text(72, 60, "Cầu Rồng bắc qua", 20), Text(72, 84, "sông Hàn", 20)]
    found = read(pdf([*heading, *column(72, 120, BODY)]))
    assert found.title == "Cầu Rồng bắc qua sông Hàn"
    assert found.text == " ".join(BODY)
    assert (found.id, found.language, found.author) == ("bài/cầu.pdf", "vi", None)


def test_the_day_of_the_file_is_not_that_of_the_article() -> None:
    assert b"CreationDate" in pdf(column(72, 72, BODY))
    assert read(pdf(column(72, 72, BODY))).published is None


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Khánh thành cầu Rồng", "Khánh thành cầu Rồng"),  # stands on the page, in small letters
        ("Microsoft Word - Document1.doc", "TIN ĐÀ NẴNG"),
        ("Tin Đà", "TIN ĐÀ NẴNG"),  # the page has more of it
        ("", "TIN ĐÀ NẴNG"),
        ("Tin Đà Nẵng Khánh thành", "TIN ĐÀ NẴNG"),  # with what stands behind it
    ],
)
def test_a_title_among_the_properties_counts_if_the_page_shows_it(title: str, found: str) -> None:
    page = [Text(72, 40, "TIN ĐÀ NẴNG", 20), Text(72, 80, "Khánh thành cầu Rồng"), *column(72, 120, BODY)]
    assert read(pdf(page, title=title)).title == found


def test_without_a_larger_line_the_name_is_the_title() -> None:
    assert read(pdf(column(72, 72, BODY))).title == "cầu"
    sign = [Text(72, 40, "HÀN", 36), *column(72, 90, BODY)]
    assert read(pdf(sign)).title == "cầu"


@pytest.mark.parametrize(
    ("author", "found"), [("Lê Minh Hoa", "Lê Minh Hoa"), ("Administrator", None), ("VP-PC 7", None)]
)
def test_an_author_counts_if_the_page_names_them(author: str, found: str | None) -> None:
    assert read(pdf([Text(72, 40, "Lê Minh Hoa"), *column(72, 72, BODY)], author=author)).author == found


def test_letters_in_two_fonts_and_without_a_gap_are_one_word() -> None:
    assert text_of([Text(72, 72, "là m"), Text(96, 72, "ột dạng")]) == "là một dạng"
    assert text_of([Text(72, 72, "mười"), Text(99, 72, "một dạng")]) == "mười một dạng"


def test_decomposed_letters_are_composed() -> None:
    assert text_of([Text(72, 72, "Cầu bắc qua sông Ha\u0300n.")]) == "Cầu bắc qua sông Hàn."


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_boxes_are_where_the_lines_show(rotate: int) -> None:
    found = read(pdf(column(72, 100, BODY), rotate=rotate))
    first = found.boxes[0]
    assert found.text[first.start : first.end] == BODY[0]
    width = 6.0 * len(BODY[0])
    upright = (72, 100, 72 + width, 114)
    shown = {
        0: upright,
        90: (HEIGHT - 114, 72, HEIGHT - 100, 72 + width),
        180: (WIDTH - 72 - width, HEIGHT - 114, WIDTH - 72, HEIGHT - 100),
        270: (100, WIDTH - 72 - width, 114, WIDTH - 72),
    }[rotate]
    assert (first.left, first.top, first.right, first.bottom) == pytest.approx(shown, abs=3)


LETTERS = st.text(st.characters(categories=("L", "N", "P", "Zs", "Mn"), max_codepoint=0x1EFF), min_size=1, max_size=30)
PLACED = st.builds(Text, st.integers(20, 400), st.integers(20, 740), LETTERS, st.sampled_from([8.0, 12.0, 20.0]))


@settings(max_examples=40)
@given(st.lists(st.lists(PLACED, max_size=8), min_size=1, max_size=3))
def test_every_box_is_a_stretch_of_the_text_and_in_order(pages: list[list[Text]]) -> None:
    try:
        found = read(pdf(*pages))
    except DocumentError:
        return
    assert found.text == clean(found.text).strip()
    end = 0
    for box in found.boxes:
        assert end <= box.start < box.end <= len(found.text)
        assert found.text[box.start : box.end].strip()
        assert not found.text[end : box.start].strip()
        assert box.left <= box.right
        assert box.top <= box.bottom
        end = box.end


def test_a_scan_says_what_to_do() -> None:
    assert "ocrmypdf" in error_of(pdf([], []))
    assert "ocrmypdf" in error_of(pdf([Text(72, 72, " ")]))


def test_a_password_is_asked_for() -> None:
    lock = b"/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (b"41" * 32, b"42" * 32)
    locked = pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"], trailer=lock)
    assert "is locked with a password; " in error_of(locked)


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"<html>", pdf([])[:200]])
def test_what_is_no_pdf(content: bytes) -> None:
    assert "is not a PDF that can be read; " in error_of(content)


def test_hostile_page_trees_end() -> None:
    for tree in (LOOP, [LOOP[0], b"<</Type/Pages/Count 2147483647/Kids[]>>"]):
        assert "; " in error_of(pdf_of(tree))


def test_pages_and_characters_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_module, "MAX_PAGES", 1)
    assert error_of(pdf(column(72, 72, BODY), [])) == "has more than 1 pages; split it"
    monkeypatch.setattr(pdf_module, "MAX_CHARS", 50)
    assert error_of(pdf(column(72, 72, BODY))) == "holds more than 50 characters; split it"
