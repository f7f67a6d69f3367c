"""The seam of the search: what finds the chunks of a collection for a query, and how often its terms stand in them."""

from __future__ import annotations

from typing import Literal, Protocol

# Words as they are written, and words without their diacritics.
Field = Literal["words", "folded"]


class TermStatistics(Protocol):
    """How often terms stand in the chunks of one generation of a collection; the terms are those of `rag.text`."""

    @property
    def chunk_count(self) -> int:
        """The number of chunks."""

    def document_frequency(self, term: str, field: Field) -> int:
        """The number of chunks, 0 to `chunk_count`, in which the term stands in that field.

        Chunks that were removed since may count for a while.
        """
