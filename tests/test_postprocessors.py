from __future__ import annotations

from pathlib import Path

import pytest
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.assistant import Assistant
from rag.errors import ModelMissing
from rag.llamaindex import CrossEncoderPostprocessor, PassageRetriever, ReaderPostprocessor
from rag.models.cross_encoder import CrossEncoderReranker
from rag.retrieval.rerank import READ, order_of, rerank, worth
from tests.cross_encoders import save_cross_encoder

QUESTION = "Cầu Vàng dài bao nhiêu mét?"
TEXTS = ["hồ gươm ở hà nội", "cầu vàng dài", "ga tàu hà nội", "năm khánh thành", "hà nội", "cầu"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_cross_encoder(tmp_path_factory.mktemp("models") / "tiny"))


def nodes(*texts: str, title: str | None = None) -> list[NodeWithScore]:
    metadata = {} if title is None else {"title": title}
    return [
        NodeWithScore(node=TextNode(id_=str(number), text=text, metadata=metadata), score=1 / (number + 1))
        for number, text in enumerate(texts)
    ]


@pytest.mark.parametrize("title", [None, "khánh thành"])
def test_nodes_are_ordered_by_title_and_text_and_a_place_keeps_its_score(model: str, title: str | None) -> None:
    found = nodes(*TEXTS, title=title)
    ordered = CrossEncoderPostprocessor(model=model, seconds=60).postprocess_nodes(found, query_str=QUESTION)
    order = order_of(CrossEncoderReranker(model, 60), QUESTION, [(title or "", text) for text in TEXTS])
    assert [int(each.node.node_id) for each in ordered] == order != list(range(len(TEXTS)))
    assert [each.score for each in ordered] == [each.score for each in nodes(*TEXTS)]
    assert found == nodes(*TEXTS, title=title), "the nodes handed over were changed"


def test_so_many_are_handed_on_as_are_wanted(model: str) -> None:
    whole = CrossEncoderPostprocessor(model=model, seconds=60).postprocess_nodes(nodes(*TEXTS), query_str=QUESTION)
    two = CrossEncoderPostprocessor(model=model, seconds=60, top_n=2)
    assert two.postprocess_nodes(nodes(*TEXTS), query_str=QUESTION) == whole[:2]
    assert two.postprocess_nodes([], query_str=QUESTION) == []


def test_nodes_without_scores_stay_without(model: str) -> None:
    unscored = [NodeWithScore(node=each.node) for each in nodes(*TEXTS)]
    ordered = CrossEncoderPostprocessor(model=model, seconds=60).postprocess_nodes(unscored, query_str=QUESTION)
    assert {each.score for each in ordered} == {None}


def test_a_question_is_needed(model: str) -> None:
    with pytest.raises(ValueError, match="query_bundle or query_str"):
        CrossEncoderPostprocessor(model=model).postprocess_nodes(nodes(*TEXTS))


def test_missing_model_says_what_to_run() -> None:
    postprocessor = CrossEncoderPostprocessor(model="nobody/nothing")
    with pytest.raises(ModelMissing, match="hoidap models pull nobody/nothing"):
        postprocessor.postprocess_nodes(nodes(*TEXTS), query_str=QUESTION)


def test_llama_index_stores_it_and_reads_it_back(model: str) -> None:
    stored = CrossEncoderPostprocessor(model=model, seconds=60, top_n=3)
    restored = CrossEncoderPostprocessor.from_json(stored.to_json())
    found = nodes(*TEXTS)
    assert restored.postprocess_nodes(found, query_str=QUESTION) == stored.postprocess_nodes(found, query_str=QUESTION)


def test_a_query_engine_uses_it(model: str) -> None:
    class Found(BaseRetriever):
        def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
            return nodes(*TEXTS)

    postprocessor = CrossEncoderPostprocessor(model=model, seconds=60, top_n=2)
    engine = RetrieverQueryEngine.from_args(Found(), llm=MockLLM(), node_postprocessors=[postprocessor])
    assert engine.retrieve(QueryBundle(QUESTION)) == postprocessor.postprocess_nodes(nodes(*TEXTS), query_str=QUESTION)


def test_our_own_nodes_get_the_order_of_our_passages(model: str, sample: Assistant) -> None:
    question = "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?"
    hits = PassageRetriever(sample, top_n=READ).retrieve(question)
    ordered = CrossEncoderPostprocessor(model=model, seconds=600).postprocess_nodes(hits, query_str=question)
    passages = rerank(CrossEncoderReranker(model, 600), question, sample.search(question, top_n=READ))
    assert [(each.text, each.score) for each in ordered] == [(each.text, each.score) for each in passages]


# The trained reader

ARTICLES = ["Hồ Gươm ở Hà Nội.", "Phở được ăn vào buổi sáng.", "Cầu Vàng có chiều dài 450 m.", "Cầu Vàng rất đẹp."]


@pytest.fixture(scope="module")
def reading(models_folder: Path) -> ReaderPostprocessor:
    return ReaderPostprocessor(models=str(models_folder))


def test_the_node_that_answers_comes_first(reading: ReaderPostprocessor) -> None:
    found = nodes(*ARTICLES)
    ordered = reading.postprocess_nodes(found, query_str=QUESTION)
    assert ordered[0].text == ARTICLES[2]
    scores = [each.get_score() for each in ordered]
    assert scores == sorted(scores, reverse=True)
    assert sorted(each.text for each in ordered) == sorted(ARTICLES)
    assert found == nodes(*ARTICLES), "the nodes handed over were changed"


def test_scores_are_what_titles_and_texts_are_worth(reading: ReaderPostprocessor, sample: Assistant) -> None:
    assert sample.reader is not None
    ordered = reading.postprocess_nodes(nodes(*ARTICLES, title="Cầu"), query_str=QUESTION)
    readings = sample.reader.read(QUESTION, [("Cầu", each.text) for each in ordered])
    assert [each.get_score() for each in ordered] == pytest.approx([worth(each) for each in readings])


def test_equal_nodes_keep_their_order_and_as_many_are_handed_on_as_are_wanted(models_folder: Path) -> None:
    two = ReaderPostprocessor(models=str(models_folder), top_n=2)
    same = nodes(ARTICLES[0], ARTICLES[0], ARTICLES[0])
    assert [each.node.node_id for each in two.postprocess_nodes(same, query_str=QUESTION)] == ["0", "1"]
    assert two.postprocess_nodes([], query_str=QUESTION) == []


def test_the_reader_needs_a_question_and_a_model(reading: ReaderPostprocessor, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="query_bundle or query_str"):
        reading.postprocess_nodes(nodes(*ARTICLES))
    with pytest.raises(ModelMissing, match="hoidap models pull"):
        ReaderPostprocessor(models=str(tmp_path)).postprocess_nodes(nodes(*ARTICLES), query_str=QUESTION)


def test_llama_index_stores_the_one_that_reads(reading: ReaderPostprocessor) -> None:
    restored = ReaderPostprocessor.from_json(reading.to_json())
    found = nodes(*ARTICLES)
    assert restored.postprocess_nodes(found, query_str=QUESTION) == reading.postprocess_nodes(found, query_str=QUESTION)
