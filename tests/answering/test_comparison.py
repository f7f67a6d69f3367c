"""The evidence of a comparison: the quotes of its sides, and which of two quantities is more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering import comparison
from rag.answering.comparison import relation_of
from rag.answering.evidence import MAX_QUOTES, Evidence
from rag.answering.quote import Quote
from rag.query.query import make_query
from tests.doubles import EmptyTermStatistics, HashEmbedder


def quote(text: str, language: str = "vi", score: float = 1.0) -> Quote:
    return Quote(text, "Tin", text, None, language, 0, len(text), text, score)


def evidence(*quotes: Quote, confidence: float = 0.5) -> Evidence:
    return Evidence(quotes, (), confidence)


ASKED = make_query("Cầu cũ với cầu mới, cầu nào dài hơn?", EmptyTermStatistics(), HashEmbedder())
SIDES = ("Cầu cũ, cầu nào dài hơn?", "Cầu mới, cầu nào dài hơn?")


def compared(whole: Evidence, sides: Sequence[Evidence]) -> Evidence:
    return comparison.compared(ASKED, whole, [*zip(SIDES, sides, strict=True)])


OLD, NEW, BOTH = (
    quote("Cầu cũ dài 1,7 km."),
    quote("Cầu mới dài 3,9 km.", score=0.2),
    quote("Hai cầu đều đẹp.", score=2.0),
)


@pytest.mark.parametrize(
    ("one", "other", "relation"),
    [
        ("Tuyến dài 13 km.", "Tuyến dài 19,7 km.", "13 km < 19,7 km"),
        ("Cao 8.848 m", "Cao 3.147,3 m", "8.848 m > 3.147,3 m"),
        ("Có 12 ga.", "Có 14 ga.", "12 ga < 14 ga"),
        ("Có 24 người chết.", "Có 300 người chết.", "24 người < 300 người"),
        ("Dài 13 km, có 12 ga.", "Dài 8 km.", "13 km > 8 km"),
    ],
)
def test_quantities_of_one_unit_are_compared(one: str, other: str, relation: str) -> None:
    assert relation_of(quote(one), quote(other)) == relation


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dài 13 km, có 12 ga.", "Dài 8 km, có 9 ga."),  # which of the two was asked for is not known
        ("Dài 13 km, dài 14 km.", "Dài 8 km."),
        ("Dài hơn 13 km.", "Dài gần 13 km."),
        ("Rộng 30 m.", "Cao 100 m."),
        ("Có 348 người chết.", "Có 5.000 người sơ tán."),
        ("Giá tăng 5%", "Giá giảm 7%"),
        ("Nhiệt độ là âm 3 độ C.", "Nhiệt độ là 2 độ C."),
        ("Cách Hà Nội 20 km.", "Cách biển 3 km."),
        ("Dài 13 km.", "Nặng 8 kg."),
        ("Dài 13 km.", "Rất dài."),
        ("Xây năm 1902.", "Xây năm 1985."),
    ],
)
def test_what_is_not_surely_comparable_is_not_compared(one: str, other: str) -> None:
    assert relation_of(quote(one), quote(other)) is None


def test_numbers_are_written_as_the_quotes_write_them() -> None:
    one, other = quote("It is 1,500.5 km long.", "en"), quote("It is 13.5 km long.", "en")
    assert relation_of(one, other) == "1,500.5 km > 13.5 km"
    assert relation_of(other, one) == "13.5 km < 1,500.5 km"


@given(one=st.integers(0, 10**7), other=st.integers(0, 10**7))
def test_the_sign_is_that_of_the_numbers_and_turns_with_them(one: int, other: int) -> None:
    first, second = quote(f"dài {one} km"), quote(f"dài {other} km")
    expected = None if one == other else f"{one} km {'<' if one < other else '>'} {other} km"
    turned = None if one == other else f"{other} km {'>' if one < other else '<'} {one} km"
    assert (relation_of(first, second), relation_of(second, first)) == (expected, turned)


def test_the_best_quote_of_each_side_stands_first_in_their_order() -> None:
    found = compared(evidence(BOTH, NEW), [evidence(OLD), evidence(NEW)])
    assert [each.text for each in found.quotes] == [OLD.text, NEW.text, BOTH.text]
    assert found.relation == "1,7 km < 3,9 km"
    assert found.short is None
    assert min(each.score for each in found.quotes[:2]) >= BOTH.score  # both come close enough to be shown


def test_it_is_as_sure_as_its_less_sure_side_or_as_the_whole() -> None:
    sides = [evidence(OLD, confidence=0.9), evidence(NEW, confidence=0.7)]
    assert compared(evidence(BOTH, confidence=0.2), sides).confidence == 0.7
    assert compared(evidence(BOTH, confidence=0.8), sides).confidence == 0.8


def test_a_side_that_no_quote_holds_decides_nothing() -> None:
    other = quote("Sông Vệ dài 90 km.", score=0.2)
    found = compared(evidence(BOTH, confidence=0.9), [evidence(OLD, confidence=0.9), evidence(other, confidence=0.3)])
    assert (found.relation, found.confidence) == (None, 0.3)


def test_without_a_quote_of_each_side_the_evidence_stays() -> None:
    whole = evidence(BOTH)
    assert compared(whole, [evidence(OLD), evidence()]) == whole


def test_a_quote_that_answers_for_both_sides_stands_once() -> None:
    found = compared(evidence(NEW), [evidence(BOTH), evidence(BOTH)])
    assert [each.text for each in found.quotes] == [BOTH.text, NEW.text]
    assert found.relation is None


def test_there_are_no_more_quotes_than_of_other_questions() -> None:
    many = [quote(f"Câu {number}.") for number in range(MAX_QUOTES)]
    found = compared(evidence(*many), [evidence(OLD), evidence(NEW)])
    assert len(found.quotes) == MAX_QUOTES
    assert found.quotes[2:] == (*many[: MAX_QUOTES - 2],)


def test_no_side_has_a_short_answer_of_its_own() -> None:
    answered = replace(OLD, answer=(11, 17), answer_probability=1.0)
    assert answered.short == "1,7 km"
    found = compared(evidence(), [evidence(answered), evidence(NEW)])
    assert [each.short for each in found.quotes] == [None, None]
