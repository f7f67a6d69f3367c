"""The fit of the centres of questions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rag.errors import GoldError
from rag.training.question_centre_fit import FEWEST, fit_question_centres, load_questions
from tests.doubles import HashEmbedder

EMBED = HashEmbedder(dimension=8).embed_queries


def test_a_centre_is_the_mean_of_the_questions_of_its_language() -> None:
    asked = {"vi": [f"câu {number}" for number in range(FEWEST)], "en": ["too few"] * (FEWEST - 1)}
    found = fit_question_centres(asked, EMBED, 0.25)
    assert (found.share, [*found.centres]) == (0.25, ["vi"])
    assert np.array(found.centres["vi"]) == pytest.approx(EMBED(asked["vi"]).mean(axis=0), abs=1e-4)


def test_questions_are_read_by_language(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    rows = [{"question": f"câu {number}", "language": "vi"} for number in range(FEWEST)]
    rows += [{"question": "one", "language": "en"}]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert {language: len(asked) for language, asked in load_questions(file).items()} == {"vi": FEWEST, "en": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"question": "a", "language": 1}\n', "1"),
        ('{"question": "a"}\n', "language"),
        ('{"question": "a", "language": "vi"}\n', f"too few questions; give {FEWEST} or more"),
        ("", "too few questions"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(GoldError, match=message):
        load_questions(file)
