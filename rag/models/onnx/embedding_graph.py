"""The graph that serves: a SentenceTransformer folder of the BERT kind -> one int8 ONNX graph, tokens -> unit vector.

The graph takes one text at a time: nothing is padded, and a text has the same vector alone and among others. Its word
embeddings, in eight bits too, stay on disk until a row is read.
"""

from __future__ import annotations

import json
import logging
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ModelDamaged, ModelError
from rag.models.onnx.encoder import SEVEN_BITS, Encoder, Graph, encode, outliers_of, show_peaks, whole_numbers
from rag.models.onnx.exported import DATA_FILE, GRAPH_FILE, write_description
from rag.models.tensors_file import read_tensors
from rag.models.tokenizer import UnigramTokenizer, save_vocabulary

RUNTIME = "onnxruntime int8"

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

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Source:
    """What is read from the SentenceTransformer folder."""

    encoder: Encoder
    hidden: int
    max_tokens: int
    prompts: dict[str, str]


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
        save_vocabulary(folder / "tokenizer.json", building)
        outliers = _outliers(source, UnigramTokenizer(building))
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
    config = _json(folder / "config.json")
    pooling = _json(folder / "1_Pooling" / "config.json")
    kind = (config.get("model_type"), config.get("hidden_act"), pooling.get("pooling_mode_mean_tokens"))
    if kind != ("bert", "gelu", True):
        raise ModelError(f"{folder}: only a BERT with GELU and mean pooling can be exported, this is {kind}")
    tensors = read_tensors(folder / "model.safetensors")
    layers, heads, epsilon = (config[name] for name in ("num_hidden_layers", "num_attention_heads", "layer_norm_eps"))
    return _Source(
        encoder=Encoder(tensors, layers, heads, epsilon),
        hidden=config["hidden_size"],
        max_tokens=_json(folder / "sentence_bert_config.json")["max_seq_length"],
        prompts=_json(folder / "config_sentence_transformers.json")["prompts"],
    )


def _json(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} is not an object")
    return content


def _build(source: _Source, outliers: list[list[int]], *, peaks: bool = False) -> Any:
    """Build the model; with `peaks` it also gives each layer's largest feed-forward activation of each channel."""
    from onnx import TensorProto, helper

    graph = Graph(steps=SEVEN_BITS)
    _pool(graph, encode(graph, source.encoder, _embeddings(graph, source.encoder), outliers))
    outputs = [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, source.hidden])]
    return graph.model(
        "sentence vector",
        [helper.make_tensor_value_info("pieces", TensorProto.INT64, [1, "length"])],
        outputs + (show_peaks(graph, source.encoder) if peaks else []),
    )


def _embeddings(graph: Graph, encoder: Encoder) -> str:
    words, scale = whole_numbers(encoder.tensors["embeddings.word_embeddings.weight"], axis=1)
    graph.constant("words", words)
    graph.constant("words.scale", scale)
    # A text is one segment, so its type never changes.
    kind = encoder.tensors["embeddings.token_type_embeddings.weight"][0]
    graph.constant("positions", encoder.tensors["embeddings.position_embeddings.weight"] + kind)
    graph.constant("start", np.array([0], np.int64))
    graph.constant("first axis", np.array([1], np.int64))
    graph.node("Gather", ["words", "pieces"], "word.whole")
    graph.node("Cast", ["word.whole"], "word.float", to=1)
    graph.node("Gather", ["words.scale", "pieces"], "word.scale")
    graph.node("Mul", ["word.float", "word.scale"], "word")
    graph.node("Shape", ["pieces"], "length", start=1, end=2)
    graph.node("Slice", ["positions", "start", "length", "start"], "position.rows")
    graph.node("Unsqueeze", ["position.rows", "start"], "position")
    return graph.norm("embedding", "word", "position", encoder, "embeddings.LayerNorm")


def _pool(graph: Graph, value: str) -> None:
    graph.node("ReduceMean", [value, "first axis"], "mean", keepdims=0)
    graph.node("ReduceL2", ["mean", "first axis"], "norm", keepdims=1)
    graph.node("Div", ["mean", "norm"], "vector")


def _outliers(source: _Source, tokenizer: UnigramTokenizer) -> list[list[int]]:
    """Find the feed-forward channels of each layer that exceed the ceiling on the samples."""
    texts = [source.prompts[kind] + text for kind in ("passage", "query") for text in SAMPLES]
    feeds = [{"pieces": np.array([tokenizer.with_special_tokens(text, source.max_tokens)], np.int64)} for text in texts]
    return outliers_of(_build(source, [[]] * source.encoder.layers, peaks=True), source.encoder, feeds)


def _save(model: Any, folder: Path) -> None:
    import onnx

    onnx.save(model, folder / GRAPH_FILE, save_as_external_data=True, location=DATA_FILE)


def _describe(source: _Source, folder: Path) -> None:
    write_description(
        folder,
        {
            "runtime": RUNTIME,
            "dimension": source.hidden,
            "max_tokens": source.max_tokens,
            "query_prefix": source.prompts["query"],
            "passage_prefix": source.prompts["passage"],
        },
    )
