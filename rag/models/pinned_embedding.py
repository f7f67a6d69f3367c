"""The files of the pinned embedding model: 4-bit weights -> SentenceTransformer folder -> int8 graph."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from rag.errors import ModelDamaged
from rag.models.embedder import PINNED_MODEL
from rag.models.onnx import export, read_description, unpack
from rag.models.registry import find, locate


def exported_graph(models_folder: Path) -> Path:
    """The folder of the graph of the pinned embedding model, unpacked and exported first unless that is done.

    A graph that was changed since is made anew.
    Raises `ModelMissing` when neither it nor the weights are there, `ModelDamaged` for weights other than the pinned.
    """
    from filelock import FileLock

    graph = graph_folder(models_folder)
    if _is_whole(graph):
        return graph
    weights = locate(find(PINNED_MODEL), models_folder)
    with FileLock(models_folder / f"{PINNED_MODEL}.lock"):
        if not _is_whole(graph):
            unpacked = models_folder / PINNED_MODEL
            unpack(weights, unpacked)
            export(unpacked, graph)
    return graph


def unpacked_weights(models_folder: Path) -> Path:
    """The SentenceTransformer folder of the pinned embedding model, unpacked first unless that is done.

    Raises as `exported_graph`.
    """
    exported_graph(models_folder)
    folder = models_folder / PINNED_MODEL
    if not folder.is_dir():
        unpack(locate(find(PINNED_MODEL), models_folder), folder)
    return folder


def graph_folder(models_folder: Path) -> Path:
    """Where `exported_graph` puts the graph, whether it is there or not."""
    return models_folder / f"{PINNED_MODEL}-int8"


def _is_whole(graph: Path) -> bool:
    with suppress(ModelDamaged):
        return bool(read_description(graph))
    return False
