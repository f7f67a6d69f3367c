from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic.dataclasses import dataclass

from rag.errors import ModelDamaged
from rag.models.weights_file import (
    FOLDER,
    STRICT,
    TrainingSet,
    WeightsFile,
    read_weights,
    using_weights,
    write_weights,
)
from rag.retrieval.fusion_weights import fusion_weights


@dataclass(frozen=True, slots=True, config=STRICT)
class Weights:
    cosine: float
    span: Mapping[str, float]
    signals: tuple[float, ...] = ()


FILE = WeightsFile(
    Weights(1.35, {"number": 0.1 + 0.2}, (-0.5, 1e-9)),
    made_by="hoidap train weights",
    fitted_on=(TrainingSet("một bộ", "ab" * 32, 300), TrainingSet("another", None, None)),
    split="half of the articles, seed 1",
    held_out={"recall@1": 0.5},
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = write_weights("some", FILE, tmp_path / "new")
    assert read_weights("some", Weights, tmp_path / "new") == FILE
    first = path.read_bytes()
    assert write_weights("some", FILE, tmp_path / "new").read_bytes() == first


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"cosine"', '"cosines"', "cosine"),
        ("1.35", "null", "valid number"),
        ("1.35", '"1.35"', "valid number"),
        ("1.35", "NaN", "finite"),
        ('"format": 1', '"format": 2', "format 2"),
        ('"split"', '"cut"', "split"),
        ("}", "", "JSON"),
    ],
)
def test_a_damaged_file_is_refused_and_named(tmp_path: Path, old: str, new: str, reason: str) -> None:
    path = write_weights("some", FILE, tmp_path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ModelDamaged, match=rf"some\.json(.|\n)*{reason}"):
        read_weights("some", Weights, tmp_path)


def test_a_missing_file_is_refused_and_named(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match=r"none\.json"):
        read_weights("none", Weights, tmp_path)


def test_weights_that_ship_lie_in_the_package() -> None:
    names = {path.stem for path in FOLDER.glob("*.json")}
    signals = {"fusion", "evidence", "answerability", "short_answers", "cosine_offsets"}
    assert names == {*signals, "question_kinds", "question_centres", "followups", "self_contained", "quote_confidence"}


def test_other_weights_are_in_use_until_the_block_ends() -> None:
    shipped = fusion_weights()
    other = replace(shipped, dense=shipped.dense + 1)
    with using_weights("fusion", other):
        assert fusion_weights() is other
    assert fusion_weights() == shipped
