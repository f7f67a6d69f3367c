"""Questions as they are typed, with slips that are learnt from pairs of texts."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import GoldError
from rag.training.typed_questions import learn_slips, typed_question
from tests.strategies import texts

PAIRS = [
    ("Cầu dài bn mét", "Cầu dài bao mét"),
    ("giá vé ko đổi", "giá vé không đổi"),
    ("giá vé ko đổi", "giá vé không đổi"),
    ("khong có gì", "không có gì"),
    ("hai từ rồi khác", "một ba khác"),
]


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.jsonl"
    lines = (json.dumps({"error": error, "correct": correct}) for error, correct in PAIRS)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_each_word_has_the_ways_in_which_it_was_typed_as_often_as_seen(pairs: Path) -> None:
    assert learn_slips([pairs]) == {"bao": ["bn"], "không": ["ko", "ko", "khong"]}


def test_a_line_that_is_no_pair_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"error": "a"}\n', encoding="utf-8")
    with pytest.raises(GoldError, match=r"pairs\.jsonl:1"):
        learn_slips([path])


def test_known_slips_are_made() -> None:
    typed = {typed_question("Giá vé không đổi?", {"không": ["ko"]}, random.Random(seed)) for seed in range(80)}
    assert any(" ko " in each for each in typed)
    assert any(" không " in each for each in typed)


@given(texts, st.integers(0, 50))
def test_numbers_stay(question: str, seed: int) -> None:
    typed = typed_question(f"{question} 1902 mét", {}, random.Random(seed))
    assert "1902" in typed
