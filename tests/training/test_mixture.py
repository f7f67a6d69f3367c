from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.errors import GoldError
from rag.training.mixture import drawn, foreign, training_mixture
from rag.training.qa_dataset import kept_apart

ENGLISH = [
    f"The Golden Bridge number {number} in Da Nang was opened in {1900 + number} by Anna Smith, and is very long."
    for number in range(40)
]
VIETNAMESE = [
    f"Cây cầu Golden Bridge số {number} ở Da Nang do bà Anna Smith khánh thành năm {1900 + number}, và nó rất dài."
    for number in range(40)
]


def write(path: Path, texts: list[str], *, answered: bool, language: str) -> Path:
    lines: list[dict[str, Any]] = []
    for number, text in enumerate(texts):
        said = str(1900 + number)
        answers = {"answers": [said], "answer_starts": [text.index(said)]} if answered else {}
        fields = {"id": f"{language}-{number}", "question": f"When, {number}?", "context": text, "language": language}
        lines.append({"answers": [], "answer_starts": [], **fields, **answers})
    path.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    return path


@pytest.fixture
def sets(tmp_path: Path) -> list[Path]:
    return [
        write(tmp_path / "en.jsonl", ENGLISH, answered=True, language="en"),
        write(tmp_path / "vi.jsonl", VIETNAMESE, answered=False, language="vi"),
    ]


def test_a_set_without_answers_is_asked_what_it_answers_too(sets: list[Path]) -> None:
    found = training_mixture(sets, None, frozenset(), lambda _: (), 1)
    over = [each for each in found if each.text in VIETNAMESE]
    assert any(each.id.endswith("-across") and each.answers for each in over)
    for each in found:
        assert all(each.text[start:end].strip() for start, end in each.answers)
    assert found == training_mixture(sets, None, frozenset(), lambda _: (), 1)


def test_a_set_named_twice_counts_twice(sets: list[Path]) -> None:
    once, twice = (training_mixture(named, None, frozenset(), lambda _: (), 1) for named in (sets[:1], sets[:1] * 2))
    assert len(twice) == 2 * len(once) == 2 * len(ENGLISH)


def test_questions_are_put_before_texts_of_another_language_that_say_the_same(sets: list[Path]) -> None:
    found = foreign(sets, None, frozenset(), "vi")
    assert {each.text for each in found} <= set(VIETNAMESE)
    assert {each.language for each in found} == {"en"}
    for each in found:
        assert [each.text[start:end] for start, end in each.answers] == [str(1900 + VIETNAMESE.index(each.text))]
    with pytest.raises(GoldError, match="no text in fr"):
        foreign(sets, None, frozenset(), "fr")


def test_questions_in_another_language_are_drawn_with_their_own_texts(sets: list[Path]) -> None:
    found = drawn(sets, None, frozenset(), 7, "vi", 1)
    assert len(found) == 7 == len({each.id for each in found})
    places = [ENGLISH.index(each.text) for each in found if each.answers]
    assert len(places) == 7
    assert places == sorted(places)  # neighbours stay near each other
    assert found == drawn(sets, None, frozenset(), 7, "vi", 1) != drawn(sets, None, frozenset(), 7, "vi", 2)
    assert len(drawn(sets, None, frozenset(), 1000, "vi", 1)) == len(ENGLISH)
    with pytest.raises(GoldError, match="no question in another language than en"):
        drawn(sets, None, frozenset(), 7, "en", 1)


def test_texts_that_are_held_back_never_appear(sets: list[Path], tmp_path: Path) -> None:
    held = tmp_path / "gold.jsonl"
    texts = [ENGLISH[3], VIETNAMESE[5]]
    held.write_text(
        "".join(json.dumps({"id": f"a{number}", "text": text}) + "\n" for number, text in enumerate(texts))
        + json.dumps({"id": "fr-7", "question": "Quand?"})
    )
    found = training_mixture(sets, None, kept_apart([held]), lambda _: (), 1)
    assert found
    assert not {each.text for each in found} & {*texts, ENGLISH[7], VIETNAMESE[7]}


def test_nothing_left_to_learn_from_is_an_error(sets: list[Path], tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    with pytest.raises(GoldError, match="no questions are left"):
        training_mixture([tmp_path / "empty.jsonl"], None, frozenset(), lambda _: (), 1)
    apart = kept_apart(sets)
    with pytest.raises(GoldError, match="not held back"):
        training_mixture(sets, None, apart, lambda _: (), 1)
    assert training_mixture([sets[0], tmp_path / "empty.jsonl"], None, frozenset(), lambda _: (), 1)
