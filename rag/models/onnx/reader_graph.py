"""The graph that reads: a trained reader's weights -> one int8 ONNX graph, word vectors -> where the answer is.

The graph takes one window at a time. Word vectors are no part of it: it is given those of the embedding model. The
weights can be had back from it, rounded, so that a reader is trained on from where an exported one is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ModelDamaged
from rag.models.onnx.embedding_graph import SAMPLES
from rag.models.onnx.encoder import SEVEN_BITS, Array, Encoder, Feed, Graph, encode, outliers_of, show_peaks
from rag.models.onnx.exported import DATA_FILE, GRAPH_FILE
from rag.models.reader_windows import Window, head_of, text_of, windows
from rag.models.tokenizer import UnigramTokenizer

PREFIX = "encoder."


class WordVectors:
    """The word vectors of the embedding model, read row by row from its exported graph's file."""

    def __init__(self, folder: Path) -> None:
        """Open the folder that `embedding_graph.export` wrote. Raises `ModelDamaged` when it is not such a folder."""
        import onnx
        from google.protobuf.message import DecodeError

        try:
            model = onnx.load(folder / GRAPH_FILE, load_external_data=False)
            tensors = {tensor.name: tensor for tensor in model.graph.initializer}
            self._whole = _mapped(folder / DATA_FILE, tensors["words"], np.int8)
            self._scales = _mapped(folder / DATA_FILE, tensors["words.scale"], np.float32)
        except (OSError, ValueError, KeyError, DecodeError) as error:
            raise ModelDamaged(f"{folder}: not a complete exported graph ({error}); remove it") from error

    def of(self, numbers: Sequence[int]) -> Array:
        """The vectors (n, d) float32 of tokens."""
        rows = np.asarray(numbers)
        vectors: Array = self._whole[rows] * self._scales[rows]
        return vectors


def _mapped(path: Path, tensor: Any, kind: Any) -> Array:
    placed = {entry.key: entry.value for entry in tensor.external_data}
    if not placed:
        from onnx import numpy_helper

        return numpy_helper.to_array(tensor)
    return np.memmap(path, kind, "r", int(placed.get("offset", 0)), tuple(tensor.dims))


def feed_of(words: WordVectors, window: Window) -> Feed:
    """The inputs of the graph for a window: word vectors (1, length, d), and 0 for its head, 1 for its text."""
    kinds = np.zeros(len(window.tokens), np.int64)
    kinds[window.first :] = 1
    return {"words": words.of(window.tokens)[None], "kinds": kinds}


def export_reader(weights: Path, target: Path, embedding: Path, served: Path) -> str:
    """Write the int8 graph of a trained reader into the file `target`, and return its SHA-256.

    `embedding` is the SentenceTransformer folder that it was trained on, `served` what `embedding_graph.export` made of
    it. Raises `ModelDamaged` when the weights are not those of a reader.
    """
    from safetensors import SafetensorError

    try:
        encoder, heads = _read(weights, embedding)
        samples = _samples(UnigramTokenizer(served), WordVectors(served))
        outliers = outliers_of(_build(encoder, heads, [[]] * encoder.layers, peaks=True), encoder, samples)
        content = _build(encoder, heads, outliers).SerializeToString(deterministic=True)
    except (KeyError, ValueError, OSError, SafetensorError) as error:
        raise ModelDamaged(f"{weights}: not the weights of a reader ({error})") from error
    target.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def weights_of(graph: Path) -> dict[str, Array]:
    """The weights (float32) of an exported reader by name, as rounded as they are served.

    Raises `ModelDamaged` when the file is not the graph of a reader.
    """
    import onnx
    from google.protobuf.message import DecodeError
    from onnx import numpy_helper

    try:
        read = {each.name: numpy_helper.to_array(each) for each in onnx.load(graph).graph.initializer}
        tensors = {
            "embeddings.position_embeddings.weight": read["positions"],
            "embeddings.token_type_embeddings.weight": read["types"],
            **_pair("embeddings.LayerNorm", read, "embedding"),
        }
        for layer in range(sum(name.endswith(".qkv.bias") for name in read)):
            tensors |= _layer(read, f"layer{layer}", f"encoder.layer.{layer}")
        heads = {
            f"{head}.{part}": read[f"{head}.{part}"].T for head in ("span", "answers") for part in ("weight", "bias")
        }
    except (OSError, ValueError, KeyError, DecodeError) as error:
        raise ModelDamaged(f"{graph}: not the graph of a reader ({error})") from error
    return {
        name: np.ascontiguousarray(value)
        for name, value in ({PREFIX + n: t for n, t in tensors.items()} | heads).items()
    }


def _layer(read: dict[str, Array], name: str, prefix: str) -> dict[str, Array]:
    """The weights of one layer, as transformers names them."""

    def dense(part: str, target: str) -> dict[str, Array]:
        matrix = read[f"{name}.{part}.weight"] * read[f"{name}.{part}.scale"]
        if part == "down" and f"{name}.outliers" in read:
            matrix[read[f"{name}.outliers"]] = read[f"{name}.outliers.weight"]
        return {f"{prefix}.{target}.weight": matrix.T, f"{prefix}.{target}.bias": read[f"{name}.{part}.bias"]}

    whole = read[f"{name}.qkv.weight"] * read[f"{name}.qkv.scale"]
    parts = zip(
        ("query", "key", "value"), np.split(whole, 3, axis=1), np.split(read[f"{name}.qkv.bias"], 3), strict=True
    )
    attention = f"{prefix}.attention"
    return {
        **{
            f"{attention}.self.{part}.{kind}": value
            for part, matrix, bias in parts
            for kind, value in (("weight", matrix.T), ("bias", bias))
        },
        **dense("attention", "attention.output.dense"),
        **_pair(f"{attention}.output.LayerNorm", read, f"{name}.middle"),
        **dense("up", "intermediate.dense"),
        **dense("down", "output.dense"),
        **_pair(f"{prefix}.output.LayerNorm", read, f"{name}.end"),
    }


def _pair(target: str, read: dict[str, Array], name: str) -> dict[str, Array]:
    return {f"{target}.{part}": read[f"{name}.{part}"] for part in ("weight", "bias")}


def _samples(tokenizer: UnigramTokenizer, words: WordVectors) -> list[Feed]:
    """Inputs that show which channels need more than eight bits."""
    asked, told = [text for text in SAMPLES if "?" in text], [text for text in SAMPLES if "?" not in text]
    return [
        feed_of(words, window)
        for question in asked
        for text in told
        for window in windows(tokenizer, head_of(tokenizer, question, ""), text_of(tokenizer, text))
    ]


def _read(weights: Path, embedding: Path) -> tuple[Encoder, dict[str, Array]]:
    from safetensors.numpy import load_file

    config = json.loads((embedding / "config.json").read_text(encoding="utf-8"))
    tensors = load_file(weights)
    heads = {name: value for name, value in tensors.items() if not name.startswith(PREFIX)}
    layers = {name.removeprefix(PREFIX): value for name, value in tensors.items() if name.startswith(PREFIX)}
    sizes = (config[name] for name in ("num_hidden_layers", "num_attention_heads", "layer_norm_eps"))
    return Encoder(layers, *sizes), heads


def _build(encoder: Encoder, heads: dict[str, Array], outliers: list[list[int]], *, peaks: bool = False) -> Any:
    from onnx import TensorProto, helper

    graph = Graph(steps=SEVEN_BITS)
    states = encode(graph, encoder, _embedded(graph, encoder), outliers)
    matrix, bias = np.ascontiguousarray(heads["span.weight"].T), heads["span.bias"]
    graph.node("MatMul", [states, graph.constant("span.weight", matrix)], "span.product")
    graph.node("Add", ["span.product", graph.constant("span.bias", bias)], "spans")
    first = graph.constant("first", np.array([0], np.int64))
    graph.node("Gather", [states, first], "opening", axis=1)
    matrix, bias = np.ascontiguousarray(heads["answers.weight"].T), heads["answers.bias"]
    graph.node("MatMul", ["opening", graph.constant("answers.weight", matrix)], "answers.product")
    graph.node("Add", ["answers.product", graph.constant("answers.bias", bias)], "answers")
    value = helper.make_tensor_value_info
    width = encoder.tensors["embeddings.LayerNorm.weight"].shape[0]
    outputs = [
        value("spans", TensorProto.FLOAT, [1, "length", 2]),
        value("answers", TensorProto.FLOAT, [1, 1, 1]),
    ]
    inputs = [
        value("words", TensorProto.FLOAT, [1, "length", width]),
        value("kinds", TensorProto.INT64, ["length"]),
    ]
    return graph.model("reader", inputs, outputs + (show_peaks(graph, encoder) if peaks else []))


def _embedded(graph: Graph, encoder: Encoder) -> str:
    tensors = encoder.tensors
    graph.constant("positions", tensors["embeddings.position_embeddings.weight"])
    graph.constant("types", tensors["embeddings.token_type_embeddings.weight"])
    graph.constant("start", np.array([0], np.int64))
    graph.node("Shape", ["kinds"], "length", start=0, end=1)
    graph.node("Slice", ["positions", "start", "length", "start"], "position.rows")
    graph.node("Gather", ["types", "kinds"], "type.rows")
    graph.node("Add", ["position.rows", "type.rows"], "placed")
    graph.node("Unsqueeze", ["placed", "start"], "position")
    return graph.norm("embedding", "words", "position", encoder, "embeddings.LayerNorm")
