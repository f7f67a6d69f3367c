"""The seam of models that read passages together with a question: how relevant each is, and the words that answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.text.ranges import TextRange

# The longest answer, in tokens; the reader that comes with this package was trained with it.
MAX_ANSWER_TOKENS = 40

# The title of an article, which may be empty, and a passage of it.
TitledText = tuple[str, str]
Scores = NDArray[np.float32]


def _no_scores() -> Scores:
    return np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True)
class ReaderAnswer:
    """The words of a passage that answer best, `text[start:end]`.

    `score` is half the logarithm of how much more likely they are than that nothing in the passage answers: above 0 an
    answer is more likely than none. Of the reader that comes with this package most lie between -12 and 10.
    """

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True, eq=False)  # arrays have no equality that is one truth value
class Reading:
    """What a model makes of one passage read together with a question.

    `relevance` is the log odds that the passage answers the question: 0 is as likely as not, any real number is
    possible, most lie between -12 and 12. Of a cross-encoder it is the raw score before any sigmoid, so that only
    those of one model can be compared.

    A model that finds answers also says of each token of the passage, which stands at `tokens` (ranges of characters,
    in order), how much more likely an answer begins (`starts`, (n,)) and ends (`ends`, (n,)) there than that there is
    none, as logarithms. Of other models all three are empty.
    """

    relevance: float
    tokens: tuple[TextRange, ...] = ()
    starts: Scores = field(default_factory=_no_scores)
    ends: Scores = field(default_factory=_no_scores)

    def best_answer(self, start: int = 0, end: int | None = None) -> ReaderAnswer | None:
        """The best answer between two offsets of the passage; None when no token stands there."""
        inside = [i for i, (at, to) in enumerate(self.tokens) if at >= start and (end is None or to <= end) and to > at]
        if not inside:
            return None
        first, last = inside[0], inside[-1] + 1
        # Some tokens stand for no letter: an answer neither begins nor ends there.
        written = np.array([to > at for at, to in self.tokens[first:last]])
        starts, ends = (np.where(written, scores[first:last], -np.inf) for scores in (self.starts, self.ends))
        # Row i holds the ends of the answers that begin at token i, none longer than the longest.
        behind = np.lib.stride_tricks.sliding_window_view(
            np.pad(ends, (0, MAX_ANSWER_TOKENS - 1), constant_values=-np.inf), MAX_ANSWER_TOKENS
        )
        sums = starts[:, None] + behind
        begin, length = divmod(int(sums.argmax()), MAX_ANSWER_TOKENS)
        tokens = self.tokens[first + begin : first + begin + length + 1]
        return ReaderAnswer(min(at for at, _ in tokens), max(to for _, to in tokens), float(sums[begin, length]) / 2)


# The readings of passages, by the ids of their chunks.
Readings = Mapping[int, Reading]


class Reranker(Protocol):
    """A model that reads passages together with a question. Safe to share between threads."""

    def read(self, question: str, passages: Sequence[TitledText]) -> Sequence[Reading | None]:
        """A reading of each passage, in order; None for those that the time for one question did not suffice for.

        Passages are read from the first on, at least the first is read, and a reading depends on no other passage.
        Loads the model if need be, which does not count as time, and raises `ModelMissing` when it is not on this
        machine, `ModelDamaged` when it is there and does not load.
        """
