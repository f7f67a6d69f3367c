from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.citations import Cited
from rag.answering.citations import cite as cite_with
from rag.answering.quote import Quote
from rag.answering.verification import RuleCheck
from rag.errors import GenerationError


def quote(text: str, title: str = "Bản tin") -> Quote:
    return Quote("a.md", title, "a.md", "2016-07-21", "vi", 0, len(text), text, 1.0)


MAIL = quote("Hệ thống thư điện tử có 7.345 hộp thư, tỷ lệ sử dụng đạt 80%.")
CHAIR = quote("Đồng chí Nguyễn Văn Vịnh, Bí thư Tỉnh ủy chủ trì hội nghị.")
QUOTES = (MAIL, CHAIR)


def cite(text: str, quotes: Sequence[Quote], **given: Any) -> Cited:
    return cite_with(text, quotes, RuleCheck(), **given)


def test_markers_are_numbered_in_order_of_use() -> None:
    cited = cite("Nguyễn Văn Vịnh chủ trì hội nghị [2]. Có 7.345 hộp thư [1].", QUOTES)
    assert cited.text == "Nguyễn Văn Vịnh chủ trì hội nghị. [1] Có 7.345 hộp thư. [2]"
    assert [(c.marker, c.quote, c.support) for c in cited.citations] == [
        (1, CHAIR, "supported"),
        (2, MAIL, "supported"),
    ]


def test_a_marker_behind_the_full_stop_belongs_to_the_sentence_before() -> None:
    cited = cite("Có 7.345 hộp thư. [1] Nguyễn Văn Vịnh chủ trì hội nghị. [2]", QUOTES)
    assert [c.quote for c in cited.citations] == [MAIL, CHAIR]


def test_a_number_that_the_quote_does_not_say_is_unsupported() -> None:
    cited = cite("Hệ thống thư điện tử có 9.000 hộp thư [1].", QUOTES)
    assert (cited.text, cited.citations, cited.unsupported) == ("", (), 1)


def test_a_marker_that_cites_nothing_is_removed_and_counted() -> None:
    cited = cite("Có 7.345 hộp thư [7].", QUOTES)
    assert cited.text == "Có 7.345 hộp thư. [1]"
    assert cited.dangling == 1
    assert cited.citations[0].quote == MAIL


def test_a_sentence_without_a_marker_cites_the_quote_that_says_it() -> None:
    assert cite("Nguyễn Văn Vịnh chủ trì hội nghị.", QUOTES).citations[0].quote == CHAIR


def test_what_no_quote_says_is_left_out() -> None:
    cited = cite("Tổng thống Pháp thăm Paris vào mùa xuân.", QUOTES)
    assert (cited.text, cited.citations) == ("", ())


def test_several_markers_are_read_together() -> None:
    guest = quote("Dự hội nghị có đồng chí Hà Thị Nga, Phó Bí thư Thường trực Tỉnh ủy.")
    cited = cite("Nguyễn Văn Vịnh và Hà Thị Nga chủ trì hội nghị [1, 2].", (CHAIR, guest))
    assert cited.text.endswith("[1][2]")
    assert {citation.support for citation in cited.citations} == {"partly"}


@pytest.mark.parametrize(
    "text",
    [
        "Có 7.345 hộp thư. [1] Nguyễn Văn Vịnh chủ trì hội nghị. [2]",
        "Có 7.345 hộp thư [1]. Nguyễn Văn Vịnh chủ trì hội nghị [2].",
        "[1] Có 7.345 hộp thư. [2] Nguyễn Văn Vịnh chủ trì hội nghị.",
        "Có 7.345 hộp thư.[1]\nNguyễn Văn Vịnh chủ trì hội nghị.[2]",
    ],
)
def test_markers_before_and_behind_the_full_stop_are_of_the_same_sentence(text: str) -> None:
    cited = cite(text, QUOTES)
    assert cited.text == "Có 7.345 hộp thư. [1] Nguyễn Văn Vịnh chủ trì hội nghị. [2]"
    assert [citation.quote for citation in cited.citations] == [MAIL, CHAIR]


@pytest.mark.parametrize("opening", ["Theo các trích dẫn:\n", "Sau đây là hai điều. "])
def test_markers_in_front_stay_with_what_follows(opening: str) -> None:
    text = f"{opening}[1] Có 7.345 hộp thư. [2] Nguyễn Văn Vịnh chủ trì hội nghị."
    assert cite(text, QUOTES).text == "Có 7.345 hộp thư. [1] Nguyễn Văn Vịnh chủ trì hội nghị. [2]"


def test_two_names_of_two_quotes_are_not_said_by_either() -> None:
    guest = quote("Dự hội nghị có đồng chí Hà Thị Nga, Phó Bí thư Thường trực Tỉnh ủy.")
    cited = cite("Nguyễn Văn Vịnh và Hà Thị Nga chủ trì hội nghị [1][2].", (CHAIR, guest))
    assert {citation.support for citation in cited.citations} == {"partly"}


def test_a_number_in_the_title_alone_bears_nothing_out() -> None:
    peak = quote("Sai số của phép đo khi ấy lên tới vài mét.", title="Đỉnh Fansipan cao 3.147,3 mét")
    assert cite("Đỉnh Fansipan cao 3.147,3 mét [1].", (peak,)).citations == ()


def test_a_translated_sentence_is_checked_by_numbers_and_names() -> None:
    assert cite("The share was 80% [1].", QUOTES).citations[0].support == "partly"
    assert cite("The share was 90% [1].", QUOTES).citations == ()
    assert cite("It was chaired by somebody [2].", QUOTES).citations == ()


@given(st.text(alphabet="[]0123456789, .abcốủ%\n", max_size=120))
def test_every_marker_has_its_citation(text: str) -> None:
    cited = cite(text, QUOTES)
    markers = [int(number) for number in re.findall(r"\[(\d+)\]", cited.text)]
    assert list(dict.fromkeys(markers)) == [citation.marker for citation in cited.citations]
    assert [citation.marker for citation in cited.citations] == list(range(1, len(cited.citations) + 1))


def test_a_number_in_brackets_that_is_no_marker_loses_them() -> None:
    cited = cite("Hệ thống thư điện tử có [7345] hộp thư [1].", QUOTES)
    assert cited.text == "Hệ thống thư điện tử có (7345) hộp thư. [1]"


# What is no answer


def test_the_question_again_is_no_answer() -> None:
    question = "Hệ thống thư điện tử có bao nhiêu hộp thư?"
    assert cite("Hệ thống thư điện tử có hộp thư [1].", QUOTES, question=question).citations == ()
    assert cite("Hệ thống thư điện tử có 7.345 hộp thư [1].", QUOTES, question=question).citations
    assert cite(
        "Hệ thống thư điện tử có hộp thư [1].", QUOTES, question="Hệ thống thư điện tử có hộp thư không?"
    ).citations


def test_what_is_not_borne_out_may_stay_with_a_mark() -> None:
    cited = cite("Có 7.345 hộp thư [1]. Có 9.000 hộp thư [2].", QUOTES, unsupported="mark")
    assert cited.text == "Có 7.345 hộp thư. [1] Có 9.000 hộp thư. (chưa kiểm chứng được)"
    assert cited.unsupported == 1


@pytest.mark.parametrize("echo", ["Cầu dài 450 m phải không? [1]", "Cầu có dài 450 m không？ [1]"])
def test_a_question_is_no_answer(echo: str) -> None:
    assert cite(echo, [quote("Cầu dài 450 m.")], question="Cầu có dài 450 m không?").citations == ()


# Several quotes together

LONG = quote("Cầu Rồng dài 666 m, bắc qua sông Hàn.", title="Cầu Rồng")
SHORT = quote("Cầu Vàng dài 150 m, nằm ở Bà Nà.", title="Cầu Vàng")
BUILDER = quote("Ông Lê An xây cầu Gò năm 2019.", title="Cầu Gò")


@pytest.mark.parametrize(
    ("claim", "quotes"),
    [
        ("Nguyễn Văn Vịnh chủ trì hội nghị về 7.345 hộp thư [1][2].", QUOTES),
        ("Cầu Rồng dài 150 m [1][2].", (LONG, SHORT)),
        ("Cầu Rồng dài 150 m và cầu Vàng dài 666 m [1][2].", (LONG, SHORT)),
        ("Cầu Rồng, cầu Vàng dài 150 m [1][2].", (LONG, SHORT)),
        ("Cầu Rồng dài 666 m, do ông Lê An xây năm 2019 [1][2].", (LONG, BUILDER)),
        ("Cầu Rồng bắc qua sông Hàn và do ông Lê An xây [1][2].", (LONG, BUILDER)),
    ],
)
def test_the_name_of_one_quote_and_the_number_of_another_are_never_joined(
    claim: str, quotes: tuple[Quote, ...]
) -> None:
    cited = cite(claim, quotes)
    assert (cited.text, cited.unsupported) == ("", 1)


@pytest.mark.parametrize(
    "claim",
    [
        "Cầu Rồng dài 666 m và cầu Vàng dài 150 m [1][2].",
        "Cầu Rồng dài 666 m, cầu Vàng dài 150 m [1][2].",
        "Cầu Rồng dài 666 m, còn cầu Vàng dài 150 m [1][2].",
    ],
)
def test_clauses_that_one_quote_each_bears_out_are_borne_out_in_part(claim: str) -> None:
    cited = cite(claim, (LONG, SHORT))
    assert [citation.support for citation in cited.citations] == ["partly", "partly"]


# Sizes


def test_blanks_are_read_in_linear_time() -> None:
    started = time.process_time()
    assert cite("Có 7.345 hộp thư" + " " * 60_000 + "[1].", QUOTES).text == "Có 7.345 hộp thư. [1]"
    assert time.process_time() - started < 1


def test_what_is_not_checked_in_time_is_not_said() -> None:
    with pytest.raises(GenerationError, match="no time left"):
        cite("Có 7.345 hộp thư [1].", QUOTES, ends=time.monotonic())
