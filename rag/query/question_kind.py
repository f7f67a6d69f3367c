"""What kind of reply a question wants: one fact, a verdict, a list, a summary, or none from an article.

A softmax regression over the question's vector, its words and pairs of words without diacritics, and what its question
words say, trained by `hoidap train kinds` on the questions in `rag/weights/question_kinds.jsonl` and
`question_wordings.jsonl`. The weights say how well it does on questions that it was not trained on.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from rag.models.weights_file import STRICT, weights_in_use
from rag.query.question_type import question_type
from rag.query.relative_dates import asks_latest
from rag.text.normalize import fold
from rag.text.words import words

QuestionKind = Literal[
    "fact",
    "yes_no",
    "list",
    "explanation",
    "definition",
    "summary",
    "comparison",
    "latest",
    "collection",
    "small_talk",
    "order",
    "vague",
]
KINDS: tuple[QuestionKind, ...] = get_args(QuestionKind)
# What is answered without a search.
UNSEARCHED: frozenset[QuestionKind] = frozenset(("small_talk", "order"))
# Where a question says which form its reply is wanted in, in words that name nothing.
FRAMED: frozenset[QuestionKind] = frozenset(
    ("yes_no", "list", "definition", "summary", "comparison", "latest", "collection", "vague")
)

Array = NDArray[np.float64]


# Compared as the same object, so that its arrays are made once.
@dataclass(frozen=True, slots=True, eq=False, config=STRICT)
class QuestionKindWeights:
    """Weights of each kind, in the order of `KINDS`.

    `constant` (kinds,), `vector` (dimension, kinds), `rules` (rules, kinds) in the order of `rule_signals`, `grams` by
    word or pair of words. `least` is the probability from which on a kind is believed; below it a question counts as
    asking for one fact.
    """

    constant: tuple[float, ...]
    vector: tuple[tuple[float, ...], ...]
    rules: tuple[tuple[float, ...], ...]
    grams: Mapping[str, tuple[float, ...]]
    least: Mapping[str, float]


def question_kind(question: str, vector: NDArray[np.float32]) -> QuestionKind:
    """The kind of a question with that unit vector (d,); one fact where no other is sure."""
    weights = weights_in_use("question_kinds", QuestionKindWeights)
    likely = probabilities(question, vector, weights)
    best = max(likely, key=lambda kind: likely[kind])
    return best if likely[best] >= weights.least.get(best, 0.0) else "fact"


def probabilities(
    question: str, vector: NDArray[np.float32], weights: QuestionKindWeights
) -> dict[QuestionKind, float]:
    """How likely (0 to 1, 1 in all) a question is of each kind."""
    constant, of_vector, of_rules = _arrays(weights)
    total = constant + vector @ of_vector + np.array(rule_signals(question)) @ of_rules
    for gram, value in gram_signals(question, weights.grams).items():
        total += value * np.array(weights.grams[gram])
    shares = np.exp(total - total.max())
    return dict(zip(KINDS, (shares / shares.sum()).tolist(), strict=True))


@lru_cache(1)
def _arrays(weights: QuestionKindWeights) -> tuple[Array, Array, Array]:
    """The constant, the weights of the vector and those of the rules."""
    return np.array(weights.constant), np.array(weights.vector), np.array(weights.rules)


def rule_signals(question: str) -> list[float]:
    """What the question words say, as zeros and ones, and whether the question has few words."""
    kind, length = question_type(question), len(words(question))
    return [
        float(signal)
        for signal in (
            kind.polar,
            kind.several,
            kind.kind == "number",
            kind.kind == "name",
            asks_latest(question),
            length <= 2,
            length <= 4,
        )
    ]


def gram_signals(question: str, known: Mapping[str, object]) -> dict[str, float]:
    """The known words and pairs of words of a question, without diacritics, weighed by how often they stand in it.

    The weights are one and the logarithm of the count, brought to a length of 1 in all.
    """
    counts = Counter(gram for gram in grams(question) if gram in known)
    raw = {gram: 1 + math.log(count) for gram, count in counts.items()}
    length = math.sqrt(sum(value * value for value in raw.values()))
    return {gram: value / length for gram, value in raw.items()}


def grams(question: str) -> list[str]:
    """The words of a question without diacritics, its begin and end, and the pairs of these."""
    marked = ["^", *(fold(word) for word in words(question)), "$"]
    pairs = [f"{left} {right}" for left, right in pairwise(marked)]
    return [*marked, *pairs, *("?" for _ in range("?" in question or "？" in question))]
