"""The seam for checking what an answer claims against the quotes that it cites."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from rag.answering.quote import Quote

Support = Literal["supported", "partly", "unsupported"]
"""`supported`: a quote says the claim; `partly`: it says some of it, or only several say it together."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether quotes bear out a claim, which of them do, and why, in words for a developer.

    `quotes` are places, counted from 0, in the quotes that were given; there are none where the claim is unsupported,
    one where a single quote bears it out.
    """

    support: Support
    quotes: tuple[int, ...]
    reason: str


class AnswerCheck(Protocol):
    """Checks claims against quotes; may be used from several threads."""

    def check(self, claim: str, quotes: Sequence[Quote], *, timeout: float = math.inf) -> Verdict:
        """The verdict on one sentence, written without markers, from these quotes alone.

        A claim is `supported` only by a quote that bears it out by itself; without quotes it is `unsupported`. The same
        claim and quotes give the same verdict. Raises `GenerationError` when there is none within `timeout` seconds.
        """
