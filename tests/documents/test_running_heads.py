from __future__ import annotations

from rag.documents.pdf_lines import Line
from rag.documents.running_heads import without_running_heads


def page(number: int, *heads: tuple[str, float], lines: int = 8) -> list[Line]:
    body = [(f"Dòng {chr(96 + number)}{row} của trang này.", 100 + 15.0 * row) for row in range(lines)]
    return [Line(number, text, 72, top, 300, top + 12, 12) for text, top in [*heads, *body]]


def left(*pages: list[Line]) -> list[str]:
    return [line.text for lines in without_running_heads(pages) for line in lines if not line.text.startswith("Dòng")]


def test_titles_and_numbers_at_one_place_are_left_out() -> None:
    pages = [page(n, ("Báo cáo năm 2013", 40.0), (f"Trang {n + 4}/40", 760.0)) for n in range(1, 5)]
    assert left(*pages) == []
    assert len(without_running_heads(pages)[0]) == 8


def test_on_left_and_right_pages_too() -> None:
    pages = [page(n, ("Lê Minh Hoa" if n % 2 else "Cầu Rồng", 40.0 + n % 2)) for n in range(1, 8)]
    assert left(*pages) == []


def test_of_two_pages_both_must_have_it() -> None:
    assert left(page(1, ("1", 760.0)), page(2, ("2", 760.0))) == []
    assert left(page(1, ("1", 760.0)), page(2)) == ["1"]


def test_what_repeats_now_and_then_is_text() -> None:
    pages = [page(n, *[("Tiêu chí nhận diện", 40.0)] if n in (1, 8, 14) else []) for n in range(1, 16)]
    assert left(*pages) == ["Tiêu chí nhận diện"] * 3


def test_numbers_that_do_not_count_pages_are_text() -> None:
    chapters = [page(n, (f"Chương {number}", 40.0)) for n, number in ((1, 1), (2, 5), (3, 12))]
    assert left(*chapters) == ["Chương 1", "Chương 5", "Chương 12"]


def test_what_stands_at_different_heights_is_text() -> None:
    assert len(left(*[page(n, ("Ghi chú", 20.0 * n)) for n in range(1, 5)])) == 4


def test_a_line_within_the_text_is_text() -> None:
    pages = [page(n, ("Bảng giá", 157.0), lines=12) for n in range(1, 5)]
    assert len(left(*pages)) == 4
