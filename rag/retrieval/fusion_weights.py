"""The weights of the fusion of a passage's signals, from `rag/weights/fusion.json`."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from rag.models.weights_file import STRICT, weights_in_use


@dataclass(frozen=True, slots=True, config=STRICT)
class FusionWeights:
    """What each signal of a passage adds to its score.

    `dense` and `lexical` weigh the standardised scores of the legs; `content` and `pairs` the share (0 to 1) of the
    question's content words, and of its pairs of words, in the best sentence; `named` that all of its names and numbers
    are there; `length` each hundred words; `phrase` that all phrases in quotation marks and codes are there; `sentence`
    the cosine of the nearest sentence. `other_language` is what a passage in another language than the question gets in
    place of what words add, so that passages in both can be compared.
    """

    dense: float
    lexical: float
    content: float
    pairs: float
    named: float
    length: float
    phrase: float
    sentence: float
    other_language: float


def fusion_weights() -> FusionWeights:
    """The weights in use. Raises `ModelDamaged`, see `weights_in_use`."""
    return weights_in_use("fusion", FusionWeights)
