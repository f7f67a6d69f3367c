from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.conversation import Turn, depends, standalone
from rag.text import names

METRO = (Turn("Tuyến Cát Linh – Hà Đông dài bao nhiêu km?", "Hơn 13 km."),)


@pytest.mark.parametrize(
    "question",
    [
        "Nó có bao nhiêu ga?",
        "Tuyến này khánh thành năm nào?",
        "Ông ấy sinh năm nào?",
        "Còn tuyến Bến Thành – Suối Tiên thì sao?",
        "Thế còn năm 2019?",
        "tuyen nay khanh thanh nam nao",
        "Ai ký?",
        "What about Line 1?",
        "How many passengers did it carry?",
        "Combien de stations y a-t-il sur celle-ci ?",
        "他是谁？",
    ],
)
def test_a_follow_up_points_back(question: str) -> None:
    assert depends(question)


@pytest.mark.parametrize(
    "question",
    [
        "Thủ đô của Pháp là gì?",
        "Dân số Sa Pa năm 2019 là bao nhiêu?",
        "Có bao nhiêu hồ sơ đúng hạn trong sáu tháng đầu năm 2016?",
        "ho so dung han trong sau thang dau nam chiem bao nhieu phan tram",
        "What is the height of Fansipan?",
        "fansipan cao bao nhiêu mét?",
        "Thế giới có bao nhiêu nước?",
        "How many people died in typhoon Yagi, and is there any missing?",
        "Xin chào",
        "Họ Nguyễn phổ biến thế nào ở Việt Nam?"[3:],
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert standalone(question, METRO) == question


def test_without_history_nothing_is_added() -> None:
    assert standalone("Nó có bao nhiêu ga?", ()) == "Nó có bao nhiêu ga?"


def test_and_with_a_question_of_its_own_keeps_it() -> None:
    question = "And how much did the Long Biên bridge cost?"
    assert question in standalone(question, METRO)


def test_a_pronoun_gives_way_to_the_topic_of_the_last_question() -> None:
    assert standalone("Nó có bao nhiêu ga?", METRO) == "Tuyến Cát Linh – Hà Đông có bao nhiêu ga?"


@pytest.mark.parametrize(
    ("before", "question", "asked"),
    [
        (
            METRO[0].question,
            "Còn tuyến Bến Thành – Suối Tiên thì sao?",
            "Tuyến Bến Thành – Suối Tiên dài bao nhiêu km?",
        ),
        ("Dân số Sa Pa năm 2019 là bao nhiêu?", "Còn năm 2020?", "Dân số Sa Pa năm 2020 là bao nhiêu?"),
        ("How long is the Cát Linh line?", "What about Nhổn?", "How long is the Nhổn line?"),
    ],
)
def test_and_x_asks_the_last_question_of_x(before: str, question: str, asked: str) -> None:
    assert standalone(question, (Turn(before, ""),)) == asked


def test_without_names_the_whole_last_question_comes_along() -> None:
    history = (Turn("tuyen cat linh ha dong dai bao nhieu", "Hơn 13 km."),)
    assert standalone("Có mấy ga?", history) == "Có mấy ga? (tuyen cat linh ha dong dai bao nhieu)"


def test_names_are_runs_of_capitals_and_numbers() -> None:
    assert names("Ai là Bí thư Tỉnh ủy Lào Cai năm 2016?") == ["Bí", "Tỉnh", "Lào Cai", "2016"]
    assert names("Nguyễn Văn Vịnh là ai?") == ["Văn Vịnh"]
    assert names("UBND tỉnh họp khi nào?") == ["UBND"]


@given(st.text(max_size=80), st.text(max_size=80))
def test_only_words_of_the_conversation_are_added(question: str, before: str) -> None:
    asked = standalone(question, (Turn(before, ""),))
    assert all(letter in before + question or letter in " (),." for letter in asked)
