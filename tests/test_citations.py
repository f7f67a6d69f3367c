from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from rag.citations import cite
from rag.evidence import Quote
from rag.support import check


def quote(text: str, title: str = "Bản tin") -> Quote:
    return Quote("a.md", title, "a.md", "2016-07-21", "vi", 0, len(text), text, 1.0)


MAIL = quote("Hệ thống thư điện tử có 7.345 hộp thư, tỷ lệ sử dụng đạt 80%.")
CHAIR = quote("Đồng chí Nguyễn Văn Vịnh, Bí thư Tỉnh ủy chủ trì hội nghị.")
QUOTES = (MAIL, CHAIR)


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


def test_thousands_are_the_same_with_a_point_and_with_a_comma() -> None:
    assert check("Có 7,345 hộp thư", MAIL.text) == "supported"


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
    cited = cite("Nguyễn Văn Vịnh chủ trì hội nghị về 7.345 hộp thư [1, 2].", QUOTES)
    assert cited.text.endswith("[1][2]")
    assert {citation.support for citation in cited.citations} == {"partly"}


def test_two_names_of_two_quotes_are_not_said_by_either() -> None:
    guest = quote("Dự hội nghị có đồng chí Hà Thị Nga, Phó Bí thư Thường trực Tỉnh ủy.")
    cited = cite("Nguyễn Văn Vịnh và Hà Thị Nga chủ trì hội nghị [1][2].", (CHAIR, guest))
    assert {citation.support for citation in cited.citations} == {"partly"}


def test_a_number_in_the_title_alone_bears_nothing_out() -> None:
    peak = quote("Sai số của phép đo khi ấy lên tới vài mét.", title="Đỉnh Fansipan cao 3.147,3 mét")
    assert cite("Đỉnh Fansipan cao 3.147,3 mét [1].", (peak,)).citations == ()


def test_another_unit_or_a_negation_is_borne_out_in_part() -> None:
    cost = quote("Công trình được cấp 5 triệu đồng và không được khánh thành năm 2018.")
    assert check("Công trình được cấp 5 triệu đồng.", cost.text) == "partly"
    assert check("Công trình không được khánh thành năm 2018 và được cấp 5 triệu đồng.", cost.text) == "supported"
    assert check("Công trình không được cấp 5 triệu đồng.", "Công trình được cấp 5 triệu đồng.") == "partly"


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
