from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file

from rag.errors import ModelDamaged
from rag.models.onnx.e5_weights import unpack

HIDDEN, LAYERS, HEADS, INNER, POSITIONS = 32, 1, 2, 64, 16
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "▁a", "b", "<mask>"]


def four_bits(values: NDArray[np.int64], scale: float) -> bytes:
    """Blocks of 32 whole numbers in -8..7, the first 16 of each in the low nibbles."""
    blocks = (values.reshape(-1, 32) + 8).astype(np.uint8)
    packed = blocks[:, :16] | blocks[:, 16:] << 4
    return b"".join(np.float16(scale).tobytes() + row.tobytes() for row in packed)


def tensor_sizes() -> dict[str, int]:
    sizes = {"emb.word": len(PIECES) * HIDDEN, "emb.pos": POSITIONS * HIDDEN, "emb.type": HIDDEN}
    sizes |= {"emb.ln.w": HIDDEN, "emb.ln.b": HIDDEN}
    for part in ("q", "k", "v", "ao"):
        sizes |= {f"l0.{part}.w": HIDDEN * HIDDEN, f"l0.{part}.b": HIDDEN}
    sizes |= {"l0.fi.w": INNER * HIDDEN, "l0.fi.b": INNER, "l0.fo.w": HIDDEN * INNER, "l0.fo.b": HIDDEN}
    return sizes | {f"l0.{norm}.{kind}": HIDDEN for norm in ("aln", "oln") for kind in "wb"}


def weights_bytes(without: str | None = None) -> bytes:
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, LAYERS, HEADS, INNER, len(PIECES), POSITIONS, 1, 1e-12, 32)
    blob = "".join(PIECES).encode()
    offsets = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)]).astype("<u4")
    scores = np.array([0, 0, 0, 0, -2, -3, -1.5, -4, 0], "<f4")
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob)) + offsets.tobytes() + scores.tobytes() + blob
    head += struct.pack("<iI", 0, 4) + b"skip"
    random = np.random.default_rng(1)
    tensors = {}
    for name, size in tensor_sizes().items():
        whole = random.integers(-8, 8, size)
        tensors[name] = (size, four_bits(whole, 0.5) if name in FOUR_BITS else whole.astype("<f4").tobytes())
    tensors.pop(without or "", None)
    start = len(head) + 4 + sum(2 + len(name) + 21 for name in tensors)
    table, body = struct.pack("<i", len(tensors)), b""
    for name, (size, data) in tensors.items():
        table += (
            struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", 1, size, start + len(body), len(data))
        )
        body += data
    return head + table + body


FOUR_BITS = ("emb.word", "l0.fi.w")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "weights.bin").write_bytes(weights_bytes())
    unpack(tmp_path / "weights.bin", tmp_path / "model")
    return tmp_path / "model"


def test_tensors_are_decoded_into_the_names_and_shapes_of_a_bert(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    random = np.random.default_rng(1)
    expected = {name: random.integers(-8, 8, size) for name, size in tensor_sizes().items()}
    words = tensors["embeddings.word_embeddings.weight"]
    assert words.dtype == np.float32
    np.testing.assert_array_equal(words, expected["emb.word"].reshape(-1, HIDDEN) * 0.5)
    up = tensors["encoder.layer.0.intermediate.dense.weight"]
    np.testing.assert_array_equal(up, expected["l0.fi.w"].reshape(INNER, HIDDEN) * 0.5)
    down = tensors["encoder.layer.0.output.dense.weight"]
    np.testing.assert_array_equal(down, expected["l0.fo.w"].reshape(HIDDEN, INNER))
    np.testing.assert_array_equal(tensors["encoder.layer.0.output.LayerNorm.bias"], expected["l0.oln.b"])


def test_folder_is_what_sentence_transformers_reads(folder: Path) -> None:
    prompts = json.loads((folder / "config_sentence_transformers.json").read_text())["prompts"]
    assert prompts == {"query": "query: ", "document": "passage: ", "passage": "passage: "}
    assert json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"] == POSITIONS
    config = json.loads((folder / "config.json").read_text())
    assert (config["model_type"], config["layer_norm_eps"], config["hidden_size"]) == ("bert", 1e-12, HIDDEN)


def test_tokenizer_folds_white_space_and_frames_the_text(folder: Path) -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert tokenizer.encode("  a\u200b\n ab\x07 ").tokens == ["<s>", "▁a", "▁a", "b", "</s>"]
    assert tokenizer.encode("").tokens == ["<s>", "</s>"]
    assert tokenizer.encode("ａ").tokens == ["<s>", "▁a", "</s>"]
    assert tokenizer.encode("ax").ids == [0, 6, 3, 2]


def test_existing_folder_is_replaced_and_nothing_else_is_left(folder: Path) -> None:
    (folder / "config.json").write_text("{}")
    unpack(folder.parent / "weights.bin", folder)
    assert json.loads((folder / "config.json").read_text())["hidden_size"] == HIDDEN
    assert sorted(path.name for path in folder.parent.iterdir()) == ["model", "weights.bin"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not weights at all" * 100,
        weights_bytes()[:500],
        weights_bytes()[:-1],
        weights_bytes(without="l0.k.w"),
        weights_bytes().replace(b"l0.k.w", b"l0.x.w"),
    ],
    ids=["empty", "foreign", "cut in the head", "cut in the body", "tensor missing", "tensor unknown"],
)
def test_malformed_file_is_damaged_and_leaves_no_folder(tmp_path: Path, data: bytes) -> None:
    weights = tmp_path / "weights.bin"
    weights.write_bytes(data)
    with pytest.raises(ModelDamaged, match=r"weights\.bin.*pull"):
        unpack(weights, tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["weights.bin"]
