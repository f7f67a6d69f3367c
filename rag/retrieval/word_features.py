"""What the words of a chunk have for it: shares of the question's words, names and phrases, and its length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.documents.passage_sentences import sentences_of
from rag.index.store import StoredChunk
from rag.query.query import Query, holds, share
from rag.text.dates import dates
from rag.text.words import bigrams

# The columns of the features, in order.
FEATURES = ("content", "pairs", "named", "length", "phrase")


def word_features(query: Query, chunks: Sequence[StoredChunk]) -> NDArray[np.float32]:
    """The features (n, 5) of chunks, in the columns of `FEATURES`.

    `content` and `pairs` are the shares (0 to 1) of the question's content words, and of its pairs of words, in the
    best sentence under the chunk's head; `named` is 1 where all of its names and numbers are there, `phrase` where all
    of its phrases in quotation marks and codes are; `length` counts hundreds of words.
    """
    return np.array([_features(query, chunk) for chunk in chunks], dtype=np.float32).reshape(-1, len(FEATURES))


def _features(query: Query, chunk: StoredChunk) -> tuple[float, ...]:
    head = query.tokens(chunk.head)
    in_head = {*head}
    content, pairs, everything, days = 0.0, 0.0, list[str](), set[str]()
    for sentence in sentences_of(chunk.text):
        tokens = query.compared(sentence.terms)
        content = max(content, share(query.content, in_head.union(tokens, sentence.dates)))
        pairs = max(pairs, share(query.pairs, {*bigrams(tokens)}))
        everything += tokens
        days.update(sentence.dates)
    named = query.named <= in_head.union(everything, days, dates(chunk.head))
    phrases = bool(query.phrases) and all(holds(everything, phrase) or holds(head, phrase) for phrase in query.phrases)
    return content, pairs, named, len(everything) / 100, phrases
