"""Questions of data sets put as people ask."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

from rag.training.asked_questions import as_asked
from rag.training.qa_dataset import QaRecord

TEXT = "Cầu Long Biên xây năm 1902, cầu Chương Dương xây năm 1985."
RECORDS = [
    QaRecord(
        str(number),
        f"Cầu số {number} xây năm nào?",
        "Cầu",
        TEXT,
        ((TEXT.index(year), TEXT.index(year) + 4),),
        "vi",
    )
    for number, year in enumerate(("1902", "1985") * 60)
]


def asked(records: Iterable[QaRecord]) -> list[QaRecord]:
    return as_asked([*records], {}, random.Random(1))


def test_some_are_asked_for_yes_or_no_and_some_of_those_of_what_is_not_so() -> None:
    polar = [each for each in asked(RECORDS) if "nào" not in each.question.lower() and "19" in each.question]
    said = [each.text[slice(*each.answers[0])] in each.question for each in polar]
    assert 20 < len(polar) < 70
    assert 0.3 < sum(said) / len(said) < 0.95


def test_answers_texts_and_order_stay() -> None:
    made = asked(RECORDS)
    assert [replace(each, question="") for each in made] == [replace(each, question="") for each in RECORDS]
    assert made == asked(RECORDS)


def test_questions_in_other_languages_and_without_answers_are_not_asked_otherwise_or_for_yes_or_no() -> None:
    english = [replace(each, question="When was it built?", language="en") for each in RECORDS]
    assert asked(english) == english
    unanswered = [replace(each, answers=()) for each in RECORDS]
    assert not any("1902" in each.question or "1985" in each.question for each in asked(unanswered))
