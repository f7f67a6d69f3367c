"""LlamaIndex as its documentation sets it up, beside ours: the same articles, questions and embedding model.

python tests/benchmarks/baselines.py GOLD.jsonl --articles ARTICLES.jsonl --index DIR [--limit N] [--json FILE]

Wants the extra `bench`. LlamaIndex gets the articles that the collection DIR holds, as our own reader reads them, with
their titles, and everything else is its default. Its vector store compares in Python: some 15 minutes for 2,285
questions over 5,109 passages.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from llama_index.core import VectorStoreIndex
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.retrievers.fusion_retriever import FUSION_MODES
from llama_index.core.schema import Document, NodeWithScore, QueryBundle
from llama_index.retrievers.bm25 import BM25Retriever

from rag.assistant import Assistant
from rag.llamaindex import ArticleReader
from rag.models.embedder import Embedder
from tests.benchmarks.llamaindex_embedding import SameEmbedding
from tests.benchmarks.retrieval import FORMS, MILLISECONDS, Row, Search, full, measure, questions, show

TOP_K = 10


class Remembered(BaseRetriever):
    """Asks a retriever a question only once; the fusions change the scores of the nodes that they are given."""

    def __init__(self, retriever: BaseRetriever) -> None:
        super().__init__()
        self._retriever = retriever
        self._found: dict[str, list[NodeWithScore]] = {}

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        asked = query_bundle.query_str
        if asked not in self._found:
            self._found[asked] = self._retriever.retrieve(query_bundle)
        return [NodeWithScore(node=each.node, score=each.score) for each in self._found[asked]]


def baselines(documents: Sequence[Document], embedder: Embedder) -> dict[str, Search]:
    index = VectorStoreIndex.from_documents(documents, embed_model=SameEmbedding(embedder))
    vectors = Remembered(index.as_retriever(similarity_top_k=TOP_K))
    bm25 = Remembered(BM25Retriever.from_defaults(docstore=index.docstore, similarity_top_k=TOP_K))
    retrievers: dict[str, BaseRetriever] = {"LlamaIndex, vectors": vectors, "LlamaIndex, BM25": bm25}
    for mode in (FUSION_MODES.RECIPROCAL_RANK, FUSION_MODES.RELATIVE_SCORE):
        retrievers[f"LlamaIndex, {mode.value}"] = QueryFusionRetriever(
            [vectors, bm25], llm=MockLLM(), num_queries=1, mode=mode, similarity_top_k=TOP_K, use_async=False
        )
    return {name: search(retriever) for name, retriever in retrievers.items()}


def search(retriever: BaseRetriever) -> Search:
    """A question -> the articles of its nodes, best first."""
    return lambda question: [str(found.node.ref_doc_id) for found in retriever.retrieve(question)]


def without_time(row: Row) -> Row:
    """A retriever that remembers says nothing of how long a search takes."""
    return {name: value for name, value in row.items() if name != MILLISECONDS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--articles", type=Path, required=True)
    parser.add_argument("--index", type=Path, required=True, help="our collection of the articles, or of some of them")
    parser.add_argument("--limit", type=int, help="questions, evenly spaced")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    assistant = Assistant.open(arguments.index)
    held = {article.id for article in assistant.articles()}
    documents = [document for document in ArticleReader().load_data(arguments.articles) if document.id_ in held]
    gold = questions(arguments.gold, arguments.limit)
    searches: Mapping[str, Search] = {**baselines(documents, assistant.embedder), "ours": full(assistant)}
    print(f"{len(gold)} questions over {len(documents)} articles")
    report: dict[str, dict[str, Row]] = {}
    for name, form in FORMS.items():
        report[name] = {who: without_time(measure(search, gold, form)) for who, search in searches.items()}
        show(name, report[name])
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
