from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.answer_type import fits, is_of_another, whole_numbers
from rag.query.question_type import question_type
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
    ("question", "text", "said", "fitting"),
    [
        ("Bà Lan bao nhiêu tuổi?", "Bà Lan dạy học 34 năm.", "34 năm", False),
        ("Bà Lan bao nhiêu tuổi?", "Bà Lan dạy học 34 năm.", "34", False),
        ("Bà Lan bao nhiêu tuổi?", "Bà Lan năm nay 58 tuổi.", "58 tuổi", True),
        ("Cầu dài bao nhiêu mét?", "Cầu có 300 công nhân dựng trong 3 năm.", "3 năm", False),
        ("Cầu dài bao nhiêu mét?", "Cầu dài 1,5 km.", "1,5 km", True),
        ("Cầu dài bao nhiêu?", "Cầu nặng 5.000 tấn.", "5.000 tấn", False),
        ("Có bao nhiêu nhà ga?", "Tuyến dài 13 km với 12 nhà ga.", "13 km", False),
        ("Có bao nhiêu nhà ga?", "Tuyến dài 13 km với 12 nhà ga.", "12", True),
        ("Có bao nhiêu công nhân?", "Có 300 người làm việc.", "300 người", True),
        ("Bão làm bao nhiêu người chết?", "Bão làm 318 người chết.", "318 người chết", True),
        ("Dự án tốn bao nhiêu tiền?", "Dự án tốn 868 triệu USD.", "868 triệu USD", True),
        ("Cuộc họp kéo dài bao lâu?", "Cuộc họp kéo dài 3 giờ.", "3 giờ", True),
        ("How many stations are there?", "It is 13 km long.", "13 km", False),
        ("Có bao nhiêu nhà ga?", "Tuyến có nhiều nhà ga.", "nhiều nhà ga", False),
        ("Cầu khánh thành năm nào?", "Cầu khánh thành sau chiến tranh.", "sau chiến tranh", False),
        ("Ai xây cầu?", "Cầu xây năm 1902.", "1902", False),
        ("Cầu thế nào?", "Cầu không đẹp.", "không", False),
        ("How old is Arthur Brenwick?", "He is 70 years old.", "70 years old", True),
        ("Tuổi thọ trung bình là bao nhiêu?", "Tuổi thọ là 74,5 tuổi.", "74,5 tuổi", True),
        ("GDP tăng bao nhiêu?", "GDP tăng 7,09%.", "7,09%", True),
        ("Vượt quá tốc độ bao nhiêu thì bị phạt tiền?", "Quá 20 km/h.", "20 km/h", True),
    ],
)
def test_type_and_unit(question: str, text: str, said: str, fitting: bool) -> None:
    start = text.index(said)
    assert fits(question, question_type(question), text, start, start + len(said)) is fitting


@pytest.mark.parametrize(
    ("question", "text", "name", "other"),
    [
        ("Ai giành giải nữ chính?", "Chồng cũ của cô, Nam Trần, chúc mừng.", "Nam Trần", True),
        ("Ai là chồng cũ của cô?", "Chồng cũ của cô, Nam Trần, chúc mừng.", "Nam Trần", False),
        ("Tổng thống Mỹ là ai?", "Đặc phái viên của Tổng thống Mỹ, ông John Lee, đến Hà Nội.", "John Lee", True),
        ("Who is the president?", "The president's spokesman John Lee spoke.", "John Lee", True),
        ("Tổng thống Mỹ là ai?", "Cố vấn của ông rời đi. Tổng thống Joe Roe ký lệnh.", "Joe Roe", False),
        ("Ai giành giải nữ chính?", "Giải nữ chính thuộc về Lan Anh.", "Lan Anh", False),
        ("Who won the election?", "The former lawyer Dana Whitlock won.", "Dana Whitlock", False),
    ],
)
def test_a_relation_is_not_who_is_asked_for(question: str, text: str, name: str, other: bool) -> None:
    assert is_of_another(question, question_type(question), text, text.index(name)) is other
