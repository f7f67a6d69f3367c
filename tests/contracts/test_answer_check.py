"""What every check of answers promises: `rag.answering.answer_check.AnswerCheck`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.answer_check import AnswerCheck, Verdict
from rag.answering.model_check import ModelCheck
from rag.answering.quote import Quote
from rag.answering.verification import RuleCheck
from rag.errors import GenerationError
from rag.models.text_vectors import TextVectors
from tests.doubles import HashEmbedder, JudgeModel, SharedWordsCheck
from tests.strategies import texts

IMPLEMENTATIONS: dict[str, Callable[[], AnswerCheck]] = {
    "rules": RuleCheck,
    "rules with vectors": lambda: RuleCheck(TextVectors(HashEmbedder("multilingual-e5-small"))),
    "model": lambda: ModelCheck(JudgeModel(), 60.0),
    "double": SharedWordsCheck,
}
each_check = pytest.mark.parametrize("make", IMPLEMENTATIONS.values(), ids=IMPLEMENTATIONS)


def quote(text: str, title: str = "Bản tin") -> Quote:
    return Quote("a.md", title, "a.md", "2016-07-21", "vi", 0, len(text), text, 1.0)


LENGTH = quote("Cầu Rồng dài 666 m, bắc qua sông Hàn.")
OTHER = quote("Ông Lê An trồng cây ở vườn nhà.")


@each_check
def test_a_quote_that_says_the_claim_supports_it_wherever_it_stands(make: Callable[[], AnswerCheck]) -> None:
    check = make()
    for quotes, place in (([LENGTH], 0), ([LENGTH, OTHER], 0), ([OTHER, LENGTH], 1)):
        verdict = check.check("Cầu Rồng dài 666 m.", quotes)
        assert (verdict.support, verdict.quotes) == ("supported", (place,))


@each_check
@pytest.mark.parametrize("claim", ["Cầu Rồng dài 999 m.", "Tổng thống Pháp thăm Paris vào mùa xuân."])
def test_what_no_quote_says_is_unsupported_by_any(make: Callable[[], AnswerCheck], claim: str) -> None:
    for quotes in ([], [LENGTH], [LENGTH, OTHER]):
        verdict = make().check(claim, quotes)
        assert (verdict.support, verdict.quotes) == ("unsupported", ())


@each_check
def test_what_only_several_quotes_say_is_never_supported(make: Callable[[], AnswerCheck]) -> None:
    claim = "Cầu Rồng bắc qua sông Hàn và Lê An trồng cây ở vườn nhà."
    assert make().check(claim, [LENGTH, OTHER]).support == "partly"


@each_check
@given(claim=texts, held=st.lists(texts, max_size=3))
def test_a_verdict_is_whole_whatever_the_texts(
    make: Callable[[], AnswerCheck], claim: str, held: Sequence[str]
) -> None:
    check = make()
    quotes = [quote(text) for text in held]
    verdict = check.check(claim, quotes)
    assert_whole(verdict, len(quotes))
    assert check.check(claim, quotes) == verdict


def assert_whole(verdict: Verdict, quotes: int) -> None:
    assert verdict.support in ("supported", "partly", "unsupported")
    assert list(verdict.quotes) == sorted(set(verdict.quotes) & set(range(quotes)))
    assert bool(verdict.quotes) == (verdict.support != "unsupported")
    assert verdict.support != "supported" or len(verdict.quotes) == 1
    assert verdict.reason


@pytest.mark.parametrize("make", [IMPLEMENTATIONS["model"]], ids=["model"])
def test_a_check_that_can_take_long_ends_in_time(make: Callable[[], AnswerCheck]) -> None:
    with pytest.raises(GenerationError, match="no time left"):
        make().check("Cầu Rồng dài 666 m.", [LENGTH], timeout=0.0)
