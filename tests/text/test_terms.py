from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given

from rag.text.analyzer import index_terms, terms
from rag.text.dates import dates
from rag.text.normalize import fold
from rag.text.words import words
from tests.strategies import texts


@pytest.mark.parametrize(
    "typed",
    [
        "21/7/2016",
        "21-7-2016",
        "21.7.2016",
        "21/07/2016",
        "21/7/16",
        "2016/7/21",
        "2016-07-21",
        "ngày 21/7/2016",
        "ngày 21 tháng 7 năm 2016",
        "ngay 21 thang 7 nam 2016",
        "NGÀY 21 THÁNG 7, NĂM 2016",
        "July 21, 2016",
        "21 July 2016",
        "le 21 juillet 2016",
        "am 21. Juli 2016",
        "21 de julio de 2016",
        "2016年7月21日",
    ],
)
def test_a_day_is_the_same_in_every_form(typed: str) -> None:
    assert sorted(dates(f"({typed})")) == ["@21/7", "@7/2016"]
    assert dates(unicodedata.normalize("NFD", typed)) == dates(typed)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("21/7", ["@21/7"]),
        ("ngày 21 tháng 7", ["@21/7"]),
        ("sáng 21-7, ông", ["@21/7"]),
        ("ngày 21.7 họp", ["@21/7"]),
        ("21/07", ["@21/7"]),
        ("21-23/7/2016", ["@23/7", "@7/2016", "@21/7"]),
        ("30 tháng Tư năm 1975", ["@30/4", "@4/1975"]),
        ("tháng Giêng 2016", ["@1/2016"]),
        ("21\u00a0tháng 7, 2016", ["@21/7", "@7/2016"]),
        ("tháng 7/2016", ["@7/2016"]),
        ("tháng 7 năm 2016", ["@7/2016"]),
        ("7月", []),
        ("12/25/2016", []),
        ("31/2/2016", []),
        ("thắng 2-1", []),
        ("5-10 triệu", []),
        ("Quý 3/2016", []),
        ("xe máy 15 triệu", []),
        ("sáng mai 5 giờ", []),
        ("hoa mai 20", []),
        ("năm 2016", []),
        ("1955-1976", []),
        ("3,5 và 7.345", []),
        ("192.168.1.1", []),
        ("số 19/2016/QĐ-UBND", []),
        ("may 3 áo", []),  # "May 3" in English
    ],
)
def test_what_is_a_date_and_what_is_not(typed: str, found: list[str]) -> None:
    assert dates(typed) == found


def test_an_abbreviation_and_its_long_form_are_the_same_terms() -> None:
    for short, long in (
        ("UBND tỉnh", "Uỷ ban nhân dân tỉnh"),
        ("HĐND TP. Hà Nội", "Hội đồng nhân dân thành phố Hà Nội"),
        ("12/NQ-HĐND", "12 nghị quyết hội đồng nhân dân"),
        ("TP.HCM", "Thành phố Hồ Chí Minh"),
        ("TP.Hồ Chí Minh", "Thành phố Hồ Chí Minh"),
    ):
        assert terms(short) == terms(long)
        assert index_terms(fold(short))[1] == index_terms(fold(long))[1]


@given(texts)
def test_terms_are_the_words_with_some_written_out(text: str) -> None:
    assert len(terms(text)) >= len(words(text))
    typed, folded = index_terms(text)
    assert len(typed) == len(folded)
    assert not any(" " in term for term in typed + folded)


@given(texts)
def test_the_normal_form_does_not_matter(text: str) -> None:
    assert index_terms(unicodedata.normalize("NFC", text)) == index_terms(
        unicodedata.normalize("NFD", unicodedata.normalize("NFC", text))
    )
