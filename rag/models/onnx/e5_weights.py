"""The pinned embedding weights: one compact 4-bit file -> an ordinary SentenceTransformer folder."""

from __future__ import annotations

import json
import logging
import shutil
import struct
import uuid
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelDamaged
from rag.models.tokenizer import Vocabulary, tokenizer_json

MAGIC = b"E5S1"
BLOCK = 32
BLOCK_BYTES = 2 + BLOCK // 2
PROMPTS = {"query": "query: ", "document": "passage: ", "passage": "passage: "}

_TENSORS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln": "embeddings.LayerNorm",
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Shape:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


class _Reader:
    """Little-endian values, one after another; raises `ValueError` at the end of the file."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def take(self, length: int) -> bytes:
        start = self.position
        if length < 0 or start + length > len(self.data):
            raise ValueError(f"{length} bytes wanted at byte {start} of {len(self.data)}")
        self.position = start + length
        return self.data[start : self.position]

    def values(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        return np.frombuffer(self.take(np.dtype(dtype).itemsize * count), dtype)


def unpack(weights: Path, folder: Path) -> None:
    """Decode the 4-bit file `weights` into the SentenceTransformer folder `folder` (float32, about 470 MB).

    The folder appears whole or not at all; one that exists is replaced.
    Raises `ModelDamaged` when the file is not what it should be, `OSError` when it cannot be read or written.
    """
    data = weights.read_bytes()
    try:
        reader = _Reader(data)
        shape = _read_shape(reader)
        vocabulary = _read_vocabulary(reader)
        tensors = _read_tensors(reader, shape)
    except (ValueError, KeyError, UnicodeDecodeError) as error:
        raise ModelDamaged(f"{weights}: not a file of e5 weights ({error}); remove it and pull it again") from error
    log.info("unpacking %s into %s", weights, folder)
    building = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    building.mkdir(parents=True)
    try:
        _write(building, shape, vocabulary, tensors)
        if folder.exists():
            shutil.rmtree(folder)
        building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _read_shape(reader: _Reader) -> _Shape:
    magic, version = reader.values("4sI")
    if magic != MAGIC or version != 1:
        raise ValueError(f"begins with {magic!r} version {version}, not {MAGIC!r} version 1")
    *sizes, epsilon, block = reader.values("7ifi")
    if block != BLOCK or min(sizes) <= 0 or sizes[0] % sizes[2]:
        raise ValueError(f"impossible sizes {sizes}, block {block}")
    return _Shape(*(*sizes, float(f"{epsilon:.6g}")))


def _read_vocabulary(reader: _Reader) -> Vocabulary:
    count, bos, eos, pad, unknown = reader.values("5i")
    (length,) = reader.values("Q")
    offsets = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).tolist()
    blob = reader.take(length)
    pieces = [blob[start:end].decode() for start, end in pairwise(offsets)]
    if len(set(pieces)) != count or max(bos, eos, pad, unknown) >= count:
        raise ValueError("the vocabulary repeats a piece or lacks a special one")
    _, skipped = reader.values("iI")
    reader.take(skipped)
    return Vocabulary(pieces, scores, bos, eos, pad, unknown)


def _read_tensors(reader: _Reader, shape: _Shape) -> dict[str, NDArray[np.float32]]:
    (count,) = reader.values("i")
    entries = []
    for _ in range(count):
        (length,) = reader.values("H")
        name = reader.take(length).decode()
        entries.append((name, *reader.values("BIQQ")[1:]))
    tensors = {}
    for name, elements, offset, size in entries:
        reader.position = offset
        tensors[_name(name)] = _decode(reader.take(size), elements)
    wanted = _shapes(shape)
    if tensors.keys() != wanted.keys():
        raise ValueError(f"tensors missing or unknown: {sorted(tensors.keys() ^ wanted.keys())[:3]}")
    return {name: tensors[name].reshape(wanted[name]) for name in wanted}


def _decode(data: bytes, elements: int) -> NDArray[np.float32]:
    """One flat tensor: float32 as it is, or blocks of a float16 scale and 32 nibbles, low ones first."""
    if len(data) == 4 * elements:
        return np.frombuffer(data, "<f4").astype(np.float32)
    if elements % BLOCK or len(data) != elements // BLOCK * BLOCK_BYTES:
        raise ValueError(f"{len(data)} bytes for {elements} elements")
    blocks = np.frombuffer(data, [("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])
    values = np.empty((len(blocks), BLOCK), np.float32)
    values[:, : BLOCK // 2] = blocks["nibbles"] & 15
    values[:, BLOCK // 2 :] = blocks["nibbles"] >> 4
    values -= 8
    values *= blocks["scale"].astype(np.float32)[:, None]
    return values.reshape(-1)


def _name(name: str) -> str:
    """Turn a name of the file into the name in a BERT of transformers."""
    if name in _TENSORS:
        return _TENSORS[name]
    owner, _, kind = name.rpartition(".")
    suffix = {"w": "weight", "b": "bias"}[kind]
    if owner in _TENSORS:
        return f"{_TENSORS[owner]}.{suffix}"
    layer, _, part = owner.partition(".")
    return f"encoder.layer.{int(layer.removeprefix('l'))}.{_TENSORS[part]}.{suffix}"


def _shapes(shape: _Shape) -> dict[str, tuple[int, ...]]:
    hidden, inner = shape.hidden, shape.feed_forward
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (shape.vocabulary, hidden),
        "embeddings.position_embeddings.weight": (shape.positions, hidden),
        "embeddings.token_type_embeddings.weight": (shape.token_types, hidden),
        "embeddings.LayerNorm.weight": (hidden,),
        "embeddings.LayerNorm.bias": (hidden,),
    }
    matrices = {
        "attention.self.query": (hidden, hidden),
        "attention.self.key": (hidden, hidden),
        "attention.self.value": (hidden, hidden),
        "attention.output.dense": (hidden, hidden),
        "intermediate.dense": (inner, hidden),
        "output.dense": (hidden, inner),
        "attention.output.LayerNorm": (hidden,),
        "output.LayerNorm": (hidden,),
    }
    for layer in range(shape.layers):
        for name, size in matrices.items():
            shapes[f"encoder.layer.{layer}.{name}.weight"] = size
            shapes[f"encoder.layer.{layer}.{name}.bias"] = size[:1]
    return shapes


def _write(folder: Path, shape: _Shape, vocabulary: Vocabulary, tensors: dict[str, NDArray[np.float32]]) -> None:
    from safetensors.numpy import save_file

    # Sentence vectors do not use the pooler; without one every load would report that it is missing.
    pooler = {
        "pooler.dense.weight": np.zeros((shape.hidden, shape.hidden), np.float32),
        "pooler.dense.bias": np.zeros(shape.hidden, np.float32),
    }
    save_file({**tensors, **pooler}, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "1_Pooling").mkdir()
    files: dict[str, Any] = {
        "config.json": _config(shape, vocabulary),
        "tokenizer.json": tokenizer_json(vocabulary),
        "tokenizer_config.json": _tokenizer_config(shape, vocabulary),
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {"prompts": PROMPTS, "similarity_fn_name": "cosine"},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=None), encoding="utf-8")


def _config(shape: _Shape, vocabulary: Vocabulary) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": shape.hidden,
        "intermediate_size": shape.feed_forward,
        "layer_norm_eps": shape.epsilon,
        "max_position_embeddings": shape.positions,
        "num_attention_heads": shape.heads,
        "num_hidden_layers": shape.layers,
        "pad_token_id": vocabulary.pad,
        "type_vocab_size": shape.token_types,
        "vocab_size": shape.vocabulary,
        "dtype": "float32",
    }


def _tokenizer_config(shape: _Shape, vocabulary: Vocabulary) -> dict[str, Any]:
    pieces = vocabulary.pieces
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": pieces[vocabulary.bos],
        "cls_token": pieces[vocabulary.bos],
        "eos_token": pieces[vocabulary.eos],
        "sep_token": pieces[vocabulary.eos],
        "pad_token": pieces[vocabulary.pad],
        "unk_token": pieces[vocabulary.unknown],
        "model_max_length": shape.positions,
    }
