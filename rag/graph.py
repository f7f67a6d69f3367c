"""The graph that serves: a SentenceTransformer folder of the BERT kind -> one int8 ONNX graph, pieces -> unit vector.

The graph takes one text at a time: nothing is padded, and a text has the same vector alone and among others. It is
written with the fused operators of onnxruntime, eight-bit matrices (a scale for each column, activations scaled as they
come) and eight-bit word embeddings that stay on disk until a row is read.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelDamaged, ModelError
from rag.pieces import Pieces, save_pieces

GRAPH_FORMAT = 1
GRAPH_FILE = "model.onnx"
DATA_FILE = "model.onnx.data"
DESCRIPTION_FILE = "graph.json"
RUNTIME = "onnxruntime int8"

FUSED = "com.microsoft"
# The feed-forward activations of ordinary channels stay under this; the few that do not are computed apart, because one
# value of 60 would leave the other 1,535 channels a handful of the 256 steps.
CEILING = 6.0

# Texts that show which channels exceed the ceiling. They decide where precision is spent, not what is computed.
SAMPLES = (
    "Hà Nội là thủ đô của nước Cộng hòa Xã hội chủ nghĩa Việt Nam, nằm bên bờ sông Hồng.",
    "Ngày 12/3/2024, Ủy ban nhân dân tỉnh công bố quyết định hỗ trợ 1.250 hộ dân (hơn 35,5 tỉ đồng).",
    "Ai là người phát hiện ra định luật này?",
    "The river rises in the mountains, flows 1,149 km to the north-east and reaches the sea near the old port.",
    "Who wrote it, and when?",
    "北京是中华人民共和国的首都，也是全国的政治和文化中心。",
    "Le conseil a décidé, malgré l'opposition de plusieurs membres, de reporter le vote au 3 juin.",
    "Москва является столицей России; население города превышает 12 миллионов человек.",
)

Array = NDArray[Any]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Source:
    """What is read from the SentenceTransformer folder."""

    tensors: dict[str, Array]
    layers: int
    heads: int
    epsilon: float
    hidden: int
    max_tokens: int
    prompts: dict[str, str]


@dataclass(slots=True)
class _Graph:
    """Nodes and constants under construction; a node is named by its first output."""

    nodes: list[Any] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)

    def constant(self, name: str, value: Array) -> str:
        self.constants[name] = np.ascontiguousarray(value)
        return name

    def node(
        self, operator: str, inputs: list[str], output: str, *more: str, domain: str = "", **attributes: Any
    ) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output, *more], name=output, domain=domain, **attributes))
        return output

    def linear(self, name: str, value: str, matrix: Array, bias: Array) -> str:
        """Add `value @ matrix + bias` in eight bits; `matrix` is (inputs, outputs)."""
        whole, scale = _eight_bits(matrix, axis=0)
        inputs = [
            value,
            self.constant(f"{name}.weight", whole),
            self.constant(f"{name}.scale", scale[0]),
            self.constant(f"{name}.zero", np.zeros(len(bias), np.int8)),
            self.constant(f"{name}.bias", bias),
        ]
        return self.node("DynamicQuantizeMatMul", inputs, name, domain=FUSED)

    def norm(self, name: str, value: str, residual: str, source: _Source, norm: str) -> str:
        """Add the layer norm of `value + residual`."""
        weight = self.constant(f"{name}.weight", source.tensors[f"{norm}.weight"])
        bias = self.constant(f"{name}.bias", source.tensors[f"{norm}.bias"])
        inputs = [value, residual, weight, bias]
        return self.node("SkipLayerNormalization", inputs, name, domain=FUSED, epsilon=source.epsilon)


def export(folder: Path, target: Path) -> None:
    """Write the int8 graph of the SentenceTransformer folder `folder` into the folder `target` (about 125 MB).

    `target` appears whole or not at all; one that exists is replaced.
    Raises `ModelDamaged` when files of `folder` are missing or malformed, `ModelError` for another kind of model.
    """
    log.info("exporting %s to %s", folder, target)
    building = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    building.mkdir(parents=True)
    try:
        source = _read(folder)
        save_pieces(folder / "tokenizer.json", building)
        outliers = _outliers(source, Pieces(building))
        _save(_build(source, outliers), building)
        _describe(source, building)
        if target.exists():
            shutil.rmtree(target)
        building.rename(target)
    except (KeyError, ValueError, FileNotFoundError) as error:
        raise ModelDamaged(f"{folder}: not a complete SentenceTransformer folder ({error}); remove it") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _read(folder: Path) -> _Source:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    config = _json(folder / "config.json")
    pooling = _json(folder / "1_Pooling" / "config.json")
    kind = (config.get("model_type"), config.get("hidden_act"), pooling.get("pooling_mode_mean_tokens"))
    if kind != ("bert", "gelu", True):
        raise ModelError(f"{folder}: only a BERT with GELU and mean pooling can be exported, this is {kind}")
    try:
        tensors = load_file(folder / "model.safetensors")
    except SafetensorError as error:
        raise ValueError(f"model.safetensors: {error}") from error
    return _Source(
        tensors=tensors,
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        epsilon=config["layer_norm_eps"],
        hidden=config["hidden_size"],
        max_tokens=_json(folder / "sentence_bert_config.json")["max_seq_length"],
        prompts=_json(folder / "config_sentence_transformers.json")["prompts"],
    )


def _json(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} is not an object")
    return content


def _build(source: _Source, outliers: list[list[int]], *, show_peaks: bool = False) -> Any:
    """Build the model; with `show_peaks` it also gives each layer's largest feed-forward activation of each channel."""
    from onnx import TensorProto, helper, numpy_helper

    graph = _Graph()
    value = _embeddings(graph, source)
    for layer in range(source.layers):
        value = _attention(graph, source, layer, value)
        value = _feed_forward(graph, source, layer, value, outliers[layer])
    _pool(graph, value)
    outputs = [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, source.hidden])]
    if show_peaks:
        for layer in range(source.layers):
            peaks = graph.node("ReduceMax", [f"layer{layer}.gelu", "first axis"], f"layer{layer}.peaks", keepdims=0)
            outputs.append(helper.make_tensor_value_info(peaks, TensorProto.FLOAT, [1, None]))
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "sentence vector",
            [helper.make_tensor_value_info("pieces", TensorProto.INT64, [1, "length"])],
            outputs,
            [numpy_helper.from_array(value, name) for name, value in graph.constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(FUSED, 1)],
        ir_version=10,
    )


def _embeddings(graph: _Graph, source: _Source) -> str:
    words, scale = _eight_bits(source.tensors["embeddings.word_embeddings.weight"], axis=1)
    graph.constant("words", words)
    graph.constant("words.scale", scale)
    # A text is one segment, so its type never changes.
    kind = source.tensors["embeddings.token_type_embeddings.weight"][0]
    graph.constant("positions", source.tensors["embeddings.position_embeddings.weight"] + kind)
    graph.constant("start", np.array([0], np.int64))
    graph.constant("first axis", np.array([1], np.int64))
    graph.node("Gather", ["words", "pieces"], "word.whole")
    graph.node("Cast", ["word.whole"], "word.float", to=1)
    graph.node("Gather", ["words.scale", "pieces"], "word.scale")
    graph.node("Mul", ["word.float", "word.scale"], "word")
    graph.node("Shape", ["pieces"], "length", start=1, end=2)
    graph.node("Slice", ["positions", "start", "length", "start"], "position.rows")
    graph.node("Unsqueeze", ["position.rows", "start"], "position")
    return graph.norm("embedding", "word", "position", source, "embeddings.LayerNorm")


def _attention(graph: _Graph, source: _Source, layer: int, value: str) -> str:
    name, prefix, tensors = f"layer{layer}", f"encoder.layer.{layer}.attention", source.tensors
    three = [f"{prefix}.self.{part}" for part in ("query", "key", "value")]
    matrix = np.concatenate([tensors[f"{part}.weight"].T for part in three], axis=1)
    bias = np.concatenate([tensors[f"{part}.bias"] for part in three])
    whole, scale = _eight_bits(matrix, axis=0)
    graph.node("DynamicQuantizeLinear", [value], f"{name}.in", f"{name}.in.scale", f"{name}.in.zero")
    inputs = [
        f"{name}.in",
        graph.constant(f"{name}.qkv.weight", whole),
        graph.constant(f"{name}.qkv.bias", bias),
        f"{name}.in.scale",
        graph.constant(f"{name}.qkv.scale", scale[0]),
        "",
        f"{name}.in.zero",
        graph.constant(f"{name}.qkv.zero", np.zeros(len(bias), np.int8)),
    ]
    context = graph.node("QAttention", inputs, f"{name}.context", domain=FUSED, num_heads=source.heads)
    dense = f"{prefix}.output.dense"
    out = graph.linear(f"{name}.attention", context, tensors[f"{dense}.weight"].T, tensors[f"{dense}.bias"])
    return graph.norm(f"{name}.middle", out, value, source, f"{prefix}.output.LayerNorm")


def _feed_forward(graph: _Graph, source: _Source, layer: int, value: str, outliers: list[int]) -> str:
    name, prefix, tensors = f"layer{layer}", f"encoder.layer.{layer}", source.tensors
    up, down = f"{prefix}.intermediate.dense", f"{prefix}.output.dense"
    wide = graph.linear(f"{name}.up", value, tensors[f"{up}.weight"].T, tensors[f"{up}.bias"])
    wide = graph.node("Gelu", [wide], f"{name}.gelu", domain=FUSED)
    matrix = tensors[f"{down}.weight"].T
    residual = value
    if outliers:
        ceiling = graph.constant("ceiling", np.array(CEILING, np.float32))
        graph.constant(f"{name}.outliers", np.array(outliers, np.int64))
        graph.node("Gather", [wide, f"{name}.outliers"], f"{name}.peak", axis=2)
        graph.node("Sub", [f"{name}.peak", ceiling], f"{name}.above")
        graph.node("Relu", [f"{name}.above"], f"{name}.excess")
        rows = graph.constant(f"{name}.outliers.weight", matrix[outliers])
        extra = graph.node("MatMul", [f"{name}.excess", rows], f"{name}.extra")
        residual = graph.node("Add", [value, extra], f"{name}.residual")
        wide = graph.node("Min", [wide, ceiling], f"{name}.clipped")
    out = graph.linear(f"{name}.down", wide, matrix, tensors[f"{down}.bias"])
    return graph.norm(f"{name}.end", out, residual, source, f"{prefix}.output.LayerNorm")


def _pool(graph: _Graph, value: str) -> None:
    graph.node("ReduceMean", [value, "first axis"], "mean", keepdims=0)
    graph.node("ReduceL2", ["mean", "first axis"], "norm", keepdims=1)
    graph.node("Div", ["mean", "norm"], "vector")


def _eight_bits(matrix: Array, axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return whole numbers in -127..127 and the scale of each column (`axis` 0) or row (1)."""
    scale = np.maximum(np.abs(matrix).max(axis, keepdims=True), 1e-12) / 127
    return np.rint(matrix / scale).astype(np.int8), scale.astype(np.float32)


def _outliers(source: _Source, pieces: Pieces) -> list[list[int]]:
    """Find the feed-forward channels of each layer that exceed the ceiling on the samples."""
    import onnxruntime

    session = onnxruntime.InferenceSession(
        _build(source, [[]] * source.layers, show_peaks=True).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = [f"layer{layer}.peaks" for layer in range(source.layers)]
    texts = [source.prompts[kind] + text for kind in ("passage", "query") for text in SAMPLES]
    peaks: list[Array] = []
    for text in texts:
        numbers = np.array([pieces.framed(text, source.max_tokens)], np.int64)
        peaks.append(np.concatenate(session.run(names, {"pieces": numbers})))
    return [np.flatnonzero(row > CEILING).tolist() for row in np.max(peaks, axis=0)]


def _save(model: Any, folder: Path) -> None:
    import onnx

    onnx.save(model, folder / GRAPH_FILE, save_as_external_data=True, location=DATA_FILE)


def _describe(source: _Source, folder: Path) -> None:
    files = sorted(file for file in folder.iterdir() if file.is_file())
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    description = {
        "format": GRAPH_FORMAT,
        "runtime": RUNTIME,
        "dimension": source.hidden,
        "max_tokens": source.max_tokens,
        "query_prefix": source.prompts["query"],
        "passage_prefix": source.prompts["passage"],
        "sha256": digest.hexdigest(),
        "bytes": {file.name: file.stat().st_size for file in files},
    }
    (folder / DESCRIPTION_FILE).write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
