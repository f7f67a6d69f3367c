"""The enumeration around a sentence: bullets behind a colon, and sentences that are numbered in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.enumeration import enumeration_at
from rag.documents.article import article_from
from rag.retrieval.passage_sentences import sentences_of

BULLETS = "Mở đầu bài.\n\nTuyến đi qua ba tỉnh:\n- Hà Nội\n- Phú Thọ\n- Lào Cai\n\nHết bài rồi."
REASONS = "Có ba lý do. Thứ nhất, tiền ít. Thứ hai, người ít. Thứ ba là trời mưa. Xong rồi."
LINES = (
    "Các ga:",
    "- Cát Linh",
    "- La Thành",
    "1. Láng",
    "Có hai lý do.",
    "Thứ nhất, mưa. Thứ hai, gió.",
    "Rồi thôi.",
    "",
)

articles = st.lists(st.sampled_from(LINES), min_size=1, max_size=12).map("\n".join).filter(str.strip)


def told(text: str, sentence: str) -> tuple[str, int] | None:
    """The enumeration that is found at a sentence, and its number of items."""
    start = text.index(sentence)
    found = enumeration_at(text, start, start + len(sentence))
    return (text[found.start : found.end], found.items) if found else None


@pytest.mark.parametrize("sentence", ["Tuyến đi qua ba tỉnh:", "- Hà Nội", "Phú Thọ", "- Lào Cai"])
def test_bullets_are_told_whole_with_what_announces_them(sentence: str) -> None:
    assert told(BULLETS, sentence) == ("Tuyến đi qua ba tỉnh:\n- Hà Nội\n- Phú Thọ\n- Lào Cai", 3)


@pytest.mark.parametrize("sentence", ["Mở đầu bài.", "Hết bài rồi."])
def test_a_paragraph_beside_an_enumeration_is_no_part_of_it(sentence: str) -> None:
    assert told(BULLETS, sentence) is None


def test_an_empty_line_may_stand_behind_the_colon_but_not_between_items() -> None:
    assert told("Ba tỉnh:\n\n- Huế\n- Vinh\n\n- Sau", "Ba tỉnh:") == ("Ba tỉnh:\n\n- Huế\n- Vinh", 2)
    assert told("Ba tỉnh:\n\n- Huế\n\n- Vinh", "Ba tỉnh:") is None


def test_a_chinese_colon_announces_too() -> None:
    assert told("共有三站：\n- 河内\n- 老街\n- 昆明", "河内") == ("共有三站：\n- 河内\n- 老街\n- 昆明", 3)


def test_bullets_that_nothing_announces_are_three_at_least() -> None:
    assert told("- Huế\n- Vinh\n- Sa Pa", "- Vinh") == ("- Huế\n- Vinh\n- Sa Pa", 3)
    assert told("Đoạn một.\nĐoạn hai.\n\nĐoạn ba.", "Đoạn hai.") is None


@pytest.mark.parametrize(
    "text", ["Ông nói:", "Ông nói:\n", "Ông nói:\n- Một điều", "Ông nói: không.", "Một câu. Hai câu."]
)
def test_a_colon_without_items_announces_nothing(text: str) -> None:
    assert told(text, text.split("\n")[0]) is None


def test_a_long_enumeration_is_cut_and_its_items_are_counted() -> None:
    items = "".join(f"\n- món số {number} với rất nhiều chữ để cho thật là dài" for number in range(40))
    found = told(f"Các món:{items}", "Các món:")
    assert found is not None
    assert found[1] == 40
    assert 1000 < len(found[0]) <= 1500
    assert f"Các món:{items}".startswith(found[0])


@pytest.mark.parametrize("sentence", ["Thứ nhất, tiền ít.", "Thứ hai, người ít.", "Thứ ba là trời mưa."])
def test_numbered_sentences_are_told_together(sentence: str) -> None:
    assert told(REASONS, sentence) == ("Thứ nhất, tiền ít. Thứ hai, người ít. Thứ ba là trời mưa.", 3)


@pytest.mark.parametrize("sentence", ["Có ba lý do.", "Xong rồi."])
def test_what_stands_beside_numbered_sentences_is_no_part_of_them(sentence: str) -> None:
    assert told(REASONS, sentence) is None


@pytest.mark.parametrize(
    "text",
    [
        "Firstly, it is old. Second, it is long. Finally, it is red.",
        "D'abord, il est vieux. Ensuite, il est long. Enfin, il est rouge.",
        "首先，它很旧。其次，它很长。最后，它是红的。",
        "Một là cũ. Hai là dài. Ba là đỏ.",
    ],
)
def test_sentences_are_numbered_in_other_languages_too(text: str) -> None:
    start, end = sentences_of(text)[1].start, sentences_of(text)[1].end
    assert told(text, text[start:end]) == (text, 3)


def test_one_numbered_sentence_is_no_enumeration() -> None:
    assert told("Thứ nhất, tiền ít. Rồi thôi.", "Thứ nhất, tiền ít.") is None


@given(text=articles, place=st.integers(0, 11))
def test_what_is_told_lies_in_the_text_and_opens_no_later_than_the_sentence(text: str, place: int) -> None:
    text = article_from({"text": f"{text}\nHết."}, "a", place="a", fallback_title="a").text
    whole = sentences_of(text)
    sentence = whole[place % len(whole)]
    found = enumeration_at(text, sentence.start, sentence.end)
    if found:
        assert 0 <= found.start <= sentence.start < sentence.end
        assert found.start < found.end <= len(text)
        assert sentence.end <= found.end or text[sentence.start : sentence.end].endswith(":")
        assert found.items >= 2
        assert text[found.start : found.end] == text[found.start : found.end].strip()


def test_a_note_below_marked_items_is_none_of_them() -> None:
    text = "Các món:\n1. Phở\n2. Bún\n3. Chả\nGhi chú ở cuối."
    assert told(text, "Các món:") == ("Các món:\n1. Phở\n2. Bún\n3. Chả", 3)


def test_a_line_above_marked_items_is_none_of_them() -> None:
    found = told("Tuyến có ba ga.\n- Cát Linh\n- La Thành\n- Láng", "- Láng")
    assert found is not None
    assert found[1] == 3


def test_weekdays_number_nothing_and_paragraphs_are_no_items() -> None:
    week = "Thứ hai, trời mưa. Thứ ba, trời nắng. Thứ năm, trời gió."
    assert told(week, "Thứ hai, trời mưa.") is None
    paragraphs = "Làng gốm có từ lâu.\nThợ làm bát.\nThợ làm bình.\nKhách đến mua."
    assert told(paragraphs, "Thợ làm bát.") is None


@pytest.mark.parametrize(
    "text", ["Hai năm sau, ông mất. Ba năm sau, bà mất.", "Một hai ba người đi chợ. Hai ba người về."]
)
def test_counted_years_number_nothing(text: str) -> None:
    assert told(text, text.split(". ")[0]) is None


def test_chinese_needs_no_blank_between_sentences() -> None:
    assert told("原因有二。第一，钱少。第二，人少。", "原因有二。") is None


@pytest.mark.parametrize("sentence", ["Ông nói:", "- Phở"])
def test_a_blank_behind_a_colon_changes_nothing(sentence: str) -> None:
    assert told("Ông nói: \n- Phở\n- Bún", sentence) == ("Ông nói: \n- Phở\n- Bún", 2)
