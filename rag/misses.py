"""Texts that a collection's own search finds first for a question in vain: what a reader has to tell from an answer."""

from __future__ import annotations

import random
from collections.abc import Callable

from rag.collection import Snapshot
from rag.embeddings import Embedder
from rag.reading import Question, Titled

# How many of the best chunks of each leg a miss is drawn from.
NEAREST = 8


def near_misses(
    snapshot: Snapshot, embedder: Embedder, held_back: frozenset[str], seed: int
) -> Callable[[Question], list[Titled]]:
    """What gives a question the titles and texts of the best chunks of both legs, in random order.

    Chunks of articles that are held back (see `rag.reading.kept_apart`) are left out.
    """
    dice = random.Random(seed)

    def found(question: Question) -> list[Titled]:
        near, _ = snapshot.dense.search(embedder.embed_queries([question.question])[0], NEAREST)
        shared, _ = snapshot.lexical.search(question.question, NEAREST)
        chunks = snapshot.store.chunks(sorted({*near.tolist(), *shared.tolist()}))
        texts = [(chunk.title, chunk.text) for chunk in chunks.values() if chunk.article_id not in held_back]
        return dice.sample(texts, len(texts))

    return found
