"""The fit of the kinds of questions on a made set, and the questions that the shipped weights were fitted on."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.errors import GoldError
from rag.models.weights_file import FOLDER, read_weights
from rag.query.question_kind import KINDS, QuestionKindWeights, probabilities, rule_signals
from rag.text.normalize import clean, fold
from rag.text.words import words
from rag.training.question_kind_fit import KindExample, fit_question_kinds, load_kind_examples
from tests.doubles import HashEmbedder

SHIPPED = (FOLDER / "question_kinds.jsonl", FOLDER / "question_wordings.jsonl")
DIMENSION = 16
EMBED = HashEmbedder(dimension=DIMENSION).embed_queries
# Questions whose first word tells their kind, and whose last word tells nothing.
MADE = [KindExample(f"từ{kind.replace('_', '')} câu hỏi {number}", kind) for kind in KINDS for number in range(10)]


@pytest.fixture(scope="module")
def fitted() -> tuple[QuestionKindWeights, dict[str, float]]:
    return fit_question_kinds(MADE, EMBED)


def write(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines), encoding="utf-8")
    return path


def five_of_each() -> list[dict[str, Any]]:
    """As few questions of each kind as a file may have."""
    return [{"question": f"Hỏi {kind} {number}?", "kind": kind} for kind in KINDS for number in range(5)]


def test_a_word_that_tells_the_kind_is_learned(fitted: tuple[QuestionKindWeights, dict[str, float]]) -> None:
    weights, measures = fitted
    for each in MADE:
        likely = probabilities(each.question, EMBED([each.question])[0], weights)
        assert max(likely, key=lambda kind: likely[kind]) == each.kind
    unseen = "tuorder câu hỏi khác"
    assert probabilities(unseen, EMBED([unseen])[0], weights)["order"] > 0.5
    assert measures["questions"] == len(MADE)
    assert measures["accuracy, the likeliest"] > 0.9
    assert {f"{kind}: {measure}" for kind in KINDS for measure in ("precision", "recall")} < {*measures}
    assert all(0 <= value <= 1 for name, value in measures.items() if name != "questions")


def test_weights_have_the_shape_that_is_read(fitted: tuple[QuestionKindWeights, dict[str, float]]) -> None:
    weights, _ = fitted
    assert (len(weights.vector), len(weights.rules)) == (DIMENSION, len(rule_signals("")))
    rows = (weights.constant, *weights.vector, *weights.rules, *weights.grams.values())
    assert {len(row) for row in rows} == {len(KINDS)}


def test_thresholds_are_probabilities_and_a_fact_needs_none(
    fitted: tuple[QuestionKindWeights, dict[str, float]],
) -> None:
    weights, _ = fitted
    assert {*weights.least} == {*KINDS} - {"fact"}
    assert all(0 < least <= 1 for least in weights.least.values())


def test_words_that_stand_in_few_questions_do_not_count(
    fitted: tuple[QuestionKindWeights, dict[str, float]],
) -> None:
    weights, _ = fitted
    assert {"^", "$", "cau", "cau hoi", "tuorder", "^ tuorder"} <= {*weights.grams}
    rare = [KindExample("hiếm câu hỏi", "order")] * 2
    again, _ = fit_question_kinds([*MADE, *rare], EMBED)
    assert "hiem" not in again.grams
    again, _ = fit_question_kinds([*MADE, *rare, *rare[:1]], EMBED)
    assert "hiem" in again.grams


def test_the_same_questions_give_the_same_weights(fitted: tuple[QuestionKindWeights, dict[str, float]]) -> None:
    weights, measures = fit_question_kinds(MADE, EMBED)
    assert (asdict(weights), measures) == (asdict(fitted[0]), fitted[1])


def test_what_nothing_tells_apart_is_never_believed() -> None:
    """Every question is the same, so that a kind is right as often as chance has it."""
    same = [KindExample("câu hỏi", kind) for kind in KINDS for _ in range(10)]
    weights, measures = fit_question_kinds(same, lambda asked: np.ones((len(asked), 2), np.float32))
    assert {*weights.least.values()} == {1.0}
    assert measures["fact: recall"] == 1.0
    assert {measures[f"{kind}: recall"] for kind in KINDS if kind != "fact"} == {0.0}


def test_examples_are_read_in_order(tmp_path: Path) -> None:
    found = load_kind_examples(write(tmp_path / "k.jsonl", *five_of_each()))
    assert found == [KindExample(f"Hỏi {kind} {number}?", kind) for kind in KINDS for number in range(5)]


@pytest.mark.parametrize("kind", ["vague", "fact"])
@pytest.mark.parametrize("left", [0, 1, 4])
def test_a_kind_of_too_few_questions_is_an_error(tmp_path: Path, kind: str, left: int) -> None:
    others = [each for each in five_of_each() if each["kind"] != kind]
    own = [each for each in five_of_each() if each["kind"] == kind]
    path = write(tmp_path / "k.jsonl", *others, *own[:left])
    said = rf"k\.jsonl: has too few questions of the kind {kind}; give 5 or more of each$"
    with pytest.raises(GoldError, match=said):
        load_kind_examples(path)


def test_the_fewest_questions_that_are_read_can_be_fitted(tmp_path: Path) -> None:
    examples = load_kind_examples(write(tmp_path / "k.jsonl", *five_of_each()))
    _, measures = fit_question_kinds(examples, EMBED)
    assert measures["questions"] == 5 * len(KINDS)


@pytest.mark.parametrize(
    "bad",
    [
        {"question": "Gì?", "kind": "riddle"},
        {"question": "Gì?"},
        {"kind": "fact"},
        {"question": 3, "kind": "fact"},
        {"question": None, "kind": "fact"},
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, bad: dict[str, Any]) -> None:
    with pytest.raises(GoldError, match=rf"k\.jsonl:{5 * len(KINDS) + 1}: "):
        load_kind_examples(write(tmp_path / "k.jsonl", *five_of_each(), bad))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_the_questions_that_ship_are_whole(path: Path) -> None:
    examples = load_kind_examples(path)
    assert min(Counter(each.kind for each in examples).values()) >= 100
    for each in examples:
        assert clean(each.question).strip() == each.question
        assert words(each.question)


def test_no_question_that_ships_stands_twice_or_is_of_two_kinds() -> None:
    counts = Counter(" ".join(words(each.question)) for path in SHIPPED for each in load_kind_examples(path))
    assert [question for question, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_vietnamese_and_other_languages_ask_for_every_kind(path: Path) -> None:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    asked = Counter((each["language"], each["kind"]) for each in lines)
    assert all(asked[language, kind] >= 5 for language in ("vi", "en", "fr", "zh") for kind in KINDS)
    bare = [each for each in lines if each["language"] == "vi" and each["question"] == fold(each["question"])]
    assert {each["kind"] for each in bare} == {*KINDS}


def test_the_weights_that_ship_were_fitted_on_the_questions_that_ship() -> None:
    fitted_on = read_weights("question_kinds", QuestionKindWeights).fitted_on
    for own, path in zip(fitted_on, SHIPPED, strict=True):
        assert own.name == path.name
        assert own.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert own.questions == len(load_kind_examples(path))


def test_a_kind_of_one_question_is_fitted() -> None:
    few = [each for each in MADE if each.kind != "vague"] + [KindExample("từvague câu hỏi", "vague")]
    weights, measures = fit_question_kinds(few, EMBED)
    assert weights.least["vague"] == 1.0
    assert measures["vague: recall"] == 0.0
