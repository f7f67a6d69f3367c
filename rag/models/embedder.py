"""The seam of embedding models: texts -> unit vectors whose dot product says how near in meaning they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.progress import Progress

# The embedding model that is there without a setting, for which thresholds and offsets in this package were measured.
PINNED_MODEL = "multilingual-e5-small"

# (n, d) float32, one row a text.
Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """An embedding model. Vectors of equal `fingerprint` can be compared and kept; safe to share between threads."""

    @property
    def name(self) -> str:
        """The model's name as configured."""

    @property
    def fingerprint(self) -> str:
        """SHA-256, in hexadecimal, over all that decides the vectors: weights, prefixes, runtime."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    @property
    def max_tokens(self) -> int:
        """The tokens that are read of one text, special ones included; the rest is cut off."""

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return (n, d) float32 unit rows in the order of `texts`, each the same alone and among others."""

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return (n, d) float32 unit rows in the order of `texts`, to be compared with those of passages."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return each text's tokens without special ones and without a prefix, however many."""


def fingerprint_of(*parts: str) -> str:
    """The fingerprint of an embedder from all that decides its vectors."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
