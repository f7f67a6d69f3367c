"""The vectors of texts, kept while they are in use."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from rag.models.embedder import Embedder, Vectors

_KEPT_VECTORS = 16_384


class TextVectors:
    """The vectors of texts, the latest ones kept; safe to share between threads."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._using = threading.Lock()

    def of(self, texts: Sequence[str]) -> Vectors:
        """Unit rows (n, d) in the order of the texts."""
        with self._using:
            found = {text: self._kept[text] for text in texts if text in self._kept}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            found.update(zip(missing, self.embedder.embed_passages(missing), strict=True))
        with self._using:
            for text in texts:
                self._kept[text] = found[text]
                self._kept.move_to_end(text)
            while len(self._kept) > _KEPT_VECTORS:
                self._kept.popitem(last=False)
        return np.array([found[text] for text in texts], np.float32).reshape(-1, self.embedder.dimension)
