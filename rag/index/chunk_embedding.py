"""The vectors of chunks and of their sentences, from one pass of the embedding model over each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag.documents.chunking import Chunk
from rag.documents.passage_sentences import sentences_of
from rag.index.store import ChunkSentences, StoredChunk
from rag.models.embedder import Embedder, Vectors
from rag.progress import Progress


def embedded(
    chunks: Sequence[Chunk] | Sequence[StoredChunk], embedder: Embedder, progress: Progress | None = None
) -> tuple[Vectors, list[ChunkSentences]]:
    """The vectors (n, d) of chunks, and the sentences of each."""
    ranges = [[(each.start, each.end) for each in sentences_of(chunk.text)] for chunk in chunks]
    heads = [len(chunk.indexed) - len(chunk.text) for chunk in chunks]
    parts = [[(head + start, head + end) for start, end in own] for head, own in zip(heads, ranges, strict=True)]
    vectors, of_parts = embedder.embed_parts([chunk.indexed for chunk in chunks], parts, progress)
    found = zip(ranges, of_parts, strict=True)
    return vectors, [ChunkSentences(np.array(own, np.int32).reshape(-1, 2), rows) for own, rows in found]
