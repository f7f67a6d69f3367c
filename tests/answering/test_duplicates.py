from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.answering.duplicates import grouped

STORY = "Cầu Nhật Tân bắc qua sông Hồng ở Hà Nội được khánh thành ngày 4/1/2015 sau gần sáu năm thi công."
RETOLD = "Theo TTXVN, cầu Nhật Tân bắc qua sông Hồng ở Hà Nội được khánh thành ngày 4/1/2015, sau gần sáu năm thi công."


def test_sentences_that_say_the_same_are_grouped() -> None:
    other = "Cầu có năm trụ tháp hình thoi, tượng trưng cho năm cửa ô của Hà Nội."
    assert grouped([STORY, other, RETOLD, STORY, other.upper()]) == [[0, 2, 3], [1, 4]]


def test_another_number_is_another_statement() -> None:
    assert grouped([STORY, STORY.replace("4/1/2015", "4/1/2016")]) == [[0], [1]]


def test_what_shares_half_its_words_stays_apart() -> None:
    longer = f"{STORY[:-1]} do các công ty của Nhật Bản cùng với nhiều nhà thầu trong nước thực hiện trên hai bờ sông."
    assert grouped([STORY, longer]) == [[0], [1]]
    assert grouped(["Cầu dài 450 m.", "Hầm dài 450 m."]) == [[0], [1]]


@given(st.lists(st.sampled_from([STORY, RETOLD, "Cầu dài 450 m.", "", "Ga"]), max_size=8))
def test_each_sentence_is_in_one_group_in_order(sentences: list[str]) -> None:
    groups = grouped(sentences)
    assert sorted(place for group in groups for place in group) == list(range(len(sentences)))
    assert all(group == sorted(group) for group in groups)
    assert [group[0] for group in groups] == sorted(group[0] for group in groups)
