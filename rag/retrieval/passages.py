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
    chunks, are those of the question with each of `sentences_of(passage.text)`, in order.
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
    # What a cross-encoder has ordered, the reader reads for answers alone.
    among = passages[: top_n if models.cross_encoder else READ_AMONG] if top_n != 0 else []
    if models.reader is None or not among:
        kept = _cosines(query, passages[:top_n], candidates, models.sentences, cosines)
        return Passages(tuple(passages[:top_n]), None, _articles(passages), kept)
    chosen = to_read(among, query)
    cosines = _cosines(query, chosen, candidates, models.sentences, cosines)
    readings = read_stretches(models.reader, query, chosen, cosines)
    ordered = passages if models.cross_encoder else by_reading(passages, readings, query)
    kept = _cosines(query, ordered[:top_n], candidates, models.sentences, cosines)
    read = {chunk: reading for chunk, reading in readings.items() if chunk in kept}
    return Passages(tuple(ordered[:top_n]), read or None, _articles(ordered), kept)


def _scored(query: Query, candidates: Candidates, vectors: SentenceVectors) -> tuple[list[Passage], SentenceCosines]:
    if not len(candidates):
        return [], {}
    order, scores, nearest = by_nearest_sentence(query, candidates, fuse(candidates), vectors)
    chunks, cosines = candidates.chunks, candidates.cosines
    return [passage_of(chunks[i], float(scores[i]), float(cosines[i])) for i in order.tolist()], nearest


def _cosines(
    query: Query,
    passages: Sequence[Passage],
    candidates: Candidates,
    vectors: SentenceVectors,
    known: SentenceCosines,
) -> SentenceCosines:
    """The cosines of the sentences of these passages, of which some are known."""
    wanted = {each.chunk_id for each in passages}
    missing = [chunk for chunk in candidates.chunks if chunk.id in wanted and chunk.id not in known]
    found = known | (sentence_cosines(query, missing, vectors) if missing else {})
    return {chunk: found[chunk] for chunk in wanted}


def _articles(passages: Sequence[Passage]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.article_id for each in passages))
