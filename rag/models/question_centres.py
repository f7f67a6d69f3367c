"""What questions of a language have in common, taken off their vectors before they are compared with passages.

A passage that lies near the mean of all questions of a language, as those in its own do, and some in any, is near to
each of them: of what is left when a part of the mean is taken off, more is what the question asks for. See Mu &
Viswanath, All-but-the-Top (2018), and Radovanović et al., Hubs in Space (2010).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from rag.models.weights_file import STRICT, weights_in_use

Vector = NDArray[np.float32]


# Compared as the same object, so that its arrays are made once.
@dataclass(frozen=True, slots=True, eq=False, config=STRICT)
class QuestionCentres:
    """The mean vectors of questions by language (ISO 639-1), and the share of them that is taken off (0 to 1)."""

    share: float
    centres: Mapping[str, tuple[float, ...]]


def centred(vector: Vector, language: str) -> Vector:
    """The unit vector (d,) of a question in that language less its share of the centre; no unit vector any more.

    A language without a centre has the mean of the others.
    """
    used = _used()
    centres = _centres(used)
    less: Vector = vector - used.share * centres.get(language, centres[""])
    return less


def centred_share() -> float:
    """The share (0 to 1) of the centre that is taken off."""
    return _used().share


def _used() -> QuestionCentres:
    return weights_in_use("question_centres", QuestionCentres)


@lru_cache(1)
def _centres(used: QuestionCentres) -> dict[str, Vector]:
    """The centres by language, under "" their mean."""
    centres = {language: np.array(centre, np.float32) for language, centre in used.centres.items()}
    return {**centres, "": np.mean(list(centres.values()), axis=0, dtype=np.float32)}
