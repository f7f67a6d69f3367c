"""The pinned embedding model as it is served: an exported int8 graph on onnxruntime."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from rag.models.cpu import usable_cores
from rag.models.embedder import PINNED_MODEL, Vectors, fingerprint_of
from rag.models.onnx import GRAPH_FILE, damaged, open_session, read_description
from rag.models.tokenizer import shared_tokenizer
from rag.progress import Progress

# A question of twenty tokens is too little work to share among many.
QUERY_THREADS = 4


class GraphEmbedder:
    """An `Embedder`: the exported int8 graph on onnxruntime, without torch."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str = PINNED_MODEL,
        query_prefix: str | None = None,
        passage_prefix: str | None = None,
        threads: int | None = None,
    ) -> None:
        """Open the folder of an exported graph; `threads` is the number of usable cores when not given.

        Raises `ModelDamaged` when it is not such a folder, or its files are not those that were exported.
        """
        description = read_description(folder)
        try:
            self._tokenizer = shared_tokenizer(folder)
        except (OSError, ValueError, KeyError) as error:
            raise damaged(folder, error) from error
        self.name = name
        self.dimension: int = description["dimension"]
        self.max_tokens: int = description["max_tokens"]
        self._query_prefix = description["query_prefix"] if query_prefix is None else query_prefix
        self._passage_prefix = description["passage_prefix"] if passage_prefix is None else passage_prefix
        self.fingerprint = fingerprint_of(
            description["runtime"], description["sha256"], self._query_prefix, self._passage_prefix
        )
        self._graph = folder / GRAPH_FILE
        self._threads = threads or usable_cores()
        self._query_session = open_session(self._graph, min(self._threads, QUERY_THREADS))
        self._passage_session: Any = None
        self._opening = threading.Lock()

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return (n, d) float32 unit rows in the order of `texts`.

        One thread a text: two texts side by side are faster than one text on two threads.
        """
        return self._embed_many([self._passage_prefix + text for text in texts], progress)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return (n, d) float32 unit rows in the order of `texts`."""
        prefixed = [self._query_prefix + text for text in texts]
        if len(prefixed) > self._threads:
            return self._embed_many(prefixed)
        return self._stack((self._embed(self._query_session, text) for text in prefixed), len(prefixed))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return each text's tokens without special ones and without a prefix, however many."""
        return [len(self._tokenizer.encode(text)) for text in texts]

    def _embed_many(self, texts: list[str], progress: Progress | None = None) -> Vectors:
        with self._opening:
            if self._passage_session is None:
                self._passage_session = open_session(self._graph, 1)
        with ThreadPoolExecutor(self._threads, thread_name_prefix="embed") as pool:
            rows = pool.map(lambda text: self._embed(self._passage_session, text), texts)
            return self._stack(rows, len(texts), progress)

    def _stack(self, rows: Iterable[Vectors], count: int, progress: Progress | None = None) -> Vectors:
        vectors = np.empty((count, self.dimension), np.float32)
        for number, row in enumerate(rows):
            vectors[number] = row
            if progress is not None:
                progress("embedding", number + 1, count)
        return vectors

    def _embed(self, session: Any, text: str) -> Vectors:
        tokens = np.array([self._tokenizer.with_special_tokens(text, self.max_tokens)], np.int64)
        (vector,) = session.run(None, {"pieces": tokens})
        return np.asarray(vector[0], np.float32)
