"""The folder of an exported embedding graph: its files, and the description that says which contents they must have."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from rag.errors import ModelDamaged
from rag.models.checksums import known_sha256, sha256

GRAPH_FORMAT = 2
GRAPH_FILE = "model.onnx"
DATA_FILE = "model.onnx.data"
DESCRIPTION_FILE = "graph.json"
_SEAL = "description_sha256"


def write_description(folder: Path, fields: dict[str, Any]) -> None:
    """Write what is to be known of a graph, and the sizes and the SHA-256 of the files in its folder."""
    files = sorted(file for file in folder.iterdir() if file.is_file())
    description = {
        "format": GRAPH_FORMAT,
        **fields,
        "sha256": sha256(*files),
        "bytes": {file.name: file.stat().st_size for file in files},
    }
    description[_SEAL] = _sealed(description)
    (folder / DESCRIPTION_FILE).write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


def read_description(folder: Path) -> dict[str, Any]:
    """Read the description of a graph, and see that its files are those that were exported.

    They are read whole only when they changed since they were last seen. Raises `ModelDamaged`.
    """
    return _described(folder, known=True)


def verify_graph(folder: Path) -> None:
    """Read all files of a graph and compare their hash with that in its description. Raises `ModelDamaged`."""
    _described(folder, known=False)


def damaged(place: Path, error: Exception) -> ModelDamaged:
    """What is raised for a graph, or a file of one, that is not what was exported."""
    return ModelDamaged(f"{place}: not a complete exported graph ({error}); remove it, and it is made anew")


def _sealed(description: dict[str, Any]) -> str:
    """The SHA-256 of a description without its own."""
    fields = {name: value for name, value in description.items() if name != _SEAL}
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def _described(folder: Path, *, known: bool) -> dict[str, Any]:
    try:
        description: dict[str, Any] = json.loads((folder / DESCRIPTION_FILE).read_text(encoding="utf-8"))
        if description["format"] != GRAPH_FORMAT:
            raise ValueError(f"format {description['format']}, not {GRAPH_FORMAT}")
        # One of an earlier version has no hash of itself.
        if description.get(_SEAL) not in (None, sealed := _sealed(description)):
            raise ValueError(f"{DESCRIPTION_FILE} has SHA-256 {sealed}, written with {description[_SEAL]}")
        for name, size in description["bytes"].items():
            if (actual := (folder / name).stat().st_size) != size:
                raise ValueError(f"{name} has {actual} bytes, not {size}")
        files = [folder / name for name in sorted(description["bytes"])]
        digest = known_sha256(folder.parent, *files) if known else sha256(*files)
        if digest != description["sha256"]:
            raise ValueError(f"SHA-256 {digest}, exported with {description['sha256']}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(folder, error) from error
    return description
