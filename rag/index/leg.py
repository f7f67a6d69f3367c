"""The seams of the search: a leg finds the chunks of a collection for a query, term statistics say how rare a term is.

There is a dense leg, whose queries are vectors, and a lexical leg, whose queries are texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from rag.index.filter import EVERYTHING, Filter

Ids = NDArray[np.int64]
Scores = NDArray[np.float32]
Vector = NDArray[np.float32]
# Words as they are written, and words without their diacritics.
Field = Literal["words", "folded"]
Q = TypeVar("Q", contravariant=True)


@dataclass(frozen=True, eq=False, slots=True)
class Hits:
    """Chunks that were found: their `ids` (n,) and `scores` (n,), the best first, equal scores in order of id."""

    ids: Ids
    scores: Scores

    def __len__(self) -> int:
        return len(self.ids)


class Leg(Protocol[Q]):
    """Finds and scores the chunks of one generation of a collection; its methods may be called from several threads.

    Scores grow with relevance and can be compared within one query only. Those of the dense leg are products of a
    vector with the unit vectors of the chunks, of a unit vector cosines (-1 to 1); those of the lexical leg are sums
    over the terms of a text (0 on).
    """

    def search(self, query: Q, limit: int, only: Filter = EVERYTHING) -> Hits:
        """Return the `limit` best chunks, fewer when fewer are found, `only` of articles that the filter lets through.

        A chunk that a lexical leg finds shares a term with the text. Raises `UsageError` when the filter names articles
        or languages of which the collection has none.
        """

    def scores(self, query: Q, ids: Ids) -> Scores:
        """Return the scores (n,) of chunks of the collection, in the order of `ids` (n,).

        They equal those of `search`; 0 from a lexical leg where no term is shared.
        """


class TermStatistics(Protocol):
    """How often terms stand in the chunks of one generation of a collection; the terms are those of `rag.text`."""

    @property
    def chunk_count(self) -> int:
        """The number of chunks."""

    def document_frequency(self, term: str, field: Field) -> int:
        """The number of chunks, 0 to `chunk_count`, in which the term stands in that field.

        Chunks that were removed may count until the index is next written anew.
        """
