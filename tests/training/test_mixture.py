from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.errors import GoldError
from rag.text.normalize import fold
from rag.training.mixture import mix, parallel_records, sample_records, training_mixture
from rag.training.qa_dataset import Context, QaRecord, held_out_keys

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
        year = str(1900 + number)
        answers = {"answers": [year], "answer_starts": [text.index(year)]} if answered else {}
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


def test_texts_of_a_set_without_answers_get_questions_that_they_answer(sets: list[Path]) -> None:
    found = training_mixture(sets, None, frozenset(), lambda _: (), 1)
    over = [each for each in found if each.text in VIETNAMESE]
    assert any(each.id.endswith("-across") and each.answers for each in over)
    for each in found:
        assert all(each.text[start:end].strip() for start, end in each.answers)
    assert found == training_mixture(sets, None, frozenset(), lambda _: (), 1)


def test_a_set_named_twice_counts_twice(sets: list[Path]) -> None:
    once, twice = (training_mixture(named, None, frozenset(), lambda _: (), 1) for named in (sets[:1], sets[:1] * 2))
    assert len(twice) == 2 * len(once) == 2 * len(ENGLISH)


def test_questions_are_put_before_parallel_texts_in_another_language(sets: list[Path]) -> None:
    found = parallel_records(sets, None, frozenset(), "vi")
    assert {each.text for each in found} <= set(VIETNAMESE)
    assert {each.language for each in found} == {"en"}
    for each in found:
        assert [each.text[start:end] for start, end in each.answers] == [str(1900 + VIETNAMESE.index(each.text))]
    with pytest.raises(GoldError, match="no text in fr is parallel"):
        parallel_records(sets, None, frozenset(), "fr")


def test_records_in_another_language_are_sampled_in_order(sets: list[Path]) -> None:
    found = sample_records(sets, None, frozenset(), 7, "vi", 1)
    assert len(found) == 7 == len({each.id for each in found})
    places = [ENGLISH.index(each.text) for each in found if each.answers]
    assert len(places) == 7
    assert places == sorted(places)  # neighbours stay near each other
    assert (
        found
        == sample_records(sets, None, frozenset(), 7, "vi", 1)
        != sample_records(sets, None, frozenset(), 7, "vi", 2)
    )
    assert len(sample_records(sets, None, frozenset(), 1000, "vi", 1)) == len(ENGLISH)
    with pytest.raises(GoldError, match="no question in another language than en"):
        sample_records(sets, None, frozenset(), 7, "en", 1)


def test_held_out_texts_never_appear(sets: list[Path], tmp_path: Path) -> None:
    held = tmp_path / "gold.jsonl"
    texts = [ENGLISH[3], VIETNAMESE[5]]
    held.write_text(
        "".join(json.dumps({"id": f"a{number}", "text": text}) + "\n" for number, text in enumerate(texts))
        + json.dumps({"id": "fr-7", "question": "Quand?"})
    )
    found = training_mixture(sets, None, held_out_keys([held]), lambda _: (), 1)
    assert found
    assert not {each.text for each in found} & {*texts, ENGLISH[7], VIETNAMESE[7]}


def test_nothing_left_to_train_on_is_an_error(sets: list[Path], tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    with pytest.raises(GoldError, match="no questions are left"):
        training_mixture([tmp_path / "empty.jsonl"], None, frozenset(), lambda _: (), 1)
    everything = held_out_keys(sets)
    with pytest.raises(GoldError, match="not held out"):
        training_mixture(sets, None, everything, lambda _: (), 1)
    assert training_mixture([sets[0], tmp_path / "empty.jsonl"], None, frozenset(), lambda _: (), 1)


TEXTS = [
    f"Cầu số {number} dài {450 + number} m. " + "Cầu rất đẹp và có nhiều người đến thăm. " * 12 for number in range(9)
]


def record(number: int, language: str = "vi") -> QaRecord:
    text, answer = TEXTS[number], f"{450 + number} m"
    start = text.index(answer)
    return QaRecord(
        f"q{number}", f"Cầu số {number} dài bao nhiêu?", "Cầu", text, ((start, start + len(answer)),), language
    )


RECORDS = [record(number) for number in range(9)]


def test_a_share_of_the_questions_gets_a_context_that_does_not_answer() -> None:
    records = RECORDS * 40
    mixed = mix([records], lambda _: (), 1)
    assert len(mixed) == len(records)
    unanswerable = [each for each in mixed if not each.answers]
    assert 0.2 < len(unanswerable) / len(mixed) < 0.4
    for each in unanswerable:
        own = RECORDS[int(each.id[1:])]
        ((start, end),) = own.answers
        assert own.text[start:end] not in each.text
    assert mixed == mix([records], lambda _: (), 1) != mix([records], lambda _: (), 2)


def test_hard_negatives_go_before_neighbours() -> None:
    mixed = mix([RECORDS * 40], lambda _: [Context("Phở", "Phở rất ngon.")], 1)
    assert {each.text for each in mixed if not each.answers} == {"Phở rất ngon."}
    same = mix([RECORDS * 40], lambda each: [Context("", each.text)], 1)
    assert all(each.answers for each in same)


def test_a_share_of_the_vietnamese_questions_alone_loses_its_diacritics() -> None:
    mixed = mix([RECORDS * 40, [record(1, "en")] * 100], lambda _: (), 1)
    bare = [each for each in mixed if each.question == fold(each.question)]
    assert {each.language for each in bare} == {"vi"}
    assert 0.1 < len(bare) / 360 < 0.3
