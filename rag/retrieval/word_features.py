"""What the words of a chunk have for it: shares of the question's words, names and phrases, and its length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rag.documents.passage_sentences import heading_of, sentences_of
from rag.index.store import StoredChunk
from rag.query.query import Query, holds, share

# The columns of the features, in order.
FEATURES = ("content", "pairs", "named", "length", "phrase")


def word_features(query: Query, chunks: Sequence[StoredChunk]) -> NDArray[np.float32]:
    """The features (n, 5) of chunks, in the columns of `FEATURES`.

    `content` and `pairs` are the shares (0 to 1) of the question's content words, and of its pairs of words, in the
    best sentence under the chunk's head; `named` is 1 where all of its names and numbers are there, `phrase` where all
    of its phrases in quotation marks and codes are; `length` counts hundreds of words.
    """
    wanted = _Wanted(query)
    return np.array([wanted.features(chunk) for chunk in chunks], dtype=np.float32).reshape(-1, len(FEATURES))


class _Wanted:
    """What is looked for in chunks: the few words of a question are looked up in them, not their many in it."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._words = query.named.union(query.content)
        self._content = _Shares(query.content)
        self._pairs = _Shares(query.pairs)
        # A word may hold the mark between those of a pair itself.
        self._left = {pair[:at] for pair in query.pairs for at, mark in enumerate(pair) if mark == "_"}

    def features(self, chunk: StoredChunk) -> tuple[float, ...]:
        """The features of one chunk."""
        query, words = self._query, self._words
        heading = heading_of(chunk.head)
        in_head = words.intersection(query.words_of(heading))
        content, pairs, length = 0.0, 0.0, 0
        found = in_head.union(words.intersection(heading.dates))
        for sentence in sentences_of(chunk.text):
            tokens = query.words_of(sentence)
            here = words.intersection(tokens)
            if sentence.dates:
                here = here.union(words.intersection(sentence.dates))
            found = found.union(here)
            content = max(content, self._content.of(in_head.union(here)))
            pairs = max(pairs, self._pairs.of(self._pairs_in(tokens)))
            length += len(tokens)
        return content, pairs, query.named <= found, length / 100, bool(query.phrases) and self._has_phrases(chunk)

    def _pairs_in(self, tokens: Sequence[str]) -> frozenset[str]:
        if self._left.isdisjoint(tokens):
            return frozenset()
        return frozenset(f"{one}_{other}" for one, other in pairwise(tokens) if one in self._left)

    def _has_phrases(self, chunk: StoredChunk) -> bool:
        words_of = self._query.words_of
        head = words_of(heading_of(chunk.head))
        everything = [word for sentence in sentences_of(chunk.text) for word in words_of(sentence)]
        return all(holds(everything, phrase) or holds([*head], phrase) for phrase in self._query.phrases)


class _Shares:
    """The shares of the weights of tokens: most sentences hold the same few, or none."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = weights
        self._known: dict[frozenset[str], float] = {}

    def of(self, tokens: Set[str]) -> float:
        """The share (0 to 1) of the weights that stands for tokens that are there."""
        held = frozenset(self._weights.keys() & tokens)
        if held not in self._known:
            self._known[held] = share(self._weights, held)
        return self._known[held]
