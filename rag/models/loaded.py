"""The models that the settings name, each loaded when first used and then kept."""

from __future__ import annotations

import threading
from functools import cache

from rag.config import Config
from rag.models.embedder import PINNED_MODEL, Embedder
from rag.models.llm import LanguageModel
from rag.models.loading import load_embedder, load_llm
from rag.models.pinned_embedding import exported_graph
from rag.models.reader import SpanReader
from rag.models.registry import models_folder


class LoadedModels:
    """The models of one configuration; for several threads. Each raises what its loading raises, each time."""

    def __init__(self, config: Config) -> None:
        folder = models_folder(config.models)
        self._loading = threading.Lock()
        self._embedder = cache(lambda: load_embedder(config.embedding, folder))
        self._llm = cache(lambda: load_llm(config.llm, config.models))
        self._reader = cache(lambda: SpanReader(exported_graph(folder)))
        self._reads = config.answer.reader and config.embedding.model == PINNED_MODEL

    @property
    def embedder(self) -> Embedder:
        """The embedding model."""
        with self._loading:
            return self._embedder()

    @property
    def reader(self) -> SpanReader | None:
        """The trained reader; None when there is to be none, or another embedding model."""
        with self._loading:
            return self._reader() if self._reads else None

    @property
    def llm(self) -> LanguageModel | None:
        """The language model, or None when there is to be none."""
        with self._loading:
            return self._llm()

    def close(self) -> None:
        """Stop the language model, if one runs; it starts again when it is needed."""
        if self._llm.cache_info().currsize and (llm := self.llm):
            llm.close()
