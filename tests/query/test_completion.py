"""How a follow-up and what it lacks become one question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.query.completion import completed


@pytest.mark.parametrize(
    ("question", "subject", "asked"),
    [
        ("Còn giá vé thì sao?", "tuyến Cát Linh – Hà Đông", "Giá vé tuyến Cát Linh – Hà Đông thì sao?"),
        ("Thế còn giá vé?", "tuyến Cát Linh – Hà Đông", "Giá vé tuyến Cát Linh – Hà Đông?"),
        ("con gia ve thi sao", "cat linh", "gia ve cat linh thi sao"),
        ("Còn ai thiết kế?", "cầu Long Biên", "Cầu Long Biên ai thiết kế?"),
        ("Ai thiết kế?", "cầu Long Biên", "Cầu Long Biên ai thiết kế?"),
        ("UNESCO ghi danh khi nào?", "Quan họ", "Quan họ UNESCO ghi danh khi nào?"),
        ("What about the price?", "Line 1", "What about the price of Line 1?"),
        ("Et sa longueur ?", "pont Long Biên", "Et sa longueur de pont Long Biên ?"),
        ("Who won?", "World Cup 2018", "Who won, World Cup 2018?"),
        ("明天有雨吗", "西安", "西安明天有雨吗"),
        ("Cầu Rồng dài bao nhiêu?", "cầu Rồng", "Cầu Rồng dài bao nhiêu?"),
        ("Dài bao nhiêu?", "", "Dài bao nhiêu?"),
    ],
)
def test_what_is_lacking_is_written_into_the_question(question: str, subject: str, asked: str) -> None:
    assert completed(question, subject) == asked


@given(st.text(max_size=60), st.text(max_size=20).filter(lambda text: not set(text) & set("()")))
def test_no_brackets_are_added(question: str, subject: str) -> None:
    made = completed(question, subject)
    assert made.count("(") <= question.count("(")
    assert made.count(")") <= question.count(")")
