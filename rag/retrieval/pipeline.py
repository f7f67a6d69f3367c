"""A question and a collection -> the passages nearest to it, read where there is a reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.config import RetrievalSettings
from rag.index.filter import Filter
from rag.index.snapshot import Snapshot
from rag.models.cross_encoder import CrossEncoderReranker
from rag.models.reader import SpanReader
from rag.models.reranker import Readings
from rag.query.query import Query
from rag.retrieval.fusion import Passage, retrieve
from rag.retrieval.passage_sentences import SentenceVectors
from rag.retrieval.rerank import READ, READ_AMONG, by_reading, rerank, to_read


@dataclass(frozen=True, slots=True)
class Found:
    """Passages, best first, and the readings of those that a reader read; None when it read none of them.

    `ranking` are the articles of all passages that were looked at, each once, best first.
    """

    passages: tuple[Passage, ...]
    readings: Readings | None = None
    ranking: tuple[str, ...] = ()


class Finder:
    """Finds passages by all that ranks them: the search, a cross-encoder, the trained reader.

    The models are loaded when first needed; its methods may be called from several threads.
    """

    def __init__(
        self,
        settings: RetrievalSettings,
        vectors: Callable[[], SentenceVectors],
        reader: Callable[[], SpanReader | None],
    ) -> None:
        self._settings, self._vectors, self._reader = settings, vectors, reader
        name = settings.rerank_model
        self._reranker = CrossEncoderReranker(name, settings.rerank_seconds) if name else None

    def passages(self, snapshot: Snapshot, query: Query, only: Filter, top_n: int | None = None) -> Found:
        """The best `top_n` passages, as the settings say when None, `only` of the articles that the filter lets by."""
        top_n = self._settings.top_n if top_n is None else max(0, top_n)
        reader = self._reader()
        # What reads passages chooses among more than are asked for.
        wanted = max(top_n, READ if self._reranker else READ_AMONG if reader else 0)
        candidates = max(self._settings.candidates, wanted)
        let_by = snapshot.store.chunk_ids(only) if only else None
        passages = retrieve(snapshot, query, self._vectors(), candidates=candidates, among=let_by)
        if self._reranker:
            passages = rerank(self._reranker, query.text, passages)
        # Behind a cross-encoder it orders nothing.
        among = passages[: top_n if self._reranker else READ_AMONG] if top_n else []
        if reader is None or not among:
            return Found(tuple(passages[:top_n]), None, _articles(passages))
        chosen = to_read(among, query)
        found = reader.read(query.text, [(passage.title, passage.text) for passage in chosen])
        readings = {passage.chunk_id: reading for passage, reading in zip(chosen, found, strict=True)}
        ordered = passages if self._reranker else by_reading(passages, readings, query)
        kept = {passage.chunk_id for passage in ordered[:top_n]}
        read = {chunk: each for chunk, each in readings.items() if chunk in kept}
        return Found(tuple(ordered[:top_n]), read or None, _articles(ordered))


def _articles(passages: Sequence[Passage]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.article_id for each in passages))
