"""Candidates -> passages: fused, ranked again by their nearest sentences, read by the models that read, best first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rag.config import RetrievalSettings
from rag.models.reranker import Reading, Reranker
from rag.query.query import Query
from rag.retrieval.candidates import Candidates
from rag.retrieval.fusion import fuse
from rag.retrieval.nearest_sentence import (
    RERANKED,
    RERANKED_OF_EACH_SIDE,
    SentenceCosines,
    by_nearest_sentence,
    sentence_cosines,
)
from rag.retrieval.passage import Passage, passage_of
from rag.retrieval.reading_stretch import read_stretches
from rag.retrieval.rerank import READ, by_reading, rerank, to_read
from rag.retrieval.sentence_vectors import SentenceVectors

# Among how many of the best passages those are chosen that the reader reads.
READ_AMONG = RERANKED + RERANKED_OF_EACH_SIDE


@dataclass(frozen=True, slots=True)
class RankingModels:
    """What ranks passages: vectors of sentences, and if there are such the trained reader and a cross-encoder."""

    sentences: SentenceVectors
    reader: Reranker | None = None
    cross_encoder: Reranker | None = None

    def candidates_for(self, settings: RetrievalSettings, top_n: int) -> int:
        """How many candidates each leg is asked for: what reads passages chooses among more than are wanted."""
        read = READ if self.cross_encoder else READ_AMONG if self.reader else 0
        return max(settings.candidates, top_n, read)


@dataclass(frozen=True, slots=True)
class Passages:
    """The passages found for a question, best first.

    `readings`, by the ids of chunks, are what the reader made of those that it read; None when it read none of them.
    `ranking` are the articles of all passages that were looked at, each once, best first. `cosines`, by the ids of
    chunks, are those of the question with each of `sentences_of(passage.text)`, in order; of others there may be some.
    """

    passages: tuple[Passage, ...]
    readings: Mapping[int, Reading] | None = None
    ranking: tuple[str, ...] = ()
    cosines: SentenceCosines = field(default_factory=dict)


def rank_passages(query: Query, candidates: Candidates, models: RankingModels, top_n: int | None = None) -> Passages:
    """The `top_n` best passages, all when None, best first, ties by chunk id.

    A cross-encoder, where there is one, orders the best anew; else the reader does by how likely each holds an answer.
    """
    passages, cosines = _scored(query, candidates, models.sentences)
    if models.cross_encoder:
        passages = rerank(models.cross_encoder, query.text, passages)
    # What is read comes first, so the best are still among these in the end.
    nearest = passages if top_n is None else passages[: max(READ_AMONG, top_n)]
    cosines |= _cosines(query, [each for each in nearest if each.chunk_id not in cosines], candidates, models.sentences)
    # What a cross-encoder has ordered, the reader reads for answers alone.
    among = passages[: top_n if models.cross_encoder else READ_AMONG] if top_n != 0 else []
    if models.reader is None or not among:
        return Passages(tuple(passages[:top_n]), None, _articles(passages), cosines)
    readings = read_stretches(models.reader, query, to_read(among, query), cosines)
    ordered = passages if models.cross_encoder else by_reading(passages, readings, query)
    kept = {passage.chunk_id for passage in ordered[:top_n]}
    read = {chunk: reading for chunk, reading in readings.items() if chunk in kept}
    return Passages(tuple(ordered[:top_n]), read or None, _articles(ordered), cosines)


def _scored(query: Query, candidates: Candidates, vectors: SentenceVectors) -> tuple[list[Passage], SentenceCosines]:
    if not len(candidates):
        return [], {}
    order, scores, nearest = by_nearest_sentence(query, candidates, fuse(candidates), vectors)
    chunks, cosines = candidates.chunks, candidates.cosines
    return [passage_of(chunks[i], float(scores[i]), float(cosines[i])) for i in order.tolist()], nearest


def _cosines(
    query: Query, passages: Sequence[Passage], candidates: Candidates, vectors: SentenceVectors
) -> SentenceCosines:
    wanted = {each.chunk_id for each in passages}
    return sentence_cosines(query, [chunk for chunk in candidates.chunks if chunk.id in wanted], vectors)


def _articles(passages: Sequence[Passage]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.article_id for each in passages))
