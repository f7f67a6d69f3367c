"""The weights of the probability that a collection holds the answer, from `rag/weights/answerability.json`."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic.dataclasses import dataclass

from rag.models.weights_file import STRICT, weights_in_use


@dataclass(frozen=True, slots=True, config=STRICT)
class AnswerabilityWeights:
    """Logistic weights by kind of question, and a signal's value where it cannot be known.

    `kinds` has for each kind the weights of a constant and of the signals, in the order of `Signals.values`: `same`
    asks in the language of the evidence, `read` does so where a reader read it; `cross` asks in another language, where
    words cannot be compared; `words` is for an embedding model whose cosines are not known. `unknown_lead` stands for
    the lead of a passage that is the only one: the lead at which a question is as likely answerable as not.
    """

    kinds: Mapping[str, tuple[float, ...]]
    unknown_lead: float


def answerability_weights() -> AnswerabilityWeights:
    """The weights in use. Raises `ModelDamaged`, see `weights_in_use`."""
    return weights_in_use("answerability", AnswerabilityWeights)
