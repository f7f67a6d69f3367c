"""The graph that reads: a trained reader's weights -> one int8 ONNX graph, word vectors -> where the answer is.

The graph takes one window at a time. Word vectors are no part of it: it is given those of the embedding model. The
weights can be had back from it, rounded, so that a reader is trained on from where an exported one is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from rag.errors import ModelDamaged
from rag.models.onnx.embedding_graph import SAMPLES
from rag.models.onnx.encoder import SEVEN_BITS, Array, Encoder, Feed, Graph, encode, outliers_of, show_peaks
from rag.models.onnx.exported import DATA_FILE, GRAPH_FILE
from rag.models.reader_windows import Window, head_of, text_of, windows
from rag.models.tensors_file import read_tensors
from rag.models.tokenizer import UnigramTokenizer

PREFIX = "encoder."


class Build(Protocol):
    """Makes the graph of a network from its encoder and its heads."""

    def __call__(
        self, encoder: Encoder, heads: dict[str, Array], outliers: list[list[int]], *, peaks: bool = False
    ) -> Any:
        """Return the graph; with `peaks` it also gives what shows which channels need more than eight bits."""


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
    try:
        return export_network(weights, target, embedding, served, _build)
    except (KeyError, ValueError, OSError) as error:
        raise ModelDamaged(f"{weights}: not the weights of a reader ({error})") from error


def export_network(weights: Path, target: Path, embedding: Path, served: Path, build: Build) -> str:
    """Write the int8 graph that `build` makes of a trained network into the file `target`; returns its SHA-256."""
    encoder, heads = _read(weights, embedding)
    samples = _samples(UnigramTokenizer(served), WordVectors(served))
    outliers = outliers_of(build(encoder, heads, [[]] * encoder.layers, peaks=True), encoder, samples)
    content: bytes = build(encoder, heads, outliers).SerializeToString(deterministic=True)
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
    config = json.loads((embedding / "config.json").read_text(encoding="utf-8"))
    tensors = read_tensors(weights)
    heads = {name: value for name, value in tensors.items() if not name.startswith(PREFIX)}
    layers = {name.removeprefix(PREFIX): value for name, value in tensors.items() if name.startswith(PREFIX)}
    sizes = (config[name] for name in ("num_hidden_layers", "num_attention_heads", "layer_norm_eps"))
    return Encoder(layers, *sizes), heads


def _build(encoder: Encoder, heads: dict[str, Array], outliers: list[list[int]], *, peaks: bool = False) -> Any:
    from onnx import TensorProto, helper

    graph = Graph(steps=SEVEN_BITS)
    states = encode(graph, encoder, embedded(graph, encoder), outliers)
    head_on(graph, states, heads, "span", "spans")
    head_on(graph, opening(graph, states), heads, "answers", "answers")
    value = helper.make_tensor_value_info
    outputs = [
        value("spans", TensorProto.FLOAT, [1, "length", 2]),
        value("answers", TensorProto.FLOAT, [1, 1, 1]),
    ]
    return graph.model("reader", inputs_of(encoder), outputs + (show_peaks(graph, encoder) if peaks else []))


def inputs_of(encoder: Encoder) -> list[Any]:
    """The inputs of a graph that is given word vectors, see `feed_of`."""
    from onnx import TensorProto, helper

    width = encoder.tensors["embeddings.LayerNorm.weight"].shape[0]
    return [
        helper.make_tensor_value_info("words", TensorProto.FLOAT, [1, "length", width]),
        helper.make_tensor_value_info("kinds", TensorProto.INT64, ["length"]),
    ]


def opening(graph: Graph, states: str) -> str:
    """The state (1, 1, width) of `<s>`."""
    graph.node("Gather", [states, graph.constant("first", np.array([0], np.int64))], "opening", axis=1)
    return "opening"


def head_on(graph: Graph, states: str, heads: dict[str, Array], name: str, output: str) -> None:
    """Put a linear head of that name on states; its output is called `output`."""
    matrix, bias = np.ascontiguousarray(heads[f"{name}.weight"].T), heads[f"{name}.bias"]
    graph.node("MatMul", [states, graph.constant(f"{name}.weight", matrix)], f"{name}.product")
    graph.node("Add", [f"{name}.product", graph.constant(f"{name}.bias", bias)], output)


def embedded(graph: Graph, encoder: Encoder) -> str:
    """The embeddings that the first layer is given: words, places and kinds of tokens, summed and normed."""
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
