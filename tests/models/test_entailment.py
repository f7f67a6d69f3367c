"""The entailment model that comes with the package."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from rag.errors import ModelDamaged
from rag.models import entailment as module
from rag.models.entailment import ENTAILMENT, HYPOTHESIS_TOKENS, PREMISE_TOKENS, EntailmentModel, pair_of
from rag.models.pinned_embedding import exported_graph
from rag.models.tokenizer import UnigramTokenizer

pytestmark = pytest.mark.models
BRIDGE = "Cầu Vàng được khánh thành ngày 2/9/1998. Cầu dài 450 m, do kỹ sư Trần Văn Bình thiết kế."


@pytest.fixture(scope="module")
def folder(models_folder: Path) -> Path:
    return exported_graph(models_folder)


@pytest.fixture(scope="module")
def model(folder: Path) -> EntailmentModel:
    return EntailmentModel(folder, threads=2)


def test_the_probabilities_of_a_pair_are_one_in_all(model: EntailmentModel) -> None:
    (found,) = model.read("Cầu Vàng dài 450 m.", [BRIDGE])
    assert found.contradiction + found.neutral + found.entailment == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("Cầu Vàng do kỹ sư Trần Văn Bình thiết kế.", "entailment"),
        ("Cầu Vàng được khánh thành năm 1998 phải không?", "entailment"),
        ("Cầu Vàng do kỹ sư Nguyễn Thị Lan thiết kế.", "contradiction"),
        ("Giá vàng hôm nay tăng mạnh.", "neutral"),
    ],
)
def test_plain_cases_are_told(model: EntailmentModel, said: str, label: str) -> None:
    (found,) = model.read(said, [BRIDGE])
    values = {name: getattr(found, name) for name in ("contradiction", "neutral", "entailment")}
    assert max(values, key=lambda name: values[name]) == label


def test_premises_are_read_in_their_order_however_many(model: EntailmentModel) -> None:
    premises = [BRIDGE, "Phở là món ăn truyền thống.", BRIDGE]
    found = model.read("Cầu Vàng dài 450 m.", premises)
    alone = [model.read("Cầu Vàng dài 450 m.", [premise])[0] for premise in premises]
    assert found == alone
    assert found[0] == found[2] != found[1]
    assert model.read("Cầu Vàng dài 450 m.", []) == []


def test_what_is_too_long_loses_its_end(folder: Path) -> None:
    tokenizer = UnigramTokenizer(folder)
    window = pair_of(tokenizer, "cầu " * 500, "sông " * 900)
    assert len(window.tokens) <= HYPOTHESIS_TOKENS + PREMISE_TOKENS + 3
    assert window.tokens[0] == tokenizer.bos
    assert window.tokens[window.first - 1] == window.tokens[-1] == tokenizer.eos


def test_a_changed_model_is_not_used(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "entailment.onnx"
    changed.write_bytes(ENTAILMENT.read_bytes()[:-1] + b"x")
    monkeypatch.setattr(module, "ENTAILMENT", changed)
    with pytest.raises(ModelDamaged, match="not the model that this version comes with"):
        EntailmentModel(folder, changed)
    with pytest.raises(ModelDamaged, match="cannot be read"):
        EntailmentModel(folder, tmp_path / "nothing.onnx")


def test_word_vectors_that_are_not_there_are_said(folder: Path, tmp_path: Path) -> None:
    copytree(folder, tmp_path / "graph")
    for file in (tmp_path / "graph").iterdir():
        file.unlink()
    with pytest.raises(ModelDamaged, match="cannot be read"):
        EntailmentModel(tmp_path / "graph")
