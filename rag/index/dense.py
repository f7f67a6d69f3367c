"""The dense index: the vectors of a collection in FAISS, searched by cosine; it is read from disk as needed.

dense.faiss      the vectors, 16 bits a dimension as the store keeps them, in order of chunk id
sketch.faiss     from `APPROXIMATE_FROM` chunks on: one bit a dimension
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from rag.index.leg import Hits, Ids, Scores, Vector

Vectors = NDArray[np.float16] | NDArray[np.float32]

# Fewer chunks are compared exactly. Of more, a sketch of one bit a dimension (RaBitQ: Gao and Long, SIGMOD 2024)
# selects those that are. Measured over 500,000 chunks on 2 cores, for real questions: 9 ms instead of 60, recall@10
# .998, 28 MB more, nothing to train but the mean. Clusters (IVF) must compare a fifth of the chunks for .97, because
# questions lie apart from passages; a graph (HNSW) needs 21 ms for .96 and lets nothing be removed; product
# quantization is as good, and must be trained.
APPROXIMATE_FROM = 200_000
# The sketch selects so many chunks, and so many more for each of the limit; their cosines are then computed.
_SELECTED, _SELECTED_EACH = 1000, 10
# Up to this share of the rows it is quicker to read them one by one than to scan all.
_FEW = 0.02
_BLOCK = 8192
_TRAINED_ON = 100_000
_ROWS, _SKETCH = "dense.faiss", "sketch.faiss"


class DenseIndex:
    """The unit vectors of chunks, by chunk id; a search gives their products with a vector, cosines of a unit one."""

    def __init__(self, index: Any, sketch: Any | None = None) -> None:
        """Take a FAISS index of 16-bit vectors in order of their ids, and its sketch, made here if there is none.

        Raises `ValueError` when it is another kind of index, or not in order.
        """
        import faiss

        self._faiss: Any = faiss
        self._index = index
        self._rows = faiss.downcast_index(index.index)
        if not isinstance(self._rows, faiss.IndexScalarQuantizer) or self._rows.code_size != 2 * index.d:
            raise ValueError("an index of another kind")
        self.ids: Ids = faiss.vector_to_array(index.id_map)
        if not (np.diff(self.ids) > 0).all():
            raise ValueError("ids that are not in order")
        size = self._rows.codes.size()
        codes = faiss.rev_swig_ptr(self._rows.codes.data(), size) if size else np.zeros(0, np.uint8)
        # A view of the file, of bytes because the vectors need not start at an even place in it.
        self._codes: NDArray[np.uint8] = codes.reshape(-1, 2 * index.d)
        if sketch is None and _level(len(self)):
            sketch = _sketch(self._rows)
        self._sketch = sketch

    @classmethod
    def build(cls, ids: Ids, vectors: Vectors) -> DenseIndex:
        """Index unit vectors (n, d) under their chunk ids (n,), in any order."""
        order = np.argsort(ids, kind="stable")
        if not np.array_equal(order, np.arange(len(ids))):
            ids, vectors = ids[order], vectors[order]
        return cls(_add(_empty(vectors.shape[1]), ids, vectors))

    def updated(self, removed: Ids, ids: Ids, vectors: Vectors) -> DenseIndex:
        """Return an index without the chunks `removed`, with vectors (n, d) added under `ids` (n,), above all others.

        The sketch keeps the mean that it was trained on until the collection has doubled or halved.
        """
        gone = np.flatnonzero(np.isin(self.ids, removed))
        kept = np.delete(self.ids, gone)
        if len(ids) and len(kept) and ids[0] <= kept[-1]:
            raise ValueError("chunks are added in order of their ids")
        index = _empty(self._index.d)
        for block in _blocks(np.delete(np.arange(len(self)), gone)):
            index.add_sa_codes(self._codes[block], self.ids[block])
        sketch = None
        if self._sketch is not None and _level(len(kept) + len(ids)) == _level(len(self)):
            sketch = self._faiss.deserialize_index(self._faiss.serialize_index(self._sketch))
            sketch.remove_ids(gone)
            for block in _blocks(vectors):
                sketch.add(block.astype(np.float16).astype(np.float32))
        return DenseIndex(_add(index, ids, vectors), sketch)

    @classmethod
    def load(cls, folder: Path) -> DenseIndex:
        """Open what `save` wrote. Raises `ValueError` when it is missing, damaged or of an earlier version."""
        import faiss

        try:
            index = faiss.read_index(str(folder / _ROWS), faiss.IO_FLAG_MMAP_IFC)
            sketch = faiss.read_index(str(folder / _SKETCH)) if _level(index.ntotal) else None
            if sketch is not None and sketch.ntotal != index.ntotal:
                raise ValueError("its sketch is of other vectors")
            return cls(index, sketch)
        except (AttributeError, RuntimeError, ValueError) as error:
            raise ValueError(f"{folder}: no readable vector index") from error

    def save(self, folder: Path) -> None:
        """Write the index into a folder that holds none. Raises `OSError` when it cannot be written whole."""
        parts = {_ROWS: self._index} | ({} if self._sketch is None else {_SKETCH: self._sketch})
        for name, index in parts.items():
            with (folder / name).open("xb") as file:
                _write(index, file)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, query: Vector, limit: int, among: Ids | None = None) -> Hits:
        """Return the `limit` nearest chunks with these products, the best first; fewer when there are fewer.

        With `among`, ids in order, only these chunks are searched, and all of them.
        """
        if among is not None:
            places = self._places(among)
            if len(places) > _FEW * len(self):
                places = self._scan(query, limit, places)
        elif self._sketch is not None:
            selected = min(_SELECTED + _SELECTED_EACH * limit, len(self))
            places = np.sort(self._sketch.search(query.reshape(1, -1), selected)[1][0])
        else:
            places = self._scan(query, limit)
        # Scored anew after a scan too, so that a chunk has one score however it was found.
        scores = self._products(query, places)
        order = np.lexsort((places, -scores))[:limit]
        return Hits(self.ids[places[order]], scores[order])

    def scores(self, query: Vector, ids: Ids) -> Scores:
        """Return the products (n,) of these chunks, in their order."""
        places: Ids = np.searchsorted(self.ids, ids)
        return self._products(query, places)

    def _places(self, ids: Ids) -> Ids:
        ids = ids[ids <= self.ids[-1]] if len(self) else ids[:0]
        places: Ids = np.searchsorted(self.ids, ids)
        found: Ids = places[self.ids[places] == ids]
        return found

    def _scan(self, vector: Vector, k: int, among: Ids | None = None) -> Ids:
        """The places of the `k` nearest rows, unless fewer are held, by passing over all of them."""
        if not len(self) or not k:
            return np.zeros(0, dtype=np.int64)
        parameters = None
        if among is not None:
            chosen = np.zeros(len(self), dtype=bool)
            chosen[among] = True
            bits = np.packbits(chosen, bitorder="little")
            parameters = self._faiss.SearchParameters(sel=self._faiss.IDSelectorBitmap(bits))
        _, found = self._rows.search(vector.reshape(1, -1), min(k, len(self)), params=parameters)
        places: Ids = found[0][found[0] >= 0]
        return places

    def _products(self, vector: Vector, places: Ids) -> Scores:
        # Not a product of matrices: that gives equal rows at different places scores that differ in the last bit.
        parts = [
            np.einsum("ij,j->i", self._codes[block].view(np.float16).astype(np.float32), vector)
            for block in _blocks(places)
        ]
        return np.concatenate([np.zeros(0, np.float32), *parts])


def _write(index: Any, file: BinaryIO) -> None:
    """Write an index to an open file: the library's own writer tells nobody when the last bytes do not fit."""
    import faiss

    library: Any = faiss  # its types know no writer
    failures: list[OSError] = []

    def write(part: bytes) -> int:
        try:
            return file.write(part)
        except OSError as error:
            failures.append(error)
            return 0

    try:
        library.write_index(index, library.PyCallbackIOWriter(write))
    except RuntimeError:
        if not failures:
            raise
    if failures:
        raise failures[0]


def _level(count: int) -> int:
    """0 for as many chunks as are searched exactly, else growing by one with each doubling."""
    return (count // APPROXIMATE_FROM).bit_length()


def _empty(dimension: int) -> Any:
    import faiss

    halves = faiss.ScalarQuantizer.QT_fp16
    return faiss.IndexIDMap(faiss.IndexScalarQuantizer(dimension, halves, faiss.METRIC_INNER_PRODUCT))


def _sketch(rows: Any) -> Any:
    import faiss

    sketch = faiss.IndexRaBitQFastScan(rows.d, faiss.METRIC_INNER_PRODUCT)
    step = -(-rows.ntotal // _TRAINED_ON)
    sketch.train(rows.reconstruct_batch(np.arange(0, rows.ntotal, step)))
    for block in _blocks(np.arange(rows.ntotal)):
        sketch.add(rows.reconstruct_batch(block))
    return sketch


def _add(index: Any, ids: Ids, vectors: Vectors) -> Any:
    for block, named in zip(_blocks(vectors), _blocks(ids), strict=True):
        # Rounded here: the library does it otherwise than the store, which would be another number.
        index.add_sa_codes(np.ascontiguousarray(block.astype(np.float16)).view(np.uint8), named)
    return index


def _blocks(rows: Any) -> list[Any]:
    return [rows[first : first + _BLOCK] for first in range(0, len(rows), _BLOCK)]
