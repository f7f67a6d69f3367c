"""The sentences of a chunk as bytes: their number, ranges, the scale of each vector, and the vectors in eight bits."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

_COUNT = struct.Struct("<I")
_STEPS = 127


def packed(ranges: NDArray[np.int32], vectors: NDArray[np.float32]) -> bytes:
    """The bytes of ranges (n, 2) and vectors (n, d): 12 + d bytes a sentence."""
    scales = np.maximum(np.abs(vectors).max(axis=1, initial=0.0), np.finfo(np.float32).tiny) / _STEPS
    steps = np.round(vectors / scales[:, None]).astype(np.int8)
    parts = (ranges.astype("<i4"), scales.astype("<f4"), steps)
    return _COUNT.pack(len(ranges)) + b"".join(part.tobytes() for part in parts)


def unpacked(stored: bytes, dimension: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The ranges (n, 2) and unit vectors (n, d) of bytes. Raises `ValueError` for bytes that are none of `packed`."""
    if len(stored) < _COUNT.size:
        raise ValueError("sentences of no length")
    (count,) = _COUNT.unpack_from(stored)
    if len(stored) != _COUNT.size + count * (12 + dimension):
        raise ValueError(f"{count} sentences in {len(stored)} bytes")
    ranges = np.frombuffer(stored, "<i4", 2 * count, _COUNT.size).reshape(count, 2)
    scales = np.frombuffer(stored, "<f4", count, _COUNT.size + 8 * count)
    steps = np.frombuffer(stored, np.int8, count * dimension, _COUNT.size + 12 * count).reshape(count, dimension)
    vectors = steps * scales[:, None]
    return ranges, vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
