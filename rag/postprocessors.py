"""The cross-encoder in the shape of llama-index: a postprocessor of the nodes that any of its retrievers found."""

from __future__ import annotations

from typing import Any

from llama_index.core.bridge.pydantic import Field, PrivateAttr
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle

from rag.reranking import CrossEncoderReranker, titled


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
        if query_bundle is None:
            raise ValueError("nodes are ordered by a question; hand over query_bundle or query_str")
        texts = [titled(str(each.metadata.get("title") or ""), each.get_content(MetadataMode.NONE)) for each in nodes]
        order = self._reranker.order(query_bundle.query_str, texts)[: self.top_n]
        return [NodeWithScore(node=nodes[i].node, score=held.score) for i, held in zip(order, nodes, strict=False)]
