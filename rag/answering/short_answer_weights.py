"""The weights of the probability that a short answer is right, from `rag/weights/short_answers.json`."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from rag.models.weights_file import STRICT, weights_in_use


@dataclass(frozen=True, slots=True, config=STRICT)
class ShortAnswerWeights:
    """Logistic weights of the signals of a short answer, and from which probability on it stands first.

    `signals` are in the order of `ShortAnswer.signals`. `shown_from` (0 to 1) is the lowest probability, in steps of
    .01, at which on the held-out half of each set more than .85 of the short answers shown are right.
    """

    signals: tuple[float, ...]
    shown_from: float


def short_answer_weights() -> ShortAnswerWeights:
    """The weights in use. Raises `ModelDamaged`, see `weights_in_use`."""
    return weights_in_use("short_answers", ShortAnswerWeights)
