"""The sentences of a passage: where they stand, what words they hold, and their vectors, kept while they are in use."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.models.embedder import Embedder
from rag.prompt_injection import between_chat_tokens
from rag.text.analyzer import terms
from rag.text.dates import dates
from rag.text.sentences import sentences

Vectors = NDArray[np.float32]
_KEPT_PASSAGES = 4096
_KEPT_VECTORS = 16_384


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage, `passage.text[start:end]`, its terms in order, and the dates that it names."""

    start: int
    end: int
    terms: tuple[str, ...]
    dates: tuple[str, ...]


@lru_cache(_KEPT_PASSAGES)
def sentences_of(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text, in order; those without a letter or digit are left out.

    The tokens by which language models part the turns of a chat belong to none, unless it goes on behind them.
    """
    return tuple(
        Sentence(start, end, tuple(terms(text[start:end])), tuple(dates(text[start:end])))
        for sentence_start, sentence_end in sentences(text)
        for start, end in between_chat_tokens(text, sentence_start, sentence_end)
        if any(map(str.isalnum, text[start:end]))
    )


class SentenceVectors:
    """The vectors of sentences, the latest ones kept; safe to share between threads."""

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
