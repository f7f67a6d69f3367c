from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from rag.models.tensors_file import read_tensors, write_tensors

TENSORS: dict[str, NDArray[Any]] = {
    "b": np.arange(12, dtype=np.float32).reshape(3, 4).T,
    "a": np.array([1, 2], np.int64),
}


def test_what_was_written_is_read_by_any_reader_of_such_files(tmp_path: Path) -> None:
    write_tensors(tmp_path / "w.safetensors", TENSORS)
    for found in (read_tensors(tmp_path / "w.safetensors"), load_file(tmp_path / "w.safetensors")):
        assert found.keys() == TENSORS.keys()
        assert all(np.array_equal(found[name], value) for name, value in TENSORS.items())
    assert [each.name for each in tmp_path.iterdir()] == ["w.safetensors"]


def test_no_flipped_bit_is_read_as_other_values(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    write_tensors(path, TENSORS)
    content = path.read_bytes()
    for place in range(len(content)):
        for bit in range(8):
            flipped = bytearray(content)
            flipped[place] ^= 1 << bit
            path.write_bytes(flipped)
            with suppress(ValueError):
                found = read_tensors(path)
                assert all(np.array_equal(found[name], value) for name, value in TENSORS.items())


def test_a_file_from_elsewhere_is_read(tmp_path: Path) -> None:
    save_file({"a": TENSORS["a"]}, tmp_path / "w.safetensors")
    assert [*read_tensors(tmp_path / "w.safetensors")] == ["a"]
    with pytest.raises(OSError, match="nowhere"):
        read_tensors(tmp_path / "nowhere")
