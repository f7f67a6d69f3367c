"""Yes or no, where a quote entails or contradicts what is asked; nothing where none does surely enough."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pydantic.dataclasses import dataclass

from rag.answering.answer import Verdict
from rag.answering.quote import Quote
from rag.models.entailment import EntailmentModel
from rag.models.weights_file import STRICT, weights_in_use

# So many of the best quotes may decide.
_READ = 2


@dataclass(frozen=True, slots=True, config=STRICT)
class VerdictWeights:
    """The probabilities from which on a quote decides for yes and for no."""

    yes_from: float
    no_from: float


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """A verdict, and the quote that it rests on."""

    verdict: Verdict
    quote: Quote


def verdict_of(question: str, quotes: Sequence[Quote], model: EntailmentModel) -> Decision | None:
    """The verdict on a question for yes or no, with the quote that decides; None when none does, or two disagree."""
    weights = weights_in_use("verdict", VerdictWeights)
    decided: list[Decision] = []
    read = quotes[:_READ]
    for quote, found in zip(read, model.read(question, [premise_of(quote) for quote in read]), strict=True):
        if found.entailment >= weights.yes_from:
            decided.append(Decision("yes", quote))
        elif found.contradiction >= weights.no_from:
            decided.append(Decision("no", quote))
    return decided[0] if len({each.verdict for each in decided}) == 1 else None


def premise_of(quote: Quote) -> str:
    """What is read of a quote: its sentences under the title."""
    return f"{quote.title}. {quote.text}"
