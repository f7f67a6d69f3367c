"""The vectors of chunks and of their sentences in the SQLite database of a collection."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import CollectionError
from rag.index.sentence_codec import packed, unpacked
from rag.index.sqlite_file import SqliteFile
from rag.index.sqlite_schema import SENTENCES, VECTOR_SHA256, WHOLE_SENTENCES, Whole, has_table
from rag.index.store import ChunkSentences, Manifest


class SqliteVectors(ABC):
    """The part of a `rag.index.store.WritableStore` that keeps vectors, by the keys of chunks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = SqliteFile(path)
        self._whole = Whole()

    @abstractmethod
    def manifest(self) -> Manifest:
        """Return what the collection was made with."""

    def vectors(self, after: int = 0) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
        """Ids (n,) and vectors (n, d) of every chunk whose id is above `after`, in order of id."""
        tables = "chunks JOIN vectors ON vectors.key = chunks.key JOIN articles ON articles.row = chunks.article"
        query = f"SELECT chunks.id, vector, articles.id, {self._whole.vector} FROM {tables}"
        query += " WHERE chunks.id > ? ORDER BY chunks.id"
        dimension = self.manifest().dimension
        ids, vectors = [np.zeros(0, np.int64)], [np.zeros((0, dimension), np.float16)]
        while rows := self._rows(f"{query} LIMIT 5000", (after,)):
            ids.append(np.array([row[0] for row in rows], dtype=np.int64))
            vectors.append(np.array([self._vector(self._checked(row, row[2])[1], dimension) for row in rows]))
            after = int(rows[-1][0])
        return np.concatenate(ids), np.concatenate(vectors)

    def _vector(self, stored: bytes, dimension: int) -> NDArray[np.float16]:
        try:
            return np.frombuffer(stored, dtype=np.float16).reshape(dimension)
        except (TypeError, ValueError) as error:
            raise self._file.error(error) from error

    def missing_vectors(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that have no vector or no sentences yet, or damaged ones."""
        whole = [f"SELECT 1 FROM vectors WHERE vectors.key = value AND {self._whole.vector}"]
        if not has_table(self._file, "sentences"):
            return set(keys)
        whole.append(f"SELECT 1 FROM sentences WHERE sentences.key = value AND {WHOLE_SENTENCES}")
        query = f"SELECT value FROM json_each(?) WHERE NOT ({' AND '.join(f'EXISTS ({each})' for each in whole)})"
        return {row[0] for row in self._rows(query, (json.dumps(list(keys)),))}

    def sentences(self, ids: Sequence[int]) -> dict[int, ChunkSentences]:
        """Return the sentences of the chunks of these ids; those of which none are kept, or damaged, are left out."""
        if not has_table(self._file, "sentences"):
            return {}
        query = (
            f"SELECT chunks.id, packed FROM chunks JOIN sentences USING (key) WHERE {WHOLE_SENTENCES} AND chunks.id IN"
        )
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
        values = f"key, vector, {VECTOR_SHA256} FROM (SELECT ? AS key, ? AS vector)"
        self._file.run_each(f"INSERT OR REPLACE INTO vectors (key, vector, sha256) SELECT {values}", rows)

    def put_sentences(self, keys: Sequence[str], sentences: Sequence[ChunkSentences]) -> None:
        """Keep the sentences of chunks, by their keys."""
        self._file.run(SENTENCES)
        rows = ((key, packed(each.ranges, each.vectors)) for key, each in zip(keys, sentences, strict=True))
        values = "key, packed, sha256(CAST(packed AS BLOB)) FROM (SELECT ? AS key, ? AS packed)"
        self._file.run_each(f"INSERT OR REPLACE INTO sentences SELECT {values}", rows)

    def remove_unused_vectors(self) -> None:
        """Forget the vectors and the sentences that no chunk stands for any more."""
        for table in ("vectors", "sentences") if has_table(self._file, "sentences") else ("vectors",):
            # Found by the two indexes of keys first: a condition of the DELETE itself would read every vector.
            unused = f"SELECT key FROM {table} WHERE key NOT IN (SELECT key FROM chunks)"
            self._file.run(f"DELETE FROM {table} WHERE key IN ({unused})")

    def _checked(self, row: tuple[Any, ...], article_id: str) -> tuple[Any, ...]:
        """A row without its last value, which says whether it is what was written."""
        if not row[-1]:
            advice = "ingest its file again, or remove it; `hoidap verify` names all that are"
            raise CollectionError(f"{self.path}: the article {article_id!r} is damaged; {advice}")
        return row[:-1]

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self._file.rows(query, values)
