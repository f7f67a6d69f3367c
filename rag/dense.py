"""The dense leg: an exact FAISS index over the vectors of a collection, derived from its store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Scores = NDArray[np.float32]


class DenseIndex:
    """Inner products of unit vectors, that is cosines, by chunk id."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(cls, ids: Ids, vectors: NDArray[np.float32]) -> DenseIndex:
        """Index unit rows (n, d) under their ids (n,)."""
        import faiss

        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        if len(ids):
            index.add_with_ids(np.ascontiguousarray(vectors), ids)
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        """Read what `save` wrote. Raises `ValueError` when the file is missing or damaged."""
        import faiss

        try:
            return cls(faiss.read_index(str(path)))
        except RuntimeError as error:
            raise ValueError(f"{path}: no readable vector index") from error

    def save(self, path: Path) -> None:
        """Write the index to a file."""
        import faiss

        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, vector: NDArray[np.float32], k: int) -> tuple[Ids, Scores]:
        """Ids and cosines of the `k` nearest chunks, best first, ties by id; fewer when there are fewer."""
        if not len(self):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        scores, ids = self._index.search(vector.reshape(1, -1), min(k, len(self)))
        order = np.lexsort((ids[0], -scores[0]))
        return ids[0][order], scores[0][order]

    def scores(self, vector: NDArray[np.float32], ids: Ids) -> Scores:
        """Cosines (n,) of these chunks, in their order."""
        if not len(ids):
            return np.zeros(0, dtype=np.float32)
        rows: NDArray[np.float32] = self._index.reconstruct_batch(ids)
        return rows @ vector
