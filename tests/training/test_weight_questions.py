from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from rag.errors import GoldError
from rag.text.normalize import fold
from rag.training.weight_questions import QuestionSample, sample_questions

NONE: frozenset[str] = frozenset()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A data set of two questions over each of 60 texts."""
    lines = []
    for number in range(60):
        text = f"Cầu số {number} dài {450 + number} m và cao {20 + number} m."
        for word, value in (("dài", 450), ("cao", 20)):
            answer = f"{value + number} m"
            fields = {"id": f"{number} {word}", "question": f"Cầu số {number} {word} bao nhiêu?", "language": "vi"}
            context = f"Cầu {number} [SEP] {text}"
            lines.append({**fields, "context": context, "answers": [answer], "answer_starts": [context.index(answer)]})
    found = tmp_path / "set.jsonl"
    found.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines), encoding="utf-8")
    return found


def sampled(path: Path, count: int = 10, seed: int = 1, held_out: frozenset[str] = NONE) -> QuestionSample:
    return sample_questions([path], None, held_out, count, seed)


def test_half_of_the_questions_are_over_texts_that_the_collection_has(path: Path) -> None:
    sample = sampled(path)
    articles = {each["id"]: each for each in map(json.loads, sample.articles)}
    assert [each.answerable for each in sample.questions] == [True] * 10 + [False] * 10
    for each in sample.questions:
        assert (each.article_id in articles) == each.answerable
        if each.answerable:
            assert all(answer in articles[each.article_id]["text"] for answer in each.answers)
    assert 30 < len(articles) < 55


def test_no_subject_is_both_fitted_on_and_measured_with(path: Path) -> None:
    questions = sampled(path).questions
    fitted, measured = ({each.article_id for each in questions if each.fitted is half} for half in (True, False))
    assert fitted
    assert measured
    assert not fitted & measured


def test_every_other_question_loses_its_diacritics(path: Path) -> None:
    bare = [each.question == fold(each.question) for each in sampled(path).questions]
    assert bare == [False, True] * 10


def test_the_same_seed_gives_the_same_sample(path: Path) -> None:
    assert sampled(path) == sampled(path) != sampled(path, seed=2)


def test_a_sample_says_what_is_fitted_on(path: Path) -> None:
    sample = sampled(path)
    (dataset,) = sample.datasets
    assert (dataset.name, dataset.sha256) == ("set.jsonl", hashlib.sha256(path.read_bytes()).hexdigest())
    assert dataset.questions == sum(each.fitted for each in sample.questions)
    assert "seed 1" in sample.split


def test_held_out_questions_are_in_no_sample(path: Path) -> None:
    held_out = frozenset(f"{number} dài" for number in range(30))
    sample = sampled(path, 5, held_out=held_out)
    assert {json.loads(line)["title"] for line in sample.articles} <= {f"Cầu {number}" for number in range(30, 60)}


def test_too_few_questions_are_an_error(path: Path) -> None:
    with pytest.raises(GoldError, match="left out of it; ask for fewer than 60"):
        sampled(path, 60)
