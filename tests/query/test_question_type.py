from __future__ import annotations

import pytest
from hypothesis import given

from rag.query.question_type import question_type
from tests.strategies import texts


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Tuyến có bao nhiêu nhà ga?", "number"),
        ("tuyen cat linh ha dong co bao nhieu nha ga", "number"),
        ("Cuộc chiến kéo dài bao nhiêu năm?", "number"),
        ("Cầu được khánh thành năm bao nhiêu?", "name"),
        ("Tuyến khởi công ngày nào?", "name"),
        ("Bão đổ bộ khi nào?", "name"),
        ("cau khanh thanh nam nao", "name"),
        ("Ai là Tổng Giám đốc?", "name"),
        ("ai la tong giam doc", "name"),
        ("Vị vua nào dời đô?", "name"),
        ("Trụ sở đặt ở đâu?", "name"),
        ("Quốc gia nào đông dân nhất?", "name"),
        ("Công ty nào là chủ đầu tư?", "name"),
        ("Điều ước nào được ký?", "name"),
        ("Cầu có gì đặc biệt?", "other"),
        ("Ái Nhĩ Lan có gì đẹp?", "other"),
        ("How many stations are there?", "number"),
        ("In what year did it open?", "name"),
        ("Who designed the bridge?", "name"),
        ("Where is the temple?", "name"),
        ("Combien de gares y a-t-il ?", "number"),
        ("Wann wurde die Brücke gebaut?", "name"),
        ("¿Cuántos habitantes tiene la ciudad?", "number"),
        ("这条线有多少个车站？", "number"),
        ("駅はいくつありますか", "number"),
        ("谁是总经理？", "name"),
        ("Welche Stadt ist die größte?", "name"),
        ("哪支球队获胜？", "name"),
        ("What colour is the bridge?", "name"),
        ("What is the bridge?", "other"),
        ("Tình trạng của cầu thế nào?", "other"),
    ],
)
def test_question_words_tell_what_is_asked_for(question: str, kind: str) -> None:
    assert question_type(question).kind == kind


def test_two_things_are_several() -> None:
    assert question_type("Tuyến dài bao nhiêu km, có bao nhiêu ga?").several
    assert question_type("Who built it and when?").several
    assert not question_type("Tuyến có bao nhiêu ga?").several


@given(texts)
def test_any_text_can_be_asked(text: str) -> None:
    assert question_type(text) == question_type(text)


@pytest.mark.parametrize(
    "question",
    [
        "Fansipan có phải ngọn núi cao nhất Việt Nam không?",
        "Chelsea có rút khỏi Super League không?",
        "Sa Pa dịp 30/4 có đông khách không?",
        "Cầu đã xong chưa?",
        "fansipan co phai ngon nui cao nhat viet nam khong",
        "cau da xong chua",
        "Tuyến này dài 13 km phải không ạ?",
        "Có ai chết không?",
        "Có phải Fansipan cao 3.143 m?",
        "Liệu cầu có sập?",
        "Is Fansipan the highest mountain in Vietnam?",
        "Did the storm hit Hanoi?",
        "Has the metro opened?",
        "Isn't it the longest bridge?",
        "Est-ce que le pont est ouvert ?",
        "Le pont Long Bien est-il ouvert ?",
        "Y a-t-il un métro à Hanoï ?",
        "Le pont est long, n'est-ce pas ?",
        "Ist der Fansipan der höchste Berg?",
        "番西邦峰是越南最高的山吗？",
        "Vậy có tăng giá vé không, và từ bao giờ?",
        "Nên ăn sáng sớm, đúng hay sai?",
    ],
)
def test_yes_or_no_is_asked_for(question: str) -> None:
    assert question_type(question).polar


@pytest.mark.parametrize(
    "question",
    [
        "Fansipan cao bao nhiêu mét?",
        "Ai xây chùa Một Cột?",
        "ha noi co bao nhieu ngoi chua",
        "Tại sao dân không đi tàu?",
        "Hàng không Việt Nam có mấy hãng?",
        "When did the storm hit Hanoi?",
        "What is the height?",
        "Quand est-ce que le pont a été construit ?",
        "Combien de gares y a-t-il ?",
        "Où se trouve-t-il ?",
        "Wann wurde die Brücke gebaut?",
        "日新橋の長さはどのくらいですか",
        "駅はいくつありますか",
        "这条线有多少个车站？",
        "Trận không chiến nào lớn nhất?",
        "Kinh đô chưa bao giờ dời là gì?",
    ],
)
def test_more_than_yes_or_no_is_asked_for(question: str) -> None:
    assert not question_type(question).polar


@pytest.mark.parametrize(
    "question",
    [
        "Có ai thiệt mạng tại hội thao không bạn?",
        "Có ai thiệt mạng ko?",
        "Cầu dài lắm hả?",
        "Y a-t-il eu des morts quand le typhon a frappé Haïphong ?",
        "In 1972, did Norway join?",
        "台风能否到达河内?",
    ],
)
def test_yes_or_no_in_other_words(question: str) -> None:
    assert question_type(question).polar


@pytest.mark.parametrize(
    "question",
    [
        "Hành khách có phải nộp bao nhiêu tiền cọc?",
        "Khi nào có phải nộp tiền?",
        "Liệu pháp Sao Mai do ai tìm ra?",
        "Ai hát Có phải em mùa thu Hà Nội?",
        "Ai chỉ huy phòng không?",
        "Will Smith was born when?",
        "Can Tho has how many people?",
        "Für welchen Erreger, der Gasbrand verursacht, ist Sauerstoff giftig?",
        "Tại sao anh ấy không đi, ai biết?",
    ],
)
def test_what_only_looks_like_yes_or_no(question: str) -> None:
    assert not question_type(question).polar
