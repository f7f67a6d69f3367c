"""Hoidap in the shapes of llama-index: a reader of articles, a retriever of passages, and what orders nodes anew."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.bridge.pydantic import Field, PrivateAttr
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import (
    Document,
    MetadataMode,
    NodeRelationship,
    NodeWithScore,
    ObjectType,
    QueryBundle,
    RelatedNodeInfo,
    RelatedNodeType,
    TextNode,
)

from rag.assistant import Assistant
from rag.config import ModelSettings
from rag.documents.formats import Loaded, load
from rag.documents.passed_over import PassedOver
from rag.documents.paths import paths_of
from rag.errors import DocumentError
from rag.index.filter import EVERYTHING, Filter
from rag.models.cross_encoder import CrossEncoderReranker
from rag.models.pinned_embedding import exported_graph
from rag.models.reader import SpanReader
from rag.models.registry import models_folder
from rag.models.reranker import TitledText
from rag.retrieval.passage import Passage
from rag.retrieval.rerank import order_of, worth

LOG = logging.getLogger(__name__)
_KEYS = ("title", "source", "published", "language")
_loading = Lock()


class ArticleReader(BaseReader):
    """Reads the articles of files and folders, in every format that Hoidap knows, as llama-index documents."""

    def load_data(self, path: Path | str | Iterable[Path | str], *_: Any, **__: Any) -> list[Document]:
        """Documents in the order of the files, their ids stable. Raises the first `DocumentError` met."""
        documents = []
        for result in (each for file in paths_of(path) for each in load(Path(file))):
            if isinstance(result, DocumentError):
                raise result
            if isinstance(result, PassedOver):
                LOG.warning("%s", result)
                continue
            assert isinstance(result, Loaded)  # all files are read
            article = result.article
            metadata = {key: getattr(article, key) for key in _KEYS}
            # Only the title helps an embedding; the rest would be embedded as words.
            hidden = [key for key in _KEYS if key != "title"]
            documents.append(
                Document(id_=article.id, text=article.text, metadata=metadata, excluded_embed_metadata_keys=hidden)
            )
        return documents


class PassageRetriever(BaseRetriever):
    """Retrieves an assistant's passages, best first, as nodes that know their article and their place in it."""

    def __init__(self, assistant: Assistant, top_n: int = 5, only: Filter = EVERYTHING) -> None:
        super().__init__()
        self._assistant = assistant
        self._top_n = top_n
        self._only = only

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        passages = self._assistant.search(query_bundle.query_str, self._top_n, self._only)
        return [self._node(passage) for passage in passages]

    def _node(self, passage: Passage) -> NodeWithScore:
        metadata = {"article_id": passage.article_id, **{key: getattr(passage, key) for key in _KEYS}}
        node = TextNode(
            id_=_node_id(passage),
            text=passage.text,
            metadata=metadata,
            start_char_idx=passage.start,
            end_char_idx=passage.end,
            relationships=_relationships(passage, *self._assistant.neighbours(passage)),
        )
        return NodeWithScore(node=node, score=passage.score)


def _relationships(
    passage: Passage, before: Passage | None, after: Passage | None
) -> dict[NodeRelationship, RelatedNodeType]:
    related: dict[NodeRelationship, RelatedNodeType] = {
        NodeRelationship.SOURCE: RelatedNodeInfo(node_id=passage.article_id, node_type=ObjectType.DOCUMENT)
    }
    for relationship, other in ((NodeRelationship.PREVIOUS, before), (NodeRelationship.NEXT, after)):
        if other is not None:
            related[relationship] = RelatedNodeInfo(node_id=_node_id(other), node_type=ObjectType.TEXT)
    return related


def _node_id(passage: Passage) -> str:
    return f"{passage.article_id}#{passage.start}-{passage.end}"


class CrossEncoderPostprocessor(BaseNodePostprocessor):
    """Orders nodes as a cross-encoder orders passages: by their `title` and text, within a time.

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
        order = order_of(self._reranker, _asked(query_bundle), _titled(nodes))[: self.top_n]
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
    return SpanReader(exported_graph(models))


def _asked(query: QueryBundle | None) -> str:
    if query is None:
        raise ValueError("nodes are ordered by a question; hand over query_bundle or query_str")
    return query.query_str


def _titled(nodes: list[NodeWithScore]) -> list[TitledText]:
    return [(str(each.metadata.get("title") or ""), each.get_content(MetadataMode.NONE)) for each in nodes]
