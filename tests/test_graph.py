from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from rag.errors import ModelDamaged, ModelError
from rag.graph import export
from rag.pieces import Pieces

HIDDEN, LAYERS, HEADS, INNER, POSITIONS = 64, 2, 4, 128, 32
LETTERS = "abcdefghijklmnopqrstuvwxyz"
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", ":", *LETTERS, "<mask>"]
TEXTS = ["query: abc", "passage: the quick brown fox", "zz", ""]


def tensors() -> dict[str, Any]:
    random = np.random.default_rng(3)

    def normal(*shape: int) -> Any:
        return random.normal(0, 0.1, shape).astype(np.float32)

    found = {
        "embeddings.word_embeddings.weight": normal(len(PIECES), HIDDEN) * 10,
        "embeddings.position_embeddings.weight": normal(POSITIONS, HIDDEN),
        "embeddings.token_type_embeddings.weight": normal(2, HIDDEN),
        "pooler.dense.weight": normal(HIDDEN, HIDDEN),
        "pooler.dense.bias": normal(HIDDEN),
    }
    matrices = {"attention.self.query": HIDDEN, "attention.self.key": HIDDEN, "attention.self.value": HIDDEN}
    norms = ["embeddings.LayerNorm"]
    for prefix in (f"encoder.layer.{layer}" for layer in range(LAYERS)):
        for name, size in {**matrices, "attention.output.dense": HIDDEN, "intermediate.dense": INNER}.items():
            found[f"{prefix}.{name}.weight"] = normal(size, HIDDEN)
            found[f"{prefix}.{name}.bias"] = normal(size)
        found[f"{prefix}.output.dense.weight"] = normal(HIDDEN, INNER)
        found[f"{prefix}.output.dense.bias"] = normal(HIDDEN)
        # One channel far above the others, as in real models: it must not cost the others their precision.
        found[f"{prefix}.intermediate.dense.bias"][7] = 50.0
        norms += [f"{prefix}.attention.output.LayerNorm", f"{prefix}.output.LayerNorm"]
    for norm in norms:
        found[f"{norm}.weight"] = 1 + normal(HIDDEN)
        found[f"{norm}.bias"] = normal(HIDDEN)
    return found


def tokenizer() -> dict[str, Any]:
    frame = [{"SpecialToken": {"id": piece, "type_id": 0}} for piece in ("<s>", "</s>")]
    template = [frame[0], {"Sequence": {"id": "A", "type_id": 0}}, frame[1]]
    special = {piece: {"id": piece, "ids": [PIECES.index(piece)], "tokens": [piece]} for piece in ("<s>", "</s>")}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "decoder": None,
        "normalizer": {"type": "NFKC"},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": template,
            "pair": template,
            "special_tokens": special,
        },
        "model": {"type": "Unigram", "unk_id": 3, "vocab": [[piece, -1.0] for piece in PIECES], "byte_fallback": False},
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "1_Pooling").mkdir(parents=True)
    save_file(tensors(), folder / "model.safetensors", metadata={"format": "pt"})
    config = {"model_type": "bert", "hidden_act": "gelu", "hidden_size": HIDDEN, "num_hidden_layers": LAYERS}
    config |= {"num_attention_heads": HEADS, "intermediate_size": INNER, "vocab_size": len(PIECES)}
    config |= {"max_position_embeddings": POSITIONS, "layer_norm_eps": 1e-12, "architectures": ["BertModel"]}
    names = {"": "Transformer", "1_Pooling": "Pooling"}
    modules = [
        {"idx": number, "name": str(number), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for number, (path, kind) in enumerate(names.items())
    ]
    files: dict[str, Any] = {
        "config.json": config,
        "modules.json": modules,
        "tokenizer.json": tokenizer(),
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<pad>"},
        "1_Pooling/config.json": {"word_embedding_dimension": HIDDEN, "pooling_mode_mean_tokens": True},
        "sentence_bert_config.json": {"max_seq_length": POSITIONS},
        "config_sentence_transformers.json": {"prompts": {"query": "query: ", "passage": "passage: "}},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder


def vectors(graph: Path, texts: list[str]) -> Any:
    import onnxruntime

    session = onnxruntime.InferenceSession(graph / "model.onnx", providers=["CPUExecutionProvider"])
    pieces = Pieces(graph)
    inputs = [np.array([pieces.framed(text, POSITIONS)], np.int64) for text in texts]
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
