"""What reads passages again, in the shape of llama-index: postprocessors of the nodes that any retriever found."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from llama_index.core.bridge.pydantic import Field, PrivateAttr
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle

from rag.config import ModelSettings
from rag.embeddings import prepare
from rag.models import models_folder
from rag.reader import SpanReader
from rag.reranking import CrossEncoderReranker, titled, worth

_loading = Lock()


class CrossEncoderPostprocessor(BaseNodePostprocessor):
    """Orders nodes as `CrossEncoderReranker` orders passages: by their `title` and text, within a time.

    A place keeps its score, for nodes that were not read in time have no other.
    """

    model: str = Field(description="a folder, or a hub name in the local cache")
    seconds: float = Field(default=2.0, gt=0, description="the longest time for one question")
    top_n: int | None = Field(default=None, ge=1, description="how many nodes are handed on; all when None")
    _reranker: CrossEncoderReranker = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Make what orders; the model itself is loaded when first used."""
        super().model_post_init(context)
        self._reranker = CrossEncoderReranker(self.model, self.seconds)

    @classmethod
    def class_name(cls) -> str:
        """The name under which llama-index stores it."""
        return "CrossEncoderPostprocessor"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        texts = [titled(*each) for each in _titled(nodes)]
        order = self._reranker.order(_asked(query_bundle), texts)[: self.top_n]
        return [NodeWithScore(node=nodes[i].node, score=held.score) for i, held in zip(order, nodes, strict=False)]


class ReaderPostprocessor(BaseNodePostprocessor):
    """Orders nodes by how likely the trained reader finds an answer in their `title` and text, ties as before.

    That becomes the score, whatever their languages are. Every node is read, so a retriever should find some ten: each
    takes tens of milliseconds.
    """

    models: str | None = Field(default=None, description="the folder of the pulled models; the user's when None")
    top_n: int | None = Field(default=None, ge=1, description="how many nodes are handed on; all when None")

    @classmethod
    def class_name(cls) -> str:
        """The name under which llama-index stores it."""
        return "ReaderPostprocessor"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        question = _asked(query_bundle)
        with _loading:
            reader = _reader(models_folder(ModelSettings(cache=Path(self.models) if self.models else None)))
        readings = reader.read(question, _titled(nodes))
        scored = [
            NodeWithScore(node=each.node, score=worth(reading)) for each, reading in zip(nodes, readings, strict=True)
        ]
        return sorted(scored, key=lambda each: -each.get_score())[: self.top_n]


@cache
def _reader(models: Path) -> SpanReader:
    """The reader over the embedding model in a folder; one for all postprocessors."""
    return SpanReader(prepare(models))


def _asked(query: QueryBundle | None) -> str:
    if query is None:
        raise ValueError("nodes are ordered by a question; hand over query_bundle or query_str")
    return query.query_str


def _titled(nodes: list[NodeWithScore]) -> list[tuple[str, str]]:
    return [(str(each.metadata.get("title") or ""), each.get_content(MetadataMode.NONE)) for each in nodes]
