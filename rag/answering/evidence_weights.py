"""The weights of the signals of a sentence, from `rag/weights/evidence.json`."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from rag.models.weights_file import STRICT, weights_in_use


@dataclass(frozen=True, slots=True, config=STRICT)
class EvidenceWeights:
    """What each signal of a sentence adds to its score.

    `cosine`, `words` and `passage` weigh standardised scores: the cosine with the question, the shared content words
    and the score of its passage. `reader` weighs the reader's score (log odds) of the best span, which counts as
    `reader_floor` at least, and as `other_language` at least in another language than the question. `latest` is what
    the latest article gains over the earliest when the question asks for how things are now.
    """

    cosine: float
    words: float
    passage: float
    reader: float
    reader_floor: float
    other_language: float
    latest: float


def evidence_weights() -> EvidenceWeights:
    """The weights in use. Raises `ModelDamaged`, see `weights_in_use`."""
    return weights_in_use("evidence", EvidenceWeights)
