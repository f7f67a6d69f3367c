from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents.article import Article
from rag.documents.chunk_context import MAX_SUBJECT_CHARS, headings, is_anaphoric, sentence_contexts
from rag.text.normalize import clean
from rag.text.sentences import sentences
from tests.strategies import texts

PARAGRAPH = "Cầu được khởi công năm 2009 và hoàn thành sau năm năm rưỡi xây dựng."


def article(text: str, *, title: str = "Cầu mới", published: str | None = None, language: str = "vi") -> Article:
    return Article("a", title, text, "a", published, language)


def found(text: str, title: str = "Cầu mới") -> list[str]:
    each = article(text, title=title)
    return [text[start:end] for start, end in headings(each)]


def unsaid(text: str, opening: str, **fields: str) -> tuple[str, ...]:
    """The context of the sentence that opens so."""
    spans = sentences(text)
    (place,) = [place for place, (start, _) in enumerate(spans) if text[start:].startswith(opening)]
    return list(sentence_contexts(article(text, **fields), spans))[place]


# Sections


@pytest.mark.parametrize(
    "line",
    ["Quá trình xây dựng", "1. Lịch sử", "Chương 2: Khởi công", "Giai đoạn 1 (2009–2011)", "建设过程"],
)
def test_a_short_line_before_a_paragraph_is_a_heading(line: str) -> None:
    assert found(f"{PARAGRAPH}\n\n{line}\n\n{PARAGRAPH}") == [line]
    assert found(f"{line}\n{PARAGRAPH}") == [line]


@pytest.mark.parametrize(
    "line",
    [
        "Cầu dài 3,9 km.",
        "Vì sao cầu được xây?",
        "Những người có mặt:",
        "cầu mới",
        "(Ảnh minh họa)",
        "Ảnh: Trần Văn Bình",
        "Theo Báo Sông Hồng",
        "Hà Nội, 21/7/2016",
        "* * *",
        "- Quận Tây Hồ",
        "2016",
        "một hai ba bốn năm sáu bảy tám chín mười mười một mười hai mười ba",
        "x" * 101,
    ],
)
def test_other_short_lines_are_none(line: str) -> None:
    following = f"{PARAGRAPH} {PARAGRAPH}"
    assert found(f"{PARAGRAPH}\n\n{line}\n\n{following}") == []


def test_a_by_line_is_no_heading() -> None:
    assert found(f"Trần Văn Bình\n\n{PARAGRAPH}\n\nTrần Văn Bình\n\n{PARAGRAPH}") == ["Trần Văn Bình"]
    assert found(f"{PARAGRAPH}\n\nTrần Văn Bình") == []


def test_a_heading_may_stand_under_another_and_a_list_holds_none() -> None:
    assert found(f"Lịch sử\n\nThời kỳ đầu\n\n{PARAGRAPH}") == ["Thời kỳ đầu"]
    assert found(f"{PARAGRAPH}\n\nmột trụ\nhai trụ\nba trụ\n\n{PARAGRAPH}") == []
    assert found("thuyền về\nthuyền lại đi\nthuyền đi xa bờ bến") == []


def test_a_sentence_stands_under_the_last_heading_before_it() -> None:
    text = (
        f"Mở đầu là câu này.\n\nKhởi công\n\n{PARAGRAPH} Mưa lớn.\n\nThông xe\n\nXe chạy từ sáng sớm hôm đó, rất đông."
    )
    assert unsaid(text, "Mở đầu") == ()
    assert unsaid(text, "Khởi công") == (), "the heading is in the chunk itself"
    assert unsaid(text, "Mưa lớn") == ("Khởi công",)
    assert unsaid(text, "Xe chạy") == ("Thông xe",)


# Dates


def test_the_date_is_written_day_first() -> None:
    assert unsaid("Một câu.", "Một", published="2016-07-21") == ("21/7/2016",)
    assert unsaid(f"Khởi công\n\n{PARAGRAPH}", "Cầu", published="2016-12-02") == ("Khởi công", "2/12/2016")


# Subjects


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("vi", "Ông cũng cho biết thêm."),
        ("vi", "Theo bà, giá vé không tăng."),
        ("vi", "Năm 1954, ông về Hà Nội."),
        ("vi", "“Họ đã chờ rất lâu”, người gác nói."),
        ("vi", "Đây là lần đầu."),
        ("vi", "Dự án này chậm hai năm."),
        ("vi", "Vị giám đốc này từ chức."),
        ("vi", "Trước đó, giá vé đã tăng."),
        ("en", "He added that fares would rise."),
        ("en", "In 1999, she left Paris."),
        ("en", "This bridge is old."),
        ("fr", "Il mourut à Nha Trang."),
        ("de", "Sie wurde 1902 eröffnet."),
        ("es", "Ella nació en Cuba."),
        ("zh", "他还说，桥已修好。"),
        ("zh", "此外，该项目推迟了。"),
        ("ja", "彼女は東京へ行った。"),
    ],
)
def test_a_sentence_that_points_back(language: str, sentence: str) -> None:
    assert is_anaphoric(sentence, language)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("vi", "Ông Trần Văn Bình cho biết."),
        ("vi", "Bà Rịa có cảng."),
        ("vi", "Tại Pháp, Anh và Đức, giá tăng."),
        ("vi", "Cầu dài 3 km."),
        ("en", "Italy won."),
        ("en", "Bridges are old."),
        ("fr", "L'île est belle."),
        ("zh", "桥已修好。"),
        ("und", "He left."),
        ("vi", ""),
    ],
)
def test_a_sentence_that_does_not(language: str, sentence: str) -> None:
    assert not is_anaphoric(sentence, language)


def test_the_subject_is_named_by_the_nearest_sentence_that_does_not_point_back() -> None:
    text = (
        "Chủ tịch Lê Thị Mơ khai mạc. Phó giám đốc Trần Văn Bình kiểm tra cầu hôm qua. Trời mưa. "
        "Ông đến từ Phú Yên. Ông cũng cho biết cầu an toàn. Cầu thông xe."
    )
    assert unsaid(text, "Ông đến") == unsaid(text, "Ông cũng") == ("Trần Văn Bình",)
    assert unsaid(text, "Trời mưa") == unsaid(text, "Cầu thông") == ()


def test_names_of_one_word_are_none_and_acronyms_are() -> None:
    text = "Sáng qua, Hải và EVN ký kết. Họ gặp nhau ở cầu."
    assert unsaid(text, "Họ") == ("EVN",)


def test_a_name_that_opens_a_sentence_is_whole() -> None:
    assert unsaid("Mai Dale spoke first. She left.", "She", language="en") == ("Mai Dale",)


def test_many_names_are_cut_between_two() -> None:
    people = [f"Trần Văn {letter * 10}" for letter in "ABCDEFGH"]
    (subject,) = unsaid(f"Có mặt: {'; '.join(people)}. Họ vui.", "Họ")
    assert subject == ", ".join(people[:4])
    (subject,) = unsaid(f"Có mặt {'Xa ' * 50}. Họ vui.", "Họ")
    assert len(subject) == MAX_SUBJECT_CHARS


def test_what_the_title_names_is_not_said_again() -> None:
    text = "Trần Văn Bình gặp Lê Thị Mơ. Ông vui."
    assert unsaid(text, "Ông", title="Chuyện của Trần Văn Bình") == ("Lê Thị Mơ",)


def test_nothing_before_is_no_subject() -> None:
    assert unsaid("Ông cho biết cầu an toàn.", "Ông") == ()
    far = "Trần Văn Bình đến. " + "Trời mưa. " * 20 + "Ông vui."
    assert unsaid(far, "Ông") == ()


def test_without_capitals_the_whole_sentence_before_is_taken() -> None:
    text = "王小明是桥梁工程师。他出生在昆明。他说桥很安全。"
    assert unsaid(text, "他说", language="zh") == ("王小明是桥梁工程师。",)
    assert len(unsaid("长" * 300 + "。他说。", "他", language="zh")[0]) == MAX_SUBJECT_CHARS


@given(st.lists(texts, max_size=12).map("\n".join).map(clean), st.sampled_from(["vi", "en", "zh", "ja", "und"]))
def test_context_is_lines_that_the_article_holds(text: str, language: str) -> None:
    spans = sentences(text)
    each = article(text, language=language)
    found = list(sentence_contexts(each, spans))
    assert len(found) == len(spans)
    assert found == list(sentence_contexts(each, spans))
    held = " ".join(text.split())
    for (start, _), lines in zip(spans, found, strict=True):
        before = " ".join(text[:start].split())
        for line in lines:
            assert line
            assert "\n" not in line
            assert all(" ".join(name.split()) in held for name in line.split(", ")) or line in before
    for start, end in headings(each):
        assert re.fullmatch(r"[^\n]{1,100}", text[start:end])
