"""Weights in a safetensors file that shows when one of them was changed: its header keeps the SHA-256 of them all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SEAL = "sha256"


def write_tensors(path: Path, tensors: Mapping[str, NDArray[Any]]) -> None:
    """Write tensors by name, the same bytes for the same tensors; a file that is there is replaced whole."""
    from safetensors.numpy import save_file

    kept = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    building = path.with_name(f".{path.name}")
    # With a second entry their order would be another each time.
    save_file(kept, building, metadata={_SEAL: _digest(kept)})
    building.replace(path)


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a safetensors file by name.

    Raises `OSError` when it is not there, `ValueError` when it is no such file, or not as `write_tensors` wrote it; one
    from elsewhere has no hash to compare.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            expected = (file.metadata() or {}).get(_SEAL)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no mapping)
    except SafetensorError as error:
        raise ValueError(f"{path.name}: {error}") from error
    if expected and (actual := _digest(tensors)) != expected:
        raise ValueError(f"{path.name}: SHA-256 of its tensors {actual}, written with {expected}")
    return tensors


def _digest(tensors: Mapping[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tensor.shape}\n".encode())
        digest.update(tensor.data)
    return digest.hexdigest()
