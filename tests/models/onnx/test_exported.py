from __future__ import annotations

import json
import os
from pathlib import Path
from shutil import copytree

import pytest

from rag.errors import ModelDamaged
from rag.models.graph_embedder import GraphEmbedder
from rag.models.onnx import export, read_description, verify_graph
from rag.models.onnx.exported import DATA_FILE, DESCRIPTION_FILE
from tests.encoders import save_encoder


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    export(save_encoder(folder / "tiny"), folder / "graph")
    return folder / "graph"


@pytest.fixture
def graph(exported: Path, tmp_path: Path) -> Path:
    return Path(copytree(exported, tmp_path / "graph"))


def change(file: Path) -> None:
    """Change one byte, leaving size and modification time as they are."""
    seen = file.stat()
    with file.open("r+b") as content:
        byte = content.read(1)
        content.seek(0)
        content.write(bytes([byte[0] ^ 1]))
    os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def test_what_was_exported_is_taken(graph: Path) -> None:
    assert read_description(graph)["format"] == 2
    verify_graph(graph)


@pytest.mark.parametrize("name", ["model.onnx", DATA_FILE, "pieces.txt", "scores.npy"])
def test_a_graph_with_another_byte_is_not_loaded(graph: Path, name: str) -> None:
    change(graph / name)
    with pytest.raises(ModelDamaged, match=r"SHA-256 [0-9a-f]{64}, exported with [0-9a-f]{64}"):
        GraphEmbedder(graph)
    with pytest.raises(ModelDamaged, match="remove it, and it is made anew"):
        verify_graph(graph)


@pytest.mark.parametrize("name", ["dimension", "max_tokens", "query_prefix", "runtime", "description_sha256"])
def test_a_description_with_another_value_is_not_taken(graph: Path, name: str) -> None:
    file = graph / DESCRIPTION_FILE
    description = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**description, name: description[name] * 2}), encoding="utf-8")
    for use in (GraphEmbedder, verify_graph):
        with pytest.raises(ModelDamaged, match=r"graph\.json has SHA-256 [0-9a-f]{64}, written with"):
            use(graph)


def test_a_description_of_an_earlier_version_is_taken(graph: Path) -> None:
    file = graph / DESCRIPTION_FILE
    description = json.loads(file.read_text(encoding="utf-8"))
    del description["description_sha256"]
    file.write_text(json.dumps(description), encoding="utf-8")
    verify_graph(graph)


def test_verification_trusts_no_earlier_look(graph: Path) -> None:
    read_description(graph)
    change(graph / DATA_FILE)
    read_description(graph)
    with pytest.raises(ModelDamaged, match="SHA-256"):
        verify_graph(graph)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1}', '{"format": 2, "bytes": 3}'])
def test_a_description_that_is_none(graph: Path, content: str) -> None:
    (graph / DESCRIPTION_FILE).write_text(content)
    with pytest.raises(ModelDamaged, match="not a complete exported graph"):
        read_description(graph)


def test_only_public_functions_are_used_outside() -> None:
    rag = Path(__file__).parents[3] / "rag"
    outside = [path for path in rag.rglob("*.py") if path.parent != rag / "models" / "onnx"]
    assert len(outside) > 50
    assert not [path for path in outside if "rag.models.onnx." in path.read_text(encoding="utf-8")]
