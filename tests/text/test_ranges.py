from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.ranges import tidied, whole_numbers
from tests.strategies import texts


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u2009", "\u202f", ".", ",", "'", "’"])
def test_a_number_is_never_cut(blank: str) -> None:
    text = f"Le pont mesure 1{blank}682 mètres."
    start = text.index("682")
    assert text[slice(*whole_numbers(text, start, text.index(" mètres")))] == f"1{blank}682"
    assert text[slice(*whole_numbers(text, text.index("1"), text.index("1") + 1))] == f"1{blank}682"


@pytest.mark.parametrize(
    ("text", "cut", "whole"),
    [
        ("Vốn 81.503 tỷ đồng.", "81.503", "81.503 tỷ"),
        ("Vốn 5 nghìn tỷ đồng.", "5", "5 nghìn tỷ"),
        ("Tăng 7,09% so với năm trước.", "7", "7,09%"),
        ("It cost 3.5 million dollars.", "5", "3.5 million"),
        ("Vốn 1 tỷ 200 triệu đồng.", "1", "1 tỷ 200 triệu"),
        ("Vốn 3 triệu rưỡi đô la.", "3 triệu", "3 triệu rưỡi"),
        ("Giá 15k một vé.", "15", "15k"),
        ("Xuất 2,5tr tấn.", "2,5", "2,5tr"),
        ("Lạnh âm 7 độ C.", "7 độ C", "âm 7 độ C"),
        ("Lạnh -7 độ C.", "7 độ C", "-7 độ C"),
        ("Năm 2024 300 người đến.", "300", "300"),  # a year is no group of digits
        ("Ngày 10/10/2011 khởi công.", "2011", "2011"),  # a year is an answer of its own
        ("Cầu Rồng đẹp.", "Rồng", "Rồng"),
    ],
)
def test_what_makes_a_number_another_belongs_to_it(text: str, cut: str, whole: str) -> None:
    start = text.index(cut)
    assert text[slice(*whole_numbers(text, start, start + len(cut)))] == whole


@given(texts, st.data())
def test_whole_numbers_only_grow(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    at, to = whole_numbers(text, start, end)
    assert 0 <= at <= start <= end <= to <= len(text)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("(1863 – 1943", "1863 – 1943"),
        ("Yersin (1863 – 1943)", "Yersin (1863 – 1943)"),
        ("“Cầu Vàng", "Cầu Vàng"),
        (" 450 m, ", "450 m"),
        ("–3,5 độ", "–3,5 độ"),
        ("– năm 1902", "năm 1902"),
        ('55"', '55"'),
        ('"A" và "B', '"A" và "B'),
        ("(", ""),
        ("", ""),
    ],
)
def test_a_span_is_tidied_at_its_ends(said: str, left: str) -> None:
    start, end = tidied(said, 0, len(said))
    assert said[start:end] == left


@given(st.text('ab (“”"–,.)[]«»1', max_size=12))
def test_a_tidied_span_lies_inside_and_stays_so(said: str) -> None:
    start, end = tidied(said, 0, len(said))
    assert 0 <= start <= end <= len(said)
    assert tidied(said, start, end) == (start, end)
