from __future__ import annotations

import pytest
from hypothesis import given

from rag.asked import asked
from tests.strategies import texts


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Tuyến có bao nhiêu nhà ga?", "number"),
        ("tuyen cat linh ha dong co bao nhieu nha ga", "number"),
        ("Cuộc chiến kéo dài bao nhiêu năm?", "number"),
        ("Cầu được khánh thành năm bao nhiêu?", "date"),
        ("Tuyến khởi công ngày nào?", "date"),
        ("Bão đổ bộ khi nào?", "date"),
        ("cau khanh thanh nam nao", "date"),
        ("Ai là Tổng Giám đốc?", "person"),
        ("ai la tong giam doc", "person"),
        ("Vị vua nào dời đô?", "person"),
        ("Trụ sở đặt ở đâu?", "place"),
        ("Quốc gia nào đông dân nhất?", "place"),
        ("Công ty nào là chủ đầu tư?", "organisation"),
        ("Điều ước nào được ký?", "name"),
        ("Cầu có gì đặc biệt?", "other"),
        ("Ái Nhĩ Lan có gì đẹp?", "other"),
        ("How many stations are there?", "number"),
        ("In what year did it open?", "date"),
        ("Who designed the bridge?", "person"),
        ("Where is the temple?", "place"),
        ("Combien de gares y a-t-il ?", "number"),
        ("Wann wurde die Brücke gebaut?", "date"),
        ("¿Cuántos habitantes tiene la ciudad?", "number"),
        ("这条线有多少个车站？", "number"),
        ("駅はいくつありますか", "number"),
        ("谁是总经理？", "person"),
    ],
)
def test_question_words_tell_what_is_asked_for(question: str, kind: str) -> None:
    assert asked(question).kind == kind


def test_what_is_counted_and_measured() -> None:
    assert asked("Tuyến có bao nhiêu nhà ga?").noun == ("nha", "ga")
    assert asked("Bão làm bao nhiêu người chết và mất tích?").noun == ("nguoi", "chet", "va", "mat", "tich")
    assert asked("How many stations are there?").noun == ("stations",)
    assert asked("Cầu dài bao nhiêu?").unit == "length"
    assert asked("Dự án có tổng mức đầu tư bao nhiêu?").unit == "money"


def test_two_things_are_several() -> None:
    assert asked("Tuyến dài bao nhiêu km, có bao nhiêu ga?").several
    assert asked("Who built it and when?").several
    assert not asked("Tuyến có bao nhiêu ga?").several


@pytest.mark.parametrize(
    "question",
    [
        "Tuyến đi qua những quận nào?",
        "tuyen di qua nhung quan nao",
        "Các nhà ga chính nào nằm trên cao?",
        "Những ai dự lễ khánh thành?",
        "Kể tên các hang lớn ở Phong Nha",
        "Cầu nối hai tỉnh nào?",
        "Các khinh khí cầu nào bay?",
        "Which stations are on the line?",
        "What countries signed the treaty?",
        "Who were the members of the delegation?",
        "这条线有哪些车站？",
    ],
)
def test_all_of_a_kind_are_listed(question: str) -> None:
    assert asked(question).listed


@pytest.mark.parametrize(
    "question",
    [
        "Tuyến có bao nhiêu nhà ga?",
        "Ai là chủ tịch các tỉnh miền núi năm nào?",
        "Các đảo này thuộc tỉnh nào?",
        "Các ga do công ty nào xây?",
        "Which station is on the line?",
        "What year were the bridges built?",
        "In which city were the modern Olympic games held?",
        "Name the president of the company",
    ],
)
def test_one_thing_is_not_listed(question: str) -> None:
    assert not asked(question).listed


@given(texts)
def test_any_text_can_be_asked(text: str) -> None:
    assert asked(text) == asked(text)
