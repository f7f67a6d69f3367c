from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.documents.article import TextBox
from rag.documents.text_boxes import boxes_of, page_at

BOXES = (
    TextBox(0, 10, 1, 100, 20, 200, 32),
    TextBox(11, 21, 1, 100, 35, 200, 47),
    TextBox(22, 26, 2, 100, 20, 140, 32),
)


def test_the_page_of_a_character() -> None:
    assert [page_at(BOXES, offset) for offset in (0, 10, 11, 21, 22, 30)] == [1, 1, 1, 1, 2, 2]
    assert page_at((), 0) is None
    assert page_at(BOXES[1:], 3) is None


def test_a_quote_over_lines_and_pages() -> None:
    first, second, third = boxes_of(BOXES, 5, 24)
    assert (first.start, first.end, first.page, first.left, first.right) == (5, 10, 1, 150, 200)
    assert second == BOXES[1]
    assert (third.start, third.end, third.page, third.left, third.right) == (22, 24, 2, 100, 120)


def test_between_lines_there_is_nothing() -> None:
    assert boxes_of(BOXES, 10, 11) == ()
    assert boxes_of((), 0, 5) == ()


@given(st.integers(0, 30), st.integers(0, 30))
def test_a_stretch_is_within_its_lines(start: int, end: int) -> None:
    for box in boxes_of(BOXES, start, end):
        (whole,) = (line for line in BOXES if line.start <= box.start and box.end <= line.end)
        assert start <= box.start < box.end <= end
        assert whole.left <= box.left < box.right <= whole.right
        assert (box.page, box.top, box.bottom) == (whole.page, whole.top, whole.bottom)
