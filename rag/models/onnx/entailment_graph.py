"""The graph that tells entailment: a trained network's weights -> one int8 ONNX graph, word vectors -> three logits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rag.errors import ModelDamaged
from rag.models.onnx.encoder import SEVEN_BITS, Array, Encoder, Graph, encode, show_peaks
from rag.models.onnx.reader_graph import embedded, export_network, head_on, inputs_of, opening


def export_entailment(weights: Path, target: Path, embedding: Path, served: Path) -> str:
    """Write the int8 graph of a trained entailment network into the file `target`, and return its SHA-256.

    `embedding` and `served` are as in `export_reader`. Raises `ModelDamaged` when the weights are not those of one.
    """
    try:
        return export_network(weights, target, embedding, served, _build)
    except (KeyError, ValueError, OSError) as error:
        raise ModelDamaged(f"{weights}: not the weights of an entailment model ({error})") from error


def _build(encoder: Encoder, heads: dict[str, Array], outliers: list[list[int]], *, peaks: bool = False) -> Any:
    from onnx import TensorProto, helper

    graph = Graph(steps=SEVEN_BITS)
    states = encode(graph, encoder, embedded(graph, encoder), outliers)
    head_on(graph, opening(graph, states), heads, "verdict", "verdicts")
    outputs = [helper.make_tensor_value_info("verdicts", TensorProto.FLOAT, [1, 1, 3])]
    return graph.model("entailment", inputs_of(encoder), outputs + (show_peaks(graph, encoder) if peaks else []))
