"""How likely the first quote answers the question: a logistic regression over its score and its lead.

The probability that the collection holds an answer does not tell it: both the right sentence and the one beside it make
that likely. `hoidap train quotes` fits the weights; the weights file says on which questions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pydantic.dataclasses import dataclass

from rag.answering.quote import Quote
from rag.models.weights_file import STRICT, weights_in_use
from rag.prompt_injection import is_injection
from rag.query.question_kind import QuestionKind

# The kinds of questions that one sentence can answer: the weights are fitted on these.
JUDGED: frozenset[QuestionKind] = frozenset({"fact", "yes_no", "list", "explanation", "definition", "latest"})
# Below this probability a reply says that its quotes may not answer: a fifth of such first ones do, held out.
DOUBTED_BELOW = 0.3
# How far a lead counts.
_FARTHEST = 6.0


@dataclass(frozen=True, slots=True, config=STRICT)
class QuoteConfidenceWeights:
    """A constant, and what the first quote's score and its lead over the next add to the log odds."""

    constant: float
    score: float
    lead: float


QuoteSignals = tuple[float, float]


def quote_signals(quotes: Sequence[Quote]) -> QuoteSignals:
    """The score of the first quote, and by how much it is ahead of the next; a quote that stands alone is not ahead.

    Orders to a model, which come last by a penalty, do not count beside quotes that are none.
    """
    told = [quote.score for quote in quotes if not is_injection(quote.text)] or [quote.score for quote in quotes]
    first, second = told[0], told[min(1, len(told) - 1)]
    return first, min(first - second, _FARTHEST)


def quote_confidence(signals: QuoteSignals) -> float:
    """The probability (0 to 1) that the first quote, with these signals, answers."""
    weights = weights_in_use("quote_confidence", QuoteConfidenceWeights)
    score, lead = signals
    total = weights.constant + weights.score * score + weights.lead * lead
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
