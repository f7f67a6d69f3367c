"""Texts that a collection's own search finds first for a question in vain: what a reader has to tell from an answer."""

from __future__ import annotations

import random
from collections.abc import Callable

from rag.index.snapshot import Snapshot
from rag.models.embedder import Embedder
from rag.text.language import language_of
from rag.training.qa_dataset import Question, Titled

# How many of the best chunks of each leg a miss is drawn from.
NEAREST = 8


def hard_negatives(
    snapshot: Snapshot, embedder: Embedder, held_back: frozenset[str], seed: int
) -> Callable[[Question], list[Titled]]:
    """What gives a question the titles and texts of the best chunks of both legs, in random order.

    They are in the language of the question's own text, lest a language tell what answers. Chunks of articles that are
    held back (see `rag.training.qa_dataset.kept_apart`) are left out.
    """
    dice = random.Random(seed)

    def found(question: Question) -> list[Titled]:
        near, _ = snapshot.dense.search(embedder.embed_queries([question.question])[0], NEAREST)
        shared, _ = snapshot.lexical.search(question.question, NEAREST)
        chunks = snapshot.store.chunks(sorted({*near.tolist(), *shared.tolist()}))
        language = language_of(question.text)
        texts = [
            (chunk.title, chunk.text)
            for chunk in chunks.values()
            if chunk.article_id not in held_back and chunk.language == language
        ]
        return dice.sample(texts, len(texts))

    return found
