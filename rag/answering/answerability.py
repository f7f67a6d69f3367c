"""How sure it is that a collection holds the answer: signals of the evidence, weighed by a logistic model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag.answering.answerability_weights import answerability_weights
from rag.answering.sentence_scores import PassageSentence
from rag.models.cosine_offsets import REFERENCE
from rag.models.reranker import Reading
from rag.query.query import Query, holds, share
from rag.retrieval.passage import Passage

Kind = Literal["same", "cross", "words", "read"]


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for a question's evidence; shares and flags from 0 to 1.

    `cosine` is that of the nearest sentence in the language of the best one, comparable between languages (see
    `rag.models.cosine_offsets`); `content` the share of the question's content words in one sentence and its title,
    `pairs` that of its pairs of words in one passage; `named` whether a passage holds all of its names and numbers, and
    one all phrases and codes (in another language, the numbers of all codes); `lead` by how much the first passage's
    score is ahead of the mean of the others; `reading` how likely the reader finds an answer in the best passage, as
    log odds, 0 without a reader; `elsewhere` whether both are in one language that is not Vietnamese. (The cosine of
    the nearest passage and the agreement of the two legs foretell nothing more.)
    """

    kind: Kind
    cosine: float
    content: float
    pairs: float
    named: float
    lead: float
    reading: float = 0.0
    elsewhere: float = 0.0

    @property
    def values(self) -> tuple[float, ...]:
        """A one for the constant, then the signals in order."""
        return 1.0, self.cosine, self.content, self.pairs, self.named, self.lead, self.reading, self.elsewhere


# Weights of a constant and of the signals, in the order of `Signals.values`, by kind of question.
Calibration = Mapping[str, Sequence[float]]
# The signals that tell something in each kind, as places in the weights.
INFORMATIVE: Mapping[str, Sequence[int]] = {
    "same": (0, 1, 2, 3, 4, 5),
    "cross": (0, 1, 5),
    "words": (0, 2, 3, 4, 5),
    "read": (0, 1, 2, 3, 4, 5, 6),
}


def signals_of(
    query: Query,
    passages: Sequence[Passage],
    found: Sequence[PassageSentence],
    cosines: NDArray[np.float32],
    best: int,
    readings: Mapping[int, Reading],
) -> Signals:
    """The signals of a question's evidence: its passages, best first, their sentences and the cosines (n,) of these.

    `best` is the place of the sentence that answers best; `readings` are by the ids of chunks.
    """
    # Cosines tell other things between languages than within one: only those on the side of the best sentence count.
    foreign = np.array([query.is_foreign_to(each.passage.language) for each in found])
    side = {each.passage.chunk_id for each, other in zip(found, foreign, strict=True) if other == foreign[best]}
    read = [reading.relevance for chunk, reading in readings.items() if chunk in side]
    kind: Kind = "cross" if foreign[best] else "read" if read else "same"
    held: dict[int, set[str]] = {}
    for each in found:
        held.setdefault(each.passage.chunk_id, set()).update(each.tokens)
    first = passages[0]
    others = [passage.score for passage in passages[1:]]
    lead = min(1.0, (first.score - sum(others) / len(others)) / 20) if others else answerability_weights().unknown_lead
    whole = [tokens for tokens in held.values() if query.named <= tokens]
    # The numbers of codes are the same in all languages; names and what is quoted are not.
    numbers = [[token for token in code if any(map(str.isdigit, token))] for code in query.codes]
    across = kind == "cross" and query.measured
    wanted = numbers if across else query.phrases
    said = all(any(holds(query.tokens(each.text), phrase) for each in found) for phrase in wanted)
    return Signals(
        kind=kind if query.measured else "words",
        cosine=float(cosines[foreign == foreign[best]].max()),
        content=max(share(query.content, each.tokens) for each in found),
        pairs=max(share(query.pairs, tokens) for tokens in held.values()),
        named=float((bool(whole) or across) and said),
        lead=lead,
        reading=max(read, default=0.0),
        elsewhere=float(kind != "cross" and query.language not in (REFERENCE, "und")),
    )


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
    default = answerability_weights().kinds
    same = calibration.get("same", default["same"])
    if kind == "read" and "read" not in calibration and tuple(same) != default["same"]:
        return tuple(same)
    return tuple(calibration.get(kind, default[kind]))
