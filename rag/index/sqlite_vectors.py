"""The vectors of chunks and of their sentences in the SQLite database of a collection."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.index.sentence_codec import packed, unpacked
from rag.index.sqlite_file import SqliteFile
from rag.index.store import ChunkSentences, Manifest

# Made with the first of them: collections from before have none.
_SENTENCES = "CREATE TABLE IF NOT EXISTS sentences (key TEXT NOT NULL UNIQUE, packed BLOB NOT NULL)"


class SqliteVectors(ABC):
    """The part of a `rag.index.store.WritableStore` that keeps vectors, by the keys of chunks."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    @abstractmethod
    def manifest(self) -> Manifest:
        """Return what the collection was made with."""

    def vectors(self, after: int = 0) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
        """Ids (n,) and vectors (n, d) of every chunk whose id is above `after`, in order of id."""
        query = "SELECT chunks.id, vector FROM chunks JOIN vectors USING (key) WHERE chunks.id > ? ORDER BY chunks.id"
        dimension = self.manifest().dimension
        ids, vectors = [np.zeros(0, np.int64)], [np.zeros((0, dimension), np.float16)]
        while rows := self._rows(f"{query} LIMIT 5000", (after,)):
            ids.append(np.array([row[0] for row in rows], dtype=np.int64))
            vectors.append(np.array([self._vector(row[1], dimension) for row in rows]))
            after = int(rows[-1][0])
        return np.concatenate(ids), np.concatenate(vectors)

    def _vector(self, stored: bytes, dimension: int) -> NDArray[np.float16]:
        try:
            return np.frombuffer(stored, dtype=np.float16).reshape(dimension)
        except (TypeError, ValueError) as error:
            raise self._file.error(error) from error

    def missing_vectors(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that have no vector or no sentences yet."""
        query = "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT key FROM vectors)"
        query += " OR value NOT IN (SELECT key FROM sentences)" if self._has("sentences") else " OR TRUE"
        return {row[0] for row in self._rows(query, (json.dumps(list(keys)),))}

    def sentences(self, ids: Sequence[int]) -> dict[int, ChunkSentences]:
        """Return the sentences of the chunks of these ids; those of which none are kept are left out."""
        if not self._has("sentences"):
            return {}
        query = "SELECT chunks.id, packed FROM chunks JOIN sentences USING (key) WHERE chunks.id IN"
        dimension = self.manifest().dimension
        try:
            return {
                row[0]: ChunkSentences(*unpacked(row[1], dimension))
                for row in self._rows(f"{query} ({','.join('?' * len(ids))})", ids)
            }
        except (TypeError, ValueError) as error:
            raise self._file.error(error) from error

    def put_vectors(self, keys: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep vectors (n, d), as float16, by the key of the text that they stand for."""
        rows = zip(keys, (vector.tobytes() for vector in vectors.astype(np.float16)), strict=True)
        self._file.run_each("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def put_sentences(self, keys: Sequence[str], sentences: Sequence[ChunkSentences]) -> None:
        """Keep the sentences of chunks, by their keys."""
        self._file.run(_SENTENCES)
        rows = ((key, packed(each.ranges, each.vectors)) for key, each in zip(keys, sentences, strict=True))
        self._file.run_each("INSERT OR REPLACE INTO sentences VALUES (?, ?)", rows)

    def remove_unused_vectors(self) -> None:
        """Forget the vectors and the sentences that no chunk stands for any more."""
        for table in ("vectors", "sentences") if self._has("sentences") else ("vectors",):
            # Found by the two indexes of keys first: a condition of the DELETE itself would read every vector.
            unused = f"SELECT key FROM {table} WHERE key NOT IN (SELECT key FROM chunks)"
            self._file.run(f"DELETE FROM {table} WHERE key IN ({unused})")

    def _has(self, table: str) -> bool:
        return bool(self._rows("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,)))

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self._file.rows(query, values)
