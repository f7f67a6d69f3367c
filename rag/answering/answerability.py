"""How sure it is that a collection holds the answer: signals of the evidence, weighed by a logistic model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["same", "cross", "words", "read"]

# A half of the weight of the prior in `fit`: it keeps a few hundred questions from giving extreme weights.
_RIDGE = 0.5
_STEPS = 25


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for a question's evidence; shares and flags from 0 to 1.

    `cosine` is that of the nearest sentence in the language of the best one, comparable between languages (see
    `rag.models.cosine_offsets`); `content` the share of the question's content words in one sentence and its title,
    `pairs` that of its pairs of words in one passage; `named` whether a passage holds all of its names and numbers, and
    one all phrases and codes (in another language, the numbers of all codes); `lead` by how much the first passage's
    score is ahead of the mean of the others; `reading` how likely the reader finds an answer in the best passage, as
    log odds, 0 without a reader. (The cosine of the nearest passage and the agreement of the two legs foretell nothing
    more.)
    """

    kind: Kind
    cosine: float
    content: float
    pairs: float
    named: float
    lead: float
    reading: float = 0.0

    @property
    def values(self) -> tuple[float, ...]:
        """A one for the constant, then the signals in order."""
        return 1.0, self.cosine, self.content, self.pairs, self.named, self.lead, self.reading


# Where there is nothing to be ahead of: the lead at which a question is as likely held as not.
UNKNOWN_LEAD = 0.15

# Weights of a constant and of the signals, by kind of question: `same` asks in the language of the evidence, `read`
# does so where a reader read it; `cross` asks in another, where words cannot be compared and how sure the reader is
# foretells too little in all languages but English; `words` is for an embedding model whose cosines are not known.
# Fitted on half of a set of questions of which half had their subject taken out of the collection, with and without
# diacritics, `read` also on halves of such sets in five other languages, and `cross` on questions in eleven languages
# over half of the passages of a parallel set.
Calibration = Mapping[str, Sequence[float]]
DEFAULT: Calibration = {
    "same": (-64.64, 68.16, 1.41, 3.19, 2.99, 4.62),
    "cross": (-53.43, 59.83, 0.0, 0.0, 2.2, 5.9),  # 2.2 is set: a code that stands nowhere makes the odds a ninth
    "words": (-6.71, 0.0, 3.14, 3.0, 2.86, 6.89),
    "read": (-46.62, 48.62, 1.86, 0.39, 1.29, 4.24, 0.28),
}
# The signals that tell something in each kind, as places in the weights.
INFORMATIVE: Mapping[str, Sequence[int]] = {
    "same": (0, 1, 2, 3, 4, 5),
    "cross": (0, 1, 5),
    "words": (0, 2, 3, 4, 5),
    "read": (0, 1, 2, 3, 4, 5, 6),
}


def probability(signals: Signals, calibration: Calibration) -> float:
    """The probability (0 to 1) that the collection holds the answer."""
    weights = weights_of(signals.kind, calibration)
    # Where there is no reader the weights end before its signal.
    total = sum(weight * value for weight, value in zip(weights, signals.values, strict=False))
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))


def weights_of(kind: Kind, calibration: Calibration) -> tuple[float, ...]:
    """The weights of a kind of question; the default where the calibration has none.

    What a collection was calibrated to before there was a reader goes on where one reads; its reading counts nothing.
    """
    if kind == "read" and "read" not in calibration and calibration.get("same", DEFAULT["same"]) != DEFAULT["same"]:
        return tuple(calibration["same"])
    return tuple(calibration.get(kind, DEFAULT[kind]))


def fit(rows: NDArray[np.float64], held: NDArray[np.bool_]) -> tuple[float, ...]:
    """The logistic weights (f,) under which the rows (n, f) best foretell what is held, by Newton's method.

    The first column is the constant. The others are standardised for the prior, which draws weights to zero.
    """
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    mean[0], deviation[deviation < 1e-9] = 0.0, 1.0
    scaled = (rows - mean) / deviation
    weights, prior = np.zeros(rows.shape[1]), np.full(rows.shape[1], 2 * _RIDGE)
    prior[0] = 0.0
    for _ in range(_STEPS):
        odds = 1 / (1 + np.exp(-np.clip(scaled @ weights, -30, 30)))
        gradient = scaled.T @ (odds - held) + prior * weights
        curvature = scaled.T * (odds * (1 - odds)) @ scaled + np.diag(prior + 1e-9)
        weights -= np.linalg.solve(curvature, gradient)
    weights /= deviation
    weights[0] -= weights @ mean
    return tuple(round(float(weight), 4) for weight in weights)
