"""Passages in the order of what a reader or a cross-encoder makes of them, read together with the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.models.reranker import Reading, Readings, Reranker, TitledText
from rag.query.query import Query
from rag.retrieval.passage import Passage

# How many of the best passages a cross-encoder reads.
READ = 30

# How many of the best passages the trained reader reads, and how many of those in the question's language and of the
# others at least.
READ_SPANS, READ_OF_EACH = 5, 2
# What its log odds of an answer and its score of the best span add to a passage, the least that either counts as, and
# how much more both count in another language than the question, where it is less sure. (Parallel passages, half of
# them in each of two languages, would have it 3, the sample collection 0.)
READING, SPAN, LEAST, ABROAD = 0.25, 0.25, -12.0, 1.5


def to_read(passages: Sequence[Passage], query: Query) -> list[Passage]:
    """The best passages, and the best in the question's language and in others: scores compare these less well."""
    foreign = [query.is_foreign_to(each.language) for each in passages]
    chosen = set(range(min(READ_SPANS, len(passages))))
    for side in (False, True):
        chosen.update([place for place, other in enumerate(foreign) if other is side][:READ_OF_EACH])
    return [passages[place] for place in sorted(chosen)]


def by_reading(passages: Sequence[Passage], readings: Readings, query: Query) -> list[Passage]:
    """The passages by their scores and by how likely the reader finds an answer in each, ties as before.

    Those that it did not read stay behind the others, with scores that still fall.
    """
    read = [each for each in passages if each.chunk_id in readings]
    ordered = sorted(
        (
            replace(each, score=each.score + worth(readings[each.chunk_id], abroad=query.is_foreign_to(each.language)))
            for each in read
        ),
        key=lambda each: -each.score,
    )
    rest = [each for each in passages if each.chunk_id not in readings]
    fall = min(0.0, ordered[-1].score - rest[0].score) if ordered and rest else 0.0
    return [*ordered, *(replace(each, score=each.score + fall) for each in rest)]


def worth(reading: Reading, *, abroad: bool = False) -> float:
    """What a reading adds to the score of a passage, which may be in another language than the question."""
    best, more = reading.best_answer(), ABROAD if abroad else 0.0
    return READING * max(LEAST, reading.relevance + more) + SPAN * max(LEAST, best.score + more if best else LEAST)


def rerank(reranker: Reranker, question: str, passages: Sequence[Passage]) -> list[Passage]:
    """The passages in the order of a cross-encoder.

    A place keeps its score, so that scores still fall and still mean what they meant to those that read them.
    """
    order = order_of(reranker, question, [(passage.title, passage.text) for passage in passages])
    return [replace(passages[i], score=held.score) for i, held in zip(order, passages, strict=True)]


def order_of(reranker: Reranker, question: str, passages: Sequence[TitledText]) -> list[int]:
    """The places of the passages by relevance, best first, ties by place.

    Those that are read in time are ordered among the places that they held; the others stay where they are, for nothing
    is known against them. One passage alone is not read. Raises as `Reranker.read`.
    """
    if len(passages) < 2:
        return list(range(len(passages)))
    readings = reranker.read(question, passages[:READ])
    relevance = {place: reading.relevance for place, reading in enumerate(readings) if reading is not None}
    ordered = iter(sorted(relevance, key=lambda place: -relevance[place]))
    return [next(ordered) if place in relevance else place for place in range(len(passages))]
