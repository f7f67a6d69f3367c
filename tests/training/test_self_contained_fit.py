"""What the fit of self-contained questions learns from, and that it learns it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.errors import GoldError
from rag.training.self_contained_fit import (
    SelfContainedExample,
    fit_self_contained,
    load_self_contained,
    without_names,
)
from tests.doubles import HashEmbedder

EMBED = HashEmbedder(dimension=16).embed_queries


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in rows), encoding="utf-8")
    return path


def told(path: Path, *rows: dict[str, Any]) -> set[tuple[str, bool]]:
    """What is learnt from rows, beside enough of others."""
    others = [{"question": f"Sông {number} chảy qua tỉnh nào vậy?", "articles": {}} for number in range(20)]
    found = load_self_contained(write(path / "s.jsonl", *rows, *others), 1000, 1)
    return {(each.question, each.is_self_contained) for each in found if "chảy qua tỉnh" not in each.question}


@pytest.mark.parametrize(
    ("question", "cut"),
    [
        ("Chiều cao của tháp Eiffel là bao nhiêu?", "Chiều cao của tháp là bao nhiêu?"),
        ("Cầu Long Biên dài bao nhiêu mét?", "Dài bao nhiêu mét?"),
        ("Dân số của Hà Nội là bao nhiêu?", "Dân số là bao nhiêu?"),
        ("Vì sao trời xanh?", None),
        ("Hà Nội?", None),
    ],
)
def test_names_are_cut_with_their_kinds_and_what_they_leave_behind(question: str, cut: str | None) -> None:
    assert without_names(question) == cut


def test_a_named_question_of_a_text_and_what_is_left_of_it(tmp_path: Path) -> None:
    row = {"question": "Cầu Long Biên dài bao nhiêu mét?", "articles": {"a": 1}}
    assert told(tmp_path, row) == {
        ("Cầu Long Biên dài bao nhiêu mét?", True),
        ("cầu long biên dài bao nhiêu mét", True),
        ("Dài bao nhiêu mét?", False),
        ("dài bao nhiêu mét", False),
    }


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"question": "Lũ về khi nào?", "passage_id": "p"}, set()),
        ({"question": "Lũ về khi nào?"}, {True}),
        ({"question": "Lũ về khi nào?", "passage_id": "p", "history": [{"question": "?", "answer": ""}]}, {False}),
        ({"question": "Hà Nội ở đâu?", "history": [{"question": "?", "answer": ""}]}, set()),
        ({"question": "Ông ấy là ai?"}, set()),
        ({"question": "Xin chào nhé", "kind": "small_talk"}, set()),
        ({"question": "Where is it?"}, set()),
    ],
)
def test_what_a_question_tells(tmp_path: Path, row: dict[str, Any], expected: set[bool]) -> None:
    assert {label for _, label in told(tmp_path, row)} == expected


def test_questions_of_a_text_stay_together(tmp_path: Path) -> None:
    rows = [{"question": f"Cầu {name} dài bao nhiêu?", "passage_id": "p"} for name in ("An", "Bình", "Chi") * 7]
    assert len({each.apart for each in load_self_contained(write(tmp_path / "s.jsonl", *rows), 1000, 1)}) == 1


def test_few_and_bad_lines_are_errors(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"s\.jsonl: has 2 questions that tell; give 20 or more$"):
        load_self_contained(write(tmp_path / "s.jsonl", {"question": "Lũ về khi nào?"}), 1000, 1)
    with pytest.raises(GoldError, match=r"s\.jsonl:1: "):
        load_self_contained(write(tmp_path / "s.jsonl", {"history": []}), 1000, 1)


def test_so_many_are_drawn_the_same_each_time(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", *({"question": f"Lũ lần {number} về khi nào?"} for number in range(50)))
    drawn = load_self_contained(path, 20, 3)
    assert len(drawn) == 2 * 20
    assert drawn == load_self_contained(path, 20, 3)
    assert drawn != load_self_contained(path, 20, 4)


def test_what_tells_is_learned() -> None:
    direction = np.random.default_rng(1).normal(size=16)
    examples = [SelfContainedExample(f"câu hỏi {number}", number % 2 == 0, number % 3 == 0) for number in range(300)]

    def embed(asked: list[str]) -> Any:
        signs = np.array([1.0 if int(each.split()[-1]) % 2 == 0 else -1.0 for each in asked])
        return (EMBED(asked) + signs[:, None] * direction).astype(np.float32)

    weights, measures = fit_self_contained(examples, embed)
    assert len(weights.vector) == 16
    assert measures["questions"] == 100
    assert min(measures[name] for name in ("AUROC", "self-contained: told", "not self-contained: told")) > 0.9


@pytest.mark.parametrize("lacking", [(True, True), (True, False), (False, True), (False, False)])
def test_both_kinds_are_fitted_on_and_measured(lacking: tuple[bool, bool]) -> None:
    kinds = [(alone, apart) for alone in (True, False) for apart in (True, False) if (alone, apart) != lacking]
    examples = [SelfContainedExample(f"câu {number}", *kind) for kind in kinds for number in range(9)]
    with pytest.raises(GoldError, match=r"give more sets$"):
        fit_self_contained(examples, EMBED)
