"""The models with what they gave kept in a file, so that a benchmark that asks the same again is cheap."""

from __future__ import annotations

import hashlib
import pickle
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from rag.assistant import Assistant
from rag.config import load_config
from rag.models.reranker import ReaderAnswer, Reading


class Kept:
    """What models gave, by what they were given, in a file."""

    def __init__(self, path: Path) -> None:
        self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = OFF")
        self._file.execute("CREATE TABLE IF NOT EXISTS kept (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID")
        self._memory: dict[bytes, Any] = {}

    def of(self, kind: str, given: Sequence[Any], make: Callable[[list[Any]], Sequence[Any]]) -> list[Any]:
        """The values of all that is given, in order; those not kept are made together."""
        keys = [hashlib.sha256(repr((kind, each)).encode()).digest() for each in given]
        missing = {}
        for key, each in zip(keys, given, strict=True):
            if key in self._memory:
                continue
            row = self._file.execute("SELECT value FROM kept WHERE key = ?", (key,)).fetchone()
            if row:
                self._memory[key] = pickle.loads(row[0])
            else:
                missing[key] = each
        if missing:
            for key, value in zip(missing, make(list(missing.values())), strict=True):
                self._memory[key] = value
                self._file.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (key, pickle.dumps(value)))
        found = [self._memory[key] for key in keys]
        if len(self._memory) > 40_000:
            self._memory.clear()
        return found


class KeptEmbedder:
    """An embedding model whose vectors are kept."""

    def __init__(self, embedder: Any, kept: Kept) -> None:
        self._embedder, self._kept = embedder, kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self._embedder, name)

    def embed_passages(self, texts: Sequence[str], progress: Any = None) -> Any:
        """As the model does."""
        rows = self._kept.of("passage", texts, self._embedder.embed_passages)
        return np.array(rows, np.float32).reshape(-1, self._embedder.dimension)

    def embed_queries(self, texts: Sequence[str]) -> Any:
        """As the model does."""
        rows = self._kept.of("query", texts, self._embedder.embed_queries)
        return np.array(rows, np.float32).reshape(-1, self._embedder.dimension)


class KeptReader:
    """A reader whose readings are kept."""

    def __init__(self, reader: Any, kept: Kept) -> None:
        self._reader, self._kept = reader, kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def read(self, question: str, texts: Sequence[tuple[str, str]]) -> list[Any]:
        """As the reader does."""
        given = [(question, title, text) for title, text in texts]
        make = lambda missing: self._reader.read(question, [(title, text) for _, title, text in missing])  # noqa: E731
        return self._kept.of("reading", given, make)


@dataclass(frozen=True)
class Models:
    """The models, asked once for each text."""

    embedder: Any
    reader: Any
    llm: Any = None

    def close(self) -> None:
        """There is nothing to stop."""


def models_at(folder: Path) -> Models:
    """The models, with what they gave kept in a folder."""
    assistant, kept = Assistant(load_config(overrides={"llm": {"model": "none"}})), Kept(folder / "kept.sqlite")
    return Models(KeptEmbedder(assistant.embedder, kept), KeptReader(assistant.reader, kept))


def best_kept() -> AbstractContextManager[Any]:
    """The best answers of readings, each looked for once."""
    best = Reading.best_answer
    found: dict[tuple[int, int, int | None], tuple[Reading, ReaderAnswer | None]] = {}

    def kept(self: Reading, start: int = 0, end: int | None = None) -> ReaderAnswer | None:
        key = (id(self), start, end)
        if key not in found or found[key][0] is not self:
            if len(found) > 100_000:
                found.clear()
            found[key] = (self, best(self, start, end))
        return found[key][1]

    return patch.object(Reading, "best_answer", kept)
