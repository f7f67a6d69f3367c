from __future__ import annotations

from pathlib import Path

import pytest
from llama_index.core.postprocessor import PrevNextNodePostprocessor
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.storage.docstore import SimpleDocumentStore

from rag.assistant import Assistant
from rag.config import load_config
from rag.errors import DocumentError
from rag.llamaindex import ArticleReader, PassageRetriever

CORPUS = Path(__file__).parent / "corpus"


def test_the_reader_gives_every_article_once() -> None:
    documents = ArticleReader().load_data(CORPUS)
    ids = [document.id_ for document in documents]
    assert len(ids) == len(set(ids)) == 20
    assert "metro-cat-linh-ha-dong.md" in ids
    embedded = documents[0].get_content(metadata_mode="embed")  # type: ignore[arg-type]
    assert documents[0].metadata["source"] not in embedded


def test_the_reader_takes_a_path_as_text_and_several() -> None:
    files = [CORPUS / "metro-cat-linh-ha-dong.md", CORPUS / "thuy-dien-son-la.html"]
    assert [each.id_ for each in ArticleReader().load_data(str(files[0]))] == [files[0].name]
    assert [each.id_ for each in ArticleReader().load_data(files)] == [file.name for file in files]


def test_the_reader_says_what_it_passes_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("a.txt", "b.mp4"):
        (tmp_path / name).write_text("Một câu.", encoding="utf-8")
    assert [each.id_ for each in ArticleReader().load_data(tmp_path)] == ["a.txt"]
    assert "1 .mp4 file passed over" in caplog.text


def test_the_reader_raises_what_is_broken(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    with pytest.raises(DocumentError, match=r"empty\.txt"):
        ArticleReader().load_data(tmp_path)


def test_the_retriever_gives_passages_in_their_places(tmp_path: Path) -> None:
    assistant = Assistant.open(load_config(overrides={"index": tmp_path / "index"}))
    assistant.ingest([CORPUS / "metro-cat-linh-ha-dong.md", CORPUS / "thuy-dien-son-la.html"])
    hits = PassageRetriever(assistant, top_n=2).retrieve("Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?")
    first, second = (hit.get_score() for hit in hits)
    assert first >= second
    node = hits[0].node
    assert isinstance(node, TextNode)
    article = assistant.article(node.metadata["article_id"])
    assert article is not None
    assert article.id == "metro-cat-linh-ha-dong.md"
    assert article.text[node.start_char_idx : node.end_char_idx] == node.text


def test_nodes_know_their_article_and_their_neighbours(tmp_path: Path) -> None:
    assistant = Assistant.open(load_config(overrides={"index": tmp_path / "index"}))
    assistant.ingest([CORPUS / "metro-cat-linh-ha-dong.md"])
    hits = PassageRetriever(assistant, top_n=50).retrieve("Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?")
    nodes = sorted((hit.node for hit in hits), key=lambda node: int(node.node_id.split("#")[1].split("-")[0]))
    assert len(nodes) > 1
    ids = [node.node_id for node in nodes]
    for node, before, after in zip(nodes, [None, *ids], [*ids[1:], None], strict=False):
        assert related(node.relationships.get(NodeRelationship.SOURCE)) == "metro-cat-linh-ha-dong.md"
        assert related(node.relationships.get(NodeRelationship.PREVIOUS)) == before
        assert related(node.relationships.get(NodeRelationship.NEXT)) == after


def test_the_postprocessor_of_llama_index_follows_neighbours(tmp_path: Path) -> None:
    assistant = Assistant.open(load_config(overrides={"index": tmp_path / "index"}))
    assistant.ingest([CORPUS / "metro-cat-linh-ha-dong.md"])
    question = "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?"
    nodes = [hit.node for hit in PassageRetriever(assistant, top_n=50).retrieve(question)]
    documents = SimpleDocumentStore()
    documents.add_documents(nodes)
    found = PassageRetriever(assistant, top_n=1).retrieve(question)
    widened = PrevNextNodePostprocessor(docstore=documents, mode="both").postprocess_nodes(found)
    starts = [int(node.node.node_id.split("#")[1].split("-")[0]) for node in widened]
    assert len(widened) > 1
    assert starts == sorted(starts)


def related(info: object) -> str | None:
    return info.node_id if isinstance(info, RelatedNodeInfo) else None
