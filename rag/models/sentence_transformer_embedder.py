"""Any embedding model that sentence-transformers loads from this machine."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence

import numpy as np

from rag.errors import ModelDamaged, ModelError
from rag.models.embedder import Vectors, fingerprint_of
from rag.models.registry import find_on_disk
from rag.progress import Progress


class SentenceTransformerEmbedder:
    """An `Embedder`: a model that is a folder, or a hub name in the local cache, on torch."""

    def __init__(self, name: str, *, query_prefix: str | None = None, passage_prefix: str | None = None) -> None:
        """Load the model; prefixes that are not given are the model's own prompts.

        Raises `ModelMissing` when it is not on this machine, `ModelDamaged` when it is there and does not load.
        """
        from sentence_transformers import SentenceTransformer

        folder = find_on_disk(name)
        try:
            self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        except Exception as error:  # each file format it reads raises classes of its own
            raise ModelDamaged(
                f"{folder}: sentence-transformers cannot load {name} ({error}); pull it again"
            ) from error
        self.name = name
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise ModelError(f"{name}: does not say the length of its vectors; choose another embedding model")
        self.dimension: int = dimension
        self.max_tokens: int = self._model.max_seq_length or 512
        prompts: dict[str, str] = {key: text for key, text in self._model.prompts.items() if text}
        self._query_prefix = prompts.get("query", "") if query_prefix is None else query_prefix
        own = prompts.get("passage") or prompts.get("document") or ""
        self._passage_prefix = own if passage_prefix is None else passage_prefix
        weights = self._weights_hash()
        self.fingerprint = fingerprint_of("sentence-transformers", weights, self._query_prefix, self._passage_prefix)
        # Its tokenizer is not safe to share: two threads that truncate differently borrow it mutably.
        self._using = threading.Lock()

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return (n, d) float32 unit rows in the order of `texts`."""
        step = len(texts) if progress is None else 256
        parts = [np.empty((0, self.dimension), np.float32)]
        for start in range(0, len(texts), max(step, 1)):
            parts.append(self._encode(texts[start : start + step], self._passage_prefix))
            if progress is not None:
                progress("embedding", min(start + step, len(texts)), len(texts))
        return np.concatenate(parts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return (n, d) float32 unit rows in the order of `texts`."""
        return self._encode(texts, self._query_prefix)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return each text's tokens without special ones and without a prefix, however many."""
        if not texts:
            return []
        with self._using:
            tokens = self._model.tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(numbers) for numbers in tokens["input_ids"]]

    def _encode(self, texts: Sequence[str], prefix: str) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        with self._using:
            vectors = self._model.encode(
                [prefix + text for text in texts], prompt="", normalize_embeddings=True, show_progress_bar=False
            )
        return np.asarray(vectors, np.float32)

    def _weights_hash(self) -> str:
        digest = hashlib.sha256()
        for name, tensor in sorted(self._model.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.detach().float().contiguous().numpy())
        return digest.hexdigest()
