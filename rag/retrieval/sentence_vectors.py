"""The vectors of the sentences of chunks, as they were kept at ingestion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag.documents.passage_sentences import sentences_of
from rag.index.chunk_embedding import embedded_sentences
from rag.index.store import ChunkSentences, Store, StoredChunk
from rag.models.embedder import Embedder, Vectors


class SentenceVectors:
    """The vectors of the sentences of the chunks of a store."""

    def __init__(self, store: Store, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder

    def of(self, chunks: Sequence[StoredChunk]) -> list[Vectors]:
        """For each chunk unit rows (n, d), one for each of `sentences_of(chunk.text)`.

        Chunks of which none are kept, or of which the sentences were cut otherwise then, are embedded.
        """
        kept = self._store.sentences([chunk.id for chunk in chunks])
        known = {chunk.id: kept[chunk.id] for chunk in chunks if chunk.id in kept and _fits(chunk, kept[chunk.id])}
        missing = [chunk for chunk in chunks if chunk.id not in known]
        if missing:
            found = embedded_sentences(missing, self._embedder)
            known.update(zip((chunk.id for chunk in missing), found, strict=True))
        return [known[chunk.id].vectors for chunk in chunks]


def _fits(chunk: StoredChunk, kept: ChunkSentences) -> bool:
    own = sentences_of(chunk.text)
    return len(own) == len(kept.ranges) and bool(np.all(kept.ranges == [(each.start, each.end) for each in own]))
