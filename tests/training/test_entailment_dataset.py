"""Entailment data sets: three layouts, what is made of questions and answers, and what is held out."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from rag.errors import GoldError
from rag.text.normalize import fold, has_diacritics
from rag.training.entailment_dataset import (
    HELD_OUT_PART,
    LABELS,
    EntailmentRecord,
    entailment_mixture,
    is_held_out,
    load_entailment_dataset,
)
from rag.training.qa_dataset import Context

BRIDGE = "Cầu Vàng dài 150 m. Cầu được xây năm 2018. Ông An khánh thành cầu, ông Bình thì không."
TOWER = "Tháp Rùa xây năm 1886 ở Hà Nội."


def inference(**fields: Any) -> dict[str, Any]:
    return {"premise": BRIDGE, "hypothesis": "Cầu cũ.", "label": "neutral", "language": "vi", **fields}


def polar(**fields: Any) -> dict[str, Any]:
    return {"passage": BRIDGE, "question": "is it old", "answer": "yes", "language": "en", **fields}


def answered(name: str, question: str, answer: str, context: str = BRIDGE, **fields: Any) -> dict[str, Any]:
    start = context.index(answer) if answer else 0
    given = {"answers": [answer] if answer else [], "answer_starts": [start] if answer else []}
    return {"id": name, "question": question, "context": context, "language": "vi", **given, **fields}


def write(path: Path, *lines: dict[str, Any] | str) -> Path:
    said = (each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in lines)
    text = "".join(f"{each}\n" for each in said)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def loaded(folder: Path, *lines: dict[str, Any] | str, seed: int = 1) -> list[EntailmentRecord]:
    return load_entailment_dataset(write(folder / "s.jsonl", *lines), {}, seed)


@pytest.mark.parametrize("name", ["set.jsonl", "set.jsonl.gz"])
def test_inference_is_read_in_order_with_its_labels(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, *(inference(label=label) for label in LABELS))
    found = load_entailment_dataset(path, {}, 1)
    assert found == [EntailmentRecord(BRIDGE, "Cầu cũ.", label, "vi") for label in LABELS]


@pytest.mark.parametrize(
    ("answer", "label"),
    [("yes", "entailment"), ("no", "contradiction"), (True, "entailment"), (False, "contradiction")],
)
def test_yes_is_entailed_and_no_contradicted(tmp_path: Path, answer: str | bool, label: str) -> None:
    (found,) = loaded(tmp_path, polar(answer=answer))
    assert (found.premise, found.hypothesis, found.label, found.language) == (BRIDGE, "is it old", label, "en")


def test_a_question_and_its_answer_are_a_statement_that_the_text_entails(tmp_path: Path) -> None:
    found = loaded(tmp_path, answered("q", "Cầu được xây năm nào?", "2018"))
    (record,) = found
    assert (record.hypothesis, record.label) == ("Cầu được xây năm 2018.", "entailment")
    assert "Cầu được xây năm 2018." in record.premise
    assert record.premise in BRIDGE


def test_another_answer_of_the_same_text_contradicts(tmp_path: Path) -> None:
    found = loaded(
        tmp_path, answered("a", "Ai khánh thành cầu?", "Ông An"), answered("b", "Ai không khánh thành?", "ông Bình")
    )
    assert not [each for each in found if each.label == "contradiction"]  # Ông and ông differ in shape
    found = loaded(
        tmp_path, answered("a", "Cầu dài bao nhiêu?", "150 m"), answered("b", "Cầu được xây năm nào?", "2018")
    )
    said = {each.hypothesis for each in found if each.label == "contradiction"}
    assert said == {"Cầu dài 2018.", "Cầu được xây năm 150 m."}


def test_before_another_text_a_statement_is_neither(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        answered("a", "Cầu được xây năm nào?", "2018"),
        answered("b", "Tháp Rùa xây năm nào?", "1886", TOWER),
    )
    neutral = [(each.premise, each.hypothesis) for each in found if each.label == "neutral"]
    assert [said for _, said in neutral] == ["Cầu được xây năm 2018.", "Tháp Rùa xây năm 1886."]
    assert neutral[0][0] == TOWER
    assert neutral[1][0] in BRIDGE


def test_a_text_that_holds_the_answer_too_is_not_neutral(tmp_path: Path) -> None:
    found = loaded(
        tmp_path, answered("a", "Cầu được xây năm nào?", "2018"), answered("b", "Ai vẽ?", "An", "An vẽ năm 2018.")
    )
    assert "Cầu được xây năm 2018." not in {each.hypothesis for each in found if each.label == "neutral"}


@pytest.mark.parametrize(
    "line", [answered("q", "Vì sao cầu vàng?", "150 m"), answered("q", "Cầu được xây năm nào?", "")]
)
def test_what_makes_no_statement_is_left_out(tmp_path: Path, line: dict[str, Any]) -> None:
    assert loaded(tmp_path, line) == []


def test_a_text_may_be_referred_to_by_id(tmp_path: Path) -> None:
    line = answered("q", "Cầu được xây năm nào?", "2018", article="a")
    del line["context"]
    path = write(tmp_path / "s.jsonl", line)
    (found,) = load_entailment_dataset(path, {"a": Context("", BRIDGE)}, 1)
    assert found.label == "entailment"


def test_a_seed_makes_the_same_statements_again(tmp_path: Path) -> None:
    lines = [
        answered("a", "Cầu dài bao nhiêu?", "150 m"),
        answered("b", "Cầu được xây năm nào?", "2018"),
        answered("c", "Tháp Rùa xây năm nào?", "1886", TOWER),
    ]
    assert loaded(tmp_path, *lines) == loaded(tmp_path, *lines)
    assert len({tuple(loaded(tmp_path, *lines, seed=seed)) for seed in range(9)}) > 1


@pytest.mark.parametrize(
    "bad",
    [
        inference(label="maybe"),
        inference(label=["neutral"]),
        inference(label=None),
        inference(premise=3),
        {"hypothesis": "Cầu cũ.", "label": "neutral", "language": "vi"},
        {key: value for key, value in inference().items() if key != "language"},
        "{",
        "3",
        "[]",
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, bad: dict[str, Any] | str) -> None:
    with pytest.raises(GoldError, match=r"s\.jsonl:2: "):
        loaded(tmp_path, inference(), bad)


def test_a_bad_label_is_told(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="'maybe' is no label"):
        loaded(tmp_path, inference(label="maybe"))


@pytest.mark.parametrize("lines", [(), ("", "  ")])
def test_a_file_without_examples_is_an_error(tmp_path: Path, lines: tuple[str, ...]) -> None:
    with pytest.raises(GoldError, match="holds no examples"):
        loaded(tmp_path, *lines)


def premises(*, held_out: bool, count: int) -> list[str]:
    found = (f"Tin số {number}." for number in range(10_000))
    return [text for text in found if is_held_out(text) is held_out][:count]


def test_one_text_in_so_many_is_held_out_whatever_its_punctuation() -> None:
    held = [is_held_out(f"Tin số {number}.") for number in range(2000)]
    assert sum(held) == pytest.approx(2000 / HELD_OUT_PART, rel=0.25)
    for text in premises(held_out=True, count=5):
        assert is_held_out(text.upper().replace(".", "  !"))


def test_held_out_texts_are_not_mixed_in(tmp_path: Path) -> None:
    kept, held = premises(held_out=False, count=20), premises(held_out=True, count=20)
    path = write(tmp_path / "s.jsonl", *(inference(premise=text) for text in (*kept, *held)))
    found = entailment_mixture([(path, None)], {}, 1)
    assert sorted(each.premise for each in found) == sorted(kept)


def test_a_mixture_takes_at_most_so_many_of_each_set(tmp_path: Path) -> None:
    texts = premises(held_out=False, count=30)
    one = write(tmp_path / "one.jsonl", *(inference(premise=text) for text in texts))
    two = write(tmp_path / "two.jsonl", *(polar(passage=text) for text in texts[:5]))
    found = entailment_mixture([(one, 10), (two, 10)], {}, 1)
    assert [sum(each.language == language for each in found) for language in ("vi", "en")] == [10, 5]
    assert found == entailment_mixture([(one, 10), (two, 10)], {}, 1)
    assert found != entailment_mixture([(one, 10), (two, 10)], {}, 2)
    in_order = [each.language for each in found]
    assert in_order != sorted(in_order)
    assert in_order != sorted(in_order, reverse=True)


def test_some_statements_are_put_as_questions_and_some_lose_their_diacritics(tmp_path: Path) -> None:
    texts = premises(held_out=False, count=300)
    path = write(tmp_path / "s.jsonl", *(inference(premise=text, label="entailment") for text in texts))
    found = entailment_mixture([(path, None)], {}, 1)
    asked = sum(each.hypothesis.endswith("?") for each in found)
    bare = sum(not has_diacritics(each.hypothesis) for each in found)
    assert 0.25 < asked / len(found) < 0.45
    assert 0.04 < bare / len(found) < 0.18
    assert all("cau cu" in fold(each.hypothesis).casefold() for each in found)
    assert {each.label for each in found} == {"entailment"}


def test_questions_and_other_languages_stay_as_they_are(tmp_path: Path) -> None:
    texts = premises(held_out=False, count=50)
    path = write(
        tmp_path / "s.jsonl", *(polar(passage=text, question="Où était-ce ?", language="fr") for text in texts)
    )
    assert {each.hypothesis for each in entailment_mixture([(path, None)], {}, 1)} == {"Où était-ce ?"}


def test_a_set_is_drawn_from_alike_whatever_stands_beside_it(tmp_path: Path) -> None:
    texts = premises(held_out=False, count=40)
    one = write(tmp_path / "one.jsonl", *(inference(premise=text) for text in texts))
    two = write(tmp_path / "two.jsonl", *(polar(passage=text) for text in texts))
    alone = {each.premise for each in entailment_mixture([(one, 7)], {}, 1)}
    beside = {each.premise for each in entailment_mixture([(two, 5), (one, 7)], {}, 1) if each.language == "vi"}
    assert alone == beside


@pytest.mark.parametrize(
    "answer",
    [
        "perhaps",
        "Yes",
        "",
        None,
        ["yes"],
        2,
        1,
    ],
)
def test_an_answer_that_is_neither_yes_nor_no_is_named(tmp_path: Path, answer: Any) -> None:
    with pytest.raises(GoldError, match=r"s\.jsonl:1: "):
        loaded(tmp_path, polar(answer=answer))


def test_a_first_line_that_is_a_number_is_named(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"s\.jsonl:1: "):
        loaded(tmp_path, "3")


def test_a_blank_premise_is_left_out(tmp_path: Path) -> None:
    assert loaded(tmp_path, inference(premise=" "), inference()) == [
        EntailmentRecord(BRIDGE, "Cầu cũ.", "neutral", "vi")
    ]
