from __future__ import annotations

import pytest

from rag.answering.short_answer_checks import is_of_another_person, is_of_unit


@pytest.mark.parametrize(
    ("question", "text", "answer", "fitting"),
    [
        ("Bà Lan bao nhiêu tuổi?", "Bà Lan dạy học 34 năm.", "34 năm", False),
        ("Ba Lan bao nhieu tuoi?", "Bà Lan dạy học 34 năm.", "34", False),
        ("Bà Lan bao nhiêu tuổi?", "Bà Lan năm nay 58 tuổi.", "58 tuổi", True),
        ("Cầu dài bao nhiêu mét?", "Cầu có 300 công nhân dựng trong 3 năm.", "3 năm", False),
        ("Cầu dài bao nhiêu mét?", "Cầu dài 1,5 km.", "1,5 km", True),
        ("Có bao nhiêu nhà ga?", "Tuyến dài 13 km với 12 nhà ga.", "13 km", False),
        ("Có bao nhiêu nhà ga?", "Tuyến dài 13 km với 12 nhà ga.", "12", True),
        ("Có bao nhiêu công nhân?", "Có 300 người làm việc.", "300 người", True),
        ("Bão làm bao nhiêu người chết?", "Bão làm 318 người chết.", "318 người chết", True),
        ("Dự án tốn bao nhiêu tiền?", "Dự án tốn 868 triệu USD.", "868 triệu USD", True),
        ("How many stations are there?", "It is 13 km long.", "13 km", False),
        ("How old is Arthur Brenwick?", "He is 70 years old.", "70 years old", True),
        ("How long is the bridge?", "It is 1,682 m long.", "1,682 m", True),
        ("Tuổi thọ trung bình là bao nhiêu?", "Tuổi thọ là 74,5 tuổi.", "74,5 tuổi", True),
        ("GDP tăng bao nhiêu?", "GDP tăng 7,09%.", "7,09%", True),
        ("Ai xây cầu?", "Cầu do 300 người xây.", "300 người", True),
    ],
)
def test_a_number_is_of_the_unit_asked_for(question: str, text: str, answer: str, fitting: bool) -> None:
    start = text.index(answer)
    assert is_of_unit(question, text, start, start + len(answer)) is fitting


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
    assert is_of_another_person(question, text, text.index(name)) is other
