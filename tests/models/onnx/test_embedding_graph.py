from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.errors import ModelDamaged, ModelError
from rag.models.onnx.embedding_graph import export
from rag.models.tokenizer import UnigramTokenizer
from tests.encoders import HIDDEN, POSITIONS, save_encoder

TEXTS = ["query: abc", "passage: the quick brown fox", "zz", ""]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_encoder(tmp_path / "model")


def vectors(graph: Path, texts: list[str]) -> Any:
    import onnxruntime

    session = onnxruntime.InferenceSession(graph / "model.onnx", providers=["CPUExecutionProvider"])
    pieces = UnigramTokenizer(graph)
    inputs = [np.array([pieces.with_special_tokens(text, POSITIONS)], np.int64) for text in texts]
    return np.concatenate([session.run(None, {"pieces": numbers})[0] for numbers in inputs])


def test_vectors_are_those_of_sentence_transformers(folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    export(folder, folder.parent / "graph")
    expected = SentenceTransformer(str(folder), device="cpu").encode(TEXTS, normalize_embeddings=True)
    found = vectors(folder.parent / "graph", TEXTS)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert (found * expected).sum(1).min() > 0.999


def test_description_names_what_serving_needs(folder: Path) -> None:
    export(folder, folder.parent / "graph")
    description = json.loads((folder.parent / "graph" / "graph.json").read_text())
    assert (description["dimension"], description["max_tokens"]) == (HIDDEN, POSITIONS)
    assert (description["query_prefix"], description["passage_prefix"]) == ("query: ", "passage: ")
    assert set(description["bytes"]) >= {"model.onnx", "pieces.txt", "scores.npy"}


def test_exporting_again_replaces_the_folder_with_the_same(folder: Path) -> None:
    target = folder.parent / "graph"
    export(folder, target)
    first = (target / "graph.json").read_bytes()
    (target / "graph.json").write_text("old")
    export(folder, target)
    assert (target / "graph.json").read_bytes() == first
    assert sorted(path.name for path in folder.parent.iterdir()) == ["graph", "model"]


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_missing_or_malformed_file_is_damaged(folder: Path, name: str) -> None:
    for spoil in ((folder / name).unlink, lambda: (folder / name).write_text("{")):
        spoil()
        with pytest.raises(ModelDamaged, match="model"):
            export(folder, folder.parent / "graph")
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_another_kind_of_model_is_refused(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "mpnet"}))
    with pytest.raises(ModelError, match="mpnet"):
        export(folder, folder.parent / "graph")
