"""Whether a Vietnamese question that refers to no turn before it says by itself what it is about.

A logistic regression over its vector and its length, trained by `hoidap train self-contained`. Its letters alone do not
tell: people type names in small letters and without diacritics, and Vietnamese leaves a known subject away.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from rag.models.weights_file import STRICT, weights_in_use
from rag.query.ellipsis import is_elliptical
from rag.query.reference import references
from rag.text.language import language_of
from rag.text.words import words

# Longer questions count as this long.
_MOST_WORDS = 20
# From this probability on a question counts as needing no turn before it.
BELIEVED_FROM = 0.5


# Compared as the same object, so that its array is made once.
@dataclass(frozen=True, slots=True, eq=False, config=STRICT)
class SelfContainedWeights:
    """Weights of the vector (d,) and of the length of a question."""

    constant: float
    vector: tuple[float, ...]
    length: float


def is_self_contained(question: str, vector: NDArray[np.float32]) -> bool:
    """Whether a question, with its diacritics and that unit vector (d,), likely needs no turn before it."""
    if language_of(question) != "vi" or refers(question):
        return False
    weights = weights_in_use("self_contained", SelfContainedWeights)
    return probability(question, vector, weights) >= BELIEVED_FROM


def refers(question: str) -> bool:
    """Whether a question says in so many words that it builds on a turn before it."""
    return is_elliptical(question) or bool(references(question))


def probability(question: str, vector: NDArray[np.float32], weights: SelfContainedWeights) -> float:
    """How likely (0 to 1) a question needs no turn before it."""
    total = weights.constant + float(vector @ _array(weights)) + weights.length * length_of(question)
    return float(1 / (1 + np.exp(-total)))


def length_of(question: str) -> float:
    """The length of a question in words, as a share (0 to 1) of that from which on all are equally long."""
    return min(len(words(question)), _MOST_WORDS) / _MOST_WORDS


@lru_cache(1)
def _array(weights: SelfContainedWeights) -> NDArray[np.float64]:
    return np.array(weights.vector)
