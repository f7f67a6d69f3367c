"""The vectors of chunks, and of their sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag.documents.chunking import Chunk
from rag.documents.passage_sentences import sentences_of
from rag.index.store import ChunkSentences, StoredChunk
from rag.models.embedder import Embedder, Vectors
from rag.progress import Progress


def embedded(
    chunks: Sequence[Chunk], embedder: Embedder, progress: Progress | None = None
) -> tuple[Vectors, list[ChunkSentences]]:
    """The vectors (n, d) of chunks, and the sentences of each. `progress` counts the chunks alone."""
    vectors = embedder.embed_passages([chunk.indexed for chunk in chunks], progress)
    return vectors, embedded_sentences(chunks, embedder)


def embedded_sentences(chunks: Sequence[Chunk] | Sequence[StoredChunk], embedder: Embedder) -> list[ChunkSentences]:
    """The sentences of chunks, embedded under their title; what stands in several chunks, which overlap, once."""
    bodies = [chunk.text for chunk in chunks]
    titles = [chunk.head.partition("\n")[0] for chunk in chunks]
    cut = [sentences_of(body) for body in bodies]
    texts = [
        [f"{title}\n{body[each.start : each.end]}" for each in own]
        for title, body, own in zip(titles, bodies, cut, strict=True)
    ]
    places = {text: place for place, text in enumerate(dict.fromkeys(text for own in texts for text in own))}
    rows = embedder.embed_passages(list(places))
    return [
        ChunkSentences(
            np.array([(each.start, each.end) for each in own], np.int32).reshape(-1, 2),
            rows[np.array([places[text] for text in under_title], np.int64)],
        )
        for own, under_title in zip(cut, texts, strict=True)
    ]
