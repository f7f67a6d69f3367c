"""A tiny encoder of random weights over the letters, in the files of a SentenceTransformer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

HIDDEN, LAYERS, HEADS, INNER, POSITIONS = 64, 2, 4, 128, 32
LETTERS = "abcdefghijklmnopqrstuvwxyz"
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", ":", *LETTERS, "<mask>"]


def tensors(positions: int) -> dict[str, Any]:
    random = np.random.default_rng(3)

    def normal(*shape: int) -> Any:
        return random.normal(0, 0.1, shape).astype(np.float32)

    found = {
        "embeddings.word_embeddings.weight": normal(len(PIECES), HIDDEN) * 10,
        "embeddings.position_embeddings.weight": normal(positions, HIDDEN),
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


def save_encoder(folder: Path, positions: int = POSITIONS) -> Path:
    """Write it, equal in every process."""
    (folder / "1_Pooling").mkdir(parents=True)
    save_file(tensors(positions), folder / "model.safetensors", metadata={"format": "pt"})
    config = {"model_type": "bert", "hidden_act": "gelu", "hidden_size": HIDDEN, "num_hidden_layers": LAYERS}
    config |= {"num_attention_heads": HEADS, "intermediate_size": INNER, "vocab_size": len(PIECES)}
    config |= {"max_position_embeddings": positions, "layer_norm_eps": 1e-12, "architectures": ["BertModel"]}
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
        "sentence_bert_config.json": {"max_seq_length": positions},
        "config_sentence_transformers.json": {"prompts": {"query": "query: ", "passage": "passage: "}},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder
