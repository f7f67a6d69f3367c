"""The evidence of a comparison: the quotes of its sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.answering import comparison
from rag.answering.evidence import MARGIN, MAX_QUOTES, Evidence, HeldSide
from rag.answering.quote import Quote
from rag.query.comparison import Side
from rag.query.query import make_query
from tests.doubles import EmptyTermStatistics, HashEmbedder


def quote(text: str, language: str = "vi", score: float = 1.0) -> Quote:
    return Quote(text, "Tin", text, None, language, 0, len(text), text, score)


def evidence(*quotes: Quote, confidence: float = 0.5) -> Evidence:
    return Evidence(quotes, (), confidence)


ASKED = make_query("Cầu cũ với cầu mới, cầu nào dài hơn?", EmptyTermStatistics(), HashEmbedder())
SIDES = (Side("Cầu cũ", "Cầu cũ, cầu nào dài hơn?"), Side("cầu mới", "Cầu mới, cầu nào dài hơn?"))


def compared(whole: Evidence, sides: Sequence[Evidence]) -> Evidence:
    return comparison.compared(ASKED, whole, [*zip(SIDES, sides, strict=True)])


OLD, NEW, BOTH = (
    quote("Cầu cũ dài 1,7 km."),
    quote("Cầu mới dài 3,9 km.", score=0.2),
    quote("Hai cầu đều đẹp.", score=2.0),
)


def test_the_best_quote_of_each_side_stands_first_in_their_order() -> None:
    found = compared(evidence(BOTH, NEW), [evidence(OLD), evidence(NEW)])
    assert [each.text for each in found.quotes] == [OLD.text, NEW.text, BOTH.text]
    assert found.short is None
    assert min(each.score for each in found.quotes[:2]) >= BOTH.score  # both come close enough to be shown


def test_the_next_quote_of_each_side_is_shown_where_it_comes_close() -> None:
    near, far = quote("Cầu cũ có 19 nhịp.", score=1.1 - MARGIN), quote("Cầu mới sơn xanh.", score=0.1 - MARGIN)
    found = compared(evidence(BOTH), [evidence(OLD, near, quote("Thêm nữa.")), evidence(NEW, far)])
    assert [each.text for each in found.quotes] == [OLD.text, NEW.text, near.text, BOTH.text]


def test_the_surer_side_is_held_by_itself() -> None:
    answered = replace(OLD, answer=(11, 17), answer_probability=1.0)
    found = compared(evidence(BOTH), [evidence(answered, confidence=0.9), evidence(NEW, confidence=0.2)])
    assert found.held_side == HeldSide((replace(answered, answer=None),), 0.9, "cầu mới")
    turned = compared(evidence(BOTH), [evidence(OLD, confidence=0.2), evidence(NEW, confidence=0.9)])
    assert turned.held_side == HeldSide((NEW,), 0.9, "Cầu cũ")


def test_a_side_whose_quote_does_not_name_it_is_not_held() -> None:
    for other in (quote("Sông Vệ dài 90 km."), quote("Le fleuve est long.", language="fr")):
        sides = [evidence(other, confidence=0.9), evidence(NEW, confidence=0.2)]
        assert compared(evidence(BOTH), sides).held_side is None


def test_it_is_as_sure_as_its_less_sure_side_or_as_the_whole() -> None:
    sides = [evidence(OLD, confidence=0.9), evidence(NEW, confidence=0.7)]
    assert compared(evidence(BOTH, confidence=0.2), sides).confidence == 0.7
    assert compared(evidence(BOTH, confidence=0.8), sides).confidence == 0.8


def test_a_side_that_no_quote_holds_decides_nothing() -> None:
    other = quote("Sông Vệ dài 90 km.", score=0.2)
    found = compared(evidence(BOTH, confidence=0.9), [evidence(OLD, confidence=0.9), evidence(other, confidence=0.3)])
    assert found.confidence == 0.3


def test_without_a_quote_of_each_side_the_evidence_stays() -> None:
    whole = evidence(BOTH)
    assert compared(whole, [evidence(OLD), evidence()]) == whole


def test_a_quote_that_answers_for_both_sides_is_none_of_two() -> None:
    whole = evidence(NEW)
    assert compared(whole, [evidence(BOTH), evidence(BOTH)]) == whole
    found = compared(whole, [evidence(BOTH, OLD), evidence(BOTH, NEW)])
    assert [each.text for each in found.quotes] == [BOTH.text, NEW.text, OLD.text]


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
