"""The sentences of a passage: where they stand, what words they hold, and their vectors, kept while they are in use."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.embeddings import Embedder
from rag.terms import dates, terms
from rag.text import sentences

Vectors = NDArray[np.float32]
_KEPT_PASSAGES = 4096


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage, `passage.text[start:end]`, its terms in order, and the dates that it names."""

    start: int
    end: int
    terms: tuple[str, ...]
    dates: tuple[str, ...]


@lru_cache(_KEPT_PASSAGES)
def sentences_of(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text, in order; those without a letter or digit are left out."""
    return tuple(
        Sentence(start, end, tuple(terms(text[start:end])), tuple(dates(text[start:end])))
        for start, end in sentences(text)
        if any(map(str.isalnum, text[start:end]))
    )


class SentenceVectors:
    """The vectors of sentences, each read under the title of its article; safe to share between threads."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self._kept: OrderedDict[tuple[str, str], Vectors] = OrderedDict()
        self._using = threading.Lock()

    def of(self, passages: Sequence[tuple[str, str]]) -> list[Vectors]:
        """Unit rows (sentences, d) for each passage, given as title and text, in the order of `sentences_of`."""
        with self._using:
            found = {passage: self._kept[passage] for passage in passages if passage in self._kept}
        missing = [passage for passage in dict.fromkeys(passages) if passage not in found]
        texts = [[f"{title}\n{text[each.start : each.end]}" for each in sentences_of(text)] for title, text in missing]
        rows = self.embedder.embed_passages([text for of_one in texts for text in of_one])
        ends = np.cumsum([len(of_one) for of_one in texts], dtype=np.int64)
        found.update(zip(missing, np.split(rows, ends[:-1]) if len(ends) else (), strict=True))
        with self._using:
            for passage in passages:
                self._kept[passage] = found[passage]
                self._kept.move_to_end(passage)
            while len(self._kept) > _KEPT_PASSAGES:
                self._kept.popitem(last=False)
        return [found[passage] for passage in passages]
