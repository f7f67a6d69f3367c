"""The weights of the probability that a short answer is right, from `rag/weights/short_answers.json`."""

from __future__ import annotations

from functools import cache

from pydantic.dataclasses import dataclass

from rag.models.weights_file import STRICT, read_weights


@dataclass(frozen=True, slots=True, config=STRICT)
class ShortAnswerWeights:
    """Logistic weights of the signals of a short answer, and from which probability on it stands first.

    `signals` are in the order of `ShortAnswer.signals`. `shown_from` (0 to 1) is the lowest probability, in steps of
    .01, at which on the held-out half of each set more than .85 of the short answers shown are right.
    """

    signals: tuple[float, ...]
    shown_from: float


@cache
def short_answer_weights() -> ShortAnswerWeights:
    """The weights that ship with the package. Raises `ModelDamaged`, see `read_weights`."""
    return read_weights("short_answers", ShortAnswerWeights).weights
