"""Statements made of questions and answers, and questions for yes or no made of statements."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rag.text.words import words
from rag.training.polar_questions import polar_question, statement
from tests.strategies import texts

LANGUAGES = ("vi", "en", "fr", "de", "es", "zh", "ja", "ko", "und")
SEEDS = range(40)


def asked(said: str, language: str = "vi") -> set[str]:
    """All ways in which a statement is asked."""
    return {polar_question(said, language, random.Random(seed)) for seed in SEEDS}


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("Cầu được xây năm nào?", "1902", "Cầu được xây năm 1902."),
        ("Cầu được xây vào năm nào?", "năm 1902", "Cầu được xây năm 1902."),
        ("Ông sinh ngày nào?", "ngày 3/2/1930", "Ông sinh ngày 3/2/1930."),
        ("Tuyến có bao nhiêu ga?", "12", "Tuyến có 12 ga."),
        ("Bao nhiêu người chết?", "318 người", "318 người chết."),
        ("Cầu dài bao nhiêu?", "2,3 km", "Cầu dài 2,3 km."),
        ("Ai xây cầu?", "Eiffel.", "Eiffel xây cầu."),
        ("Sông nào dài nhất?", "Hồng", "Sông Hồng dài nhất."),
        ("Sông nào dài nhất?", "sông Hồng", "sông Hồng dài nhất."),
        ("Thủ đô ở đâu?", "ở Hà Nội", "Thủ đô ở Hà Nội."),
        ("Thủ đô ở đâu?", "Hà Nội", "Thủ đô ở Hà Nội."),
        ("Ông đi đâu?", "Hà Nội", "Ông đi Hà Nội."),
        ("Ông mất bao giờ?", "năm 1945", "Ông mất vào năm 1945."),
        ("Ông mất khi nào?", "năm 1945", "Ông mất vào năm 1945."),
        ("Ông mất lúc nào?", "năm 1945", "Ông mất vào năm 1945."),
        ("Ông mất vào lúc nào?", "vào năm 1945", "Ông mất vào năm 1945."),
        ("Tuyến có bao nhiêu nhà ga?", "12 nhà ga", "Tuyến có 12 nhà ga."),  # a doubled word is written once
        ("Ai xây cầu?", "Eiffel Eiffel Eiffel", "Eiffel xây cầu."),
    ],
)
def test_the_answer_stands_where_it_was_asked_for(question: str, answer: str, said: str) -> None:
    assert statement(question, answer) == said


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Vì sao cầu sập?", "gió"),
        ("Cầu được xây như thế nào?", "bằng thép"),
        ("Ai làm gì?", "Eiffel"),  # two things are asked for
        ("Năm nào hay năm nào?", "1902"),
        ("Who built it?", "Eiffel"),
        ("Cầu có dài không?", "có"),
        ("", "1902"),
        ("Ai xây cầu?", " ".join(["dài"] * 13)),
    ],
)
def test_other_questions_make_no_statement(question: str, answer: str) -> None:
    assert statement(question, answer) is None


@given(answer=texts)
def test_an_answer_is_put_in_as_it_is(answer: str) -> None:
    said, whole = statement("Ai xây cầu?", answer), f"{answer.strip().rstrip('.,;')} xây cầu."
    assume(not re.search(r"\b(\w+) \1\b", whole))  # a doubled word is written once
    if said is not None:
        assert said == whole


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("Cầu là công trình cũ.", "Cầu có phải là công trình cũ không?"),
        ("Cầu đã xây xong.", "Cầu xây xong chưa?"),
        ("Cầu được xây năm 1902.", "Cầu có được xây năm 1902 không?"),
        ("Ông An là kỹ sư.", "Có phải ông An là kỹ sư không?"),
        ("Hà Nội đẹp.", "Có phải Hà Nội đẹp không?"),
        ("Ông An không đến.", "Ông An không đến phải không?"),
    ],
)
def test_vietnamese_asks_in_its_own_ways(said: str, question: str) -> None:
    assert question in asked(said)


def test_what_is_denied_is_not_asked_with_the_word_that_denies() -> None:
    assert not any("có được" in each for each in asked("Cầu không được xây năm 1902."))


def test_english_turns_the_verb_before_its_subject() -> None:
    assert "Has Eiffel built it?" in asked("Eiffel has built it.", "en")
    assert "Is the bridge old?" in asked("The bridge is old.", "en")
    assert not any(each.startswith("Is not") for each in asked("It is not old.", "en"))
    assert all(each.startswith(("Is it", "He fell")) for each in asked("He fell.", "en"))


@pytest.mark.parametrize(
    ("language", "said", "question"),
    [
        ("fr", "Le pont est vieux.", "Est-ce que le pont est vieux ?"),
        ("de", "Die Brücke ist alt.", "Die Brücke ist alt, oder?"),
        ("es", "Es viejo.", "¿es viejo?"),
        ("zh", "桥很旧。", "桥很旧吗？"),
        ("ja", "橋は古い。", "橋は古いですか？"),
        ("ko", "오래됐다.", "오래됐다?"),
    ],
)
def test_other_languages_ask_in_theirs(language: str, said: str, question: str) -> None:
    assert question in asked(said, language)


@given(said=texts, language=st.sampled_from(LANGUAGES), seed=st.integers(0, 99))
def test_a_seed_asks_the_same_again_and_always_asks(said: str, language: str, seed: int) -> None:
    question = polar_question(said, language, random.Random(seed))
    assert question == polar_question(said, language, random.Random(seed))
    assert question.endswith(("?", "？"))


@given(said=st.sampled_from(("Cầu {} cũ.", "Tuyến %s có {0} ga", "Ông An {x", "Nó }{")), seed=st.integers(0, 9))
def test_braces_in_a_statement_are_words(said: str, seed: int) -> None:
    question = polar_question(said, "vi", random.Random(seed))
    assert said.rstrip(".")[1:] in question


@given(seed=st.integers(0, 99))
def test_a_question_says_what_the_statement_says(seed: int) -> None:
    said = "Cầu Long Biên được xây năm 1902 ở Hà Nội."
    question = polar_question(said, "vi", random.Random(seed))
    assert {*words(said)} <= {*words(question)}
