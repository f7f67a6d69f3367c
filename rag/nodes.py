"""Hoidap in the shapes of llama-index: a reader of articles and a retriever of passages, for pipelines built on it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import (
    Document,
    NodeRelationship,
    NodeWithScore,
    ObjectType,
    QueryBundle,
    RelatedNodeInfo,
    RelatedNodeType,
    TextNode,
)

from rag.assistant import EVERYTHING, Assistant
from rag.documents import load
from rag.errors import DocumentError
from rag.files import PassedOver, paths_of
from rag.filters import Filter
from rag.retrieval import Passage

LOG = logging.getLogger(__name__)
_KEYS = ("title", "source", "published", "language")


class ArticleReader(BaseReader):
    """Reads the articles of files and folders, in every format that Hoidap knows, as llama-index documents."""

    def load_data(self, path: Path | str | Iterable[Path | str], *_: Any, **__: Any) -> list[Document]:
        """Documents in the order of the files, their ids stable. Raises the first `DocumentError` met."""
        documents = []
        for result in (each for file in paths_of(path) for each in load(file)):
            if isinstance(result, DocumentError):
                raise result
            if isinstance(result, PassedOver):
                LOG.warning("%s", result)
                continue
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
