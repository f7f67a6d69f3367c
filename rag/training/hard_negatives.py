"""Hard negatives: texts that the search ranks high for a question although they do not answer it.

A reader learns from them to tell an answer from a text that is only about the same (Karpukhin et al., Dense Passage
Retrieval, 2020).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from rag.index.snapshot import Snapshot
from rag.models.embedder import Embedder
from rag.text.language import language_of
from rag.training.qa_dataset import Context, QaRecord

# How many of the best chunks of each leg are drawn from.
NEAREST = 8

# Gives for a question contexts that may be hard negatives; those that contain an answer are still to be left out.
HardNegatives = Callable[[QaRecord], Sequence[Context]]


def hard_negatives(snapshot: Snapshot, embedder: Embedder, held_out: frozenset[str], seed: int) -> HardNegatives:
    """A source of hard negatives: for a question the best chunks of both legs, in random order.

    They are in the language of the question's own text, so that the language does not give the answer away. Chunks of
    held-out articles (see `rag.training.qa_dataset.held_out_keys`) are left out.
    """
    rng = random.Random(seed)

    def found(record: QaRecord) -> list[Context]:
        near = snapshot.dense.search(embedder.embed_queries([record.question])[0], NEAREST)
        shared = snapshot.lexical.search(record.question, NEAREST)
        chunks = snapshot.store.chunks(sorted({*near.ids.tolist(), *shared.ids.tolist()}))
        language = language_of(record.text)
        contexts = [
            Context(chunk.title, chunk.text)
            for chunk in chunks.values()
            if chunk.article_id not in held_out and chunk.language == language
        ]
        return rng.sample(contexts, len(contexts))

    return found
