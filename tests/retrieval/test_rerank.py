from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.config import AnswerSettings, Config, LlmSettings, ModelSettings, RetrievalSettings
from rag.index.snapshot import Snapshot
from rag.models.cross_encoder import CrossEncoderReranker
from rag.models.embedder import Embedder
from rag.models.reranker import Reading, TitledText
from rag.query.query import make_query
from rag.retrieval.passage import Passage
from rag.retrieval.rerank import ABROAD, LEAST, READ, READING, SPAN, by_reading, order_of, rerank, to_read, worth
from tests.cross_encoders import save_cross_encoder

QUESTION = "Cầu Vàng dài bao nhiêu mét?"


class Numbers:
    """Takes the number that a passage is for its relevance, of the first `most` passages; remembers what it read."""

    def __init__(self, most: int = 1000) -> None:
        self.most = most
        self.given: list[TitledText] = []

    def read(self, question: str, passages: Sequence[TitledText]) -> list[Reading | None]:
        self.given = list(passages)
        return [Reading(float(text)) if place < self.most else None for place, (_, text) in enumerate(passages)]


def passage(number: int, text: str, score: float = 0.0) -> Passage:
    return Passage(f"{number}.txt", number, "Cầu", "nguồn", None, "vi", text, 0, len(text), score, 0.5)


def numbers(values: Sequence[int]) -> list[TitledText]:
    return [("", str(value)) for value in values]


# Readings


def test_the_reader_orders_what_it_read_and_the_rest_stays_behind(snapshot: Snapshot, embedder: Embedder) -> None:
    query = make_query(QUESTION, snapshot.statistics, embedder)
    foreign = replace(passage(3, "bridge", 4.0), language="en")
    passages = [passage(1, "sông", 6.0), passage(2, "cầu", 5.0), foreign, passage(4, "hồ", 3.0), passage(5, "ga", 2.0)]
    none = Reading(-20.0)
    least = (READING + SPAN) * LEAST
    ordered = by_reading(passages, {1: none, 3: replace(none, relevance=8.0)}, query)
    assert [each.chunk_id for each in ordered] == [3, 1, 2, 4, 5]
    assert [each.score for each in ordered[:2]] == [4 + READING * (8 + ABROAD) + SPAN * LEAST, 6 + least]
    scores = [each.score for each in ordered]
    assert scores == sorted(scores, reverse=True)
    assert scores[3] - scores[4] == 1


def test_in_another_language_a_reading_counts_for_more_before_the_least_is_taken() -> None:
    none = Reading(LEAST - 1)
    assert worth(none) == (READING + SPAN) * LEAST
    assert worth(none, abroad=True) == READING * (LEAST - 1 + ABROAD) + SPAN * LEAST


def test_the_best_are_read_and_some_of_each_side(snapshot: Snapshot, embedder: Embedder) -> None:
    query = make_query(QUESTION, snapshot.statistics, embedder)
    languages = ["en"] * 7 + ["vi"] * 4
    passages = [replace(passage(at, "", -at), language=language) for at, language in enumerate(languages)]
    assert [each.chunk_id for each in to_read(passages, query)] == [0, 1, 2, 3, 4, 7, 8]
    assert [each.chunk_id for each in to_read(passages[:7], query)] == [0, 1, 2, 3, 4]
    assert [each.chunk_id for each in to_read(passages[5:8], query)] == [5, 6, 7]
    assert to_read([], query) == []


# Order


def test_the_best_comes_first_and_equal_ones_keep_their_order() -> None:
    assert order_of(Numbers(), QUESTION, numbers([3, 1, 4, 1, 5, 9, 2, 6, 5, 3])) == [5, 7, 4, 8, 2, 0, 9, 6, 1, 3]


def test_passages_are_read_with_their_titles_and_a_place_keeps_its_score() -> None:
    passages = [passage(0, "1", 9.0), passage(1, "3", 8.0), passage(2, "2", 7.0)]
    reranker = Numbers()
    found = rerank(reranker, QUESTION, passages)
    assert found == [replace(passages[1], score=9.0), replace(passages[2], score=8.0), replace(passages[0], score=7.0)]
    assert reranker.given == [("Cầu", "1"), ("Cầu", "3"), ("Cầu", "2")]


def test_only_the_best_are_read() -> None:
    reranker, count = Numbers(), READ + 5
    order = order_of(reranker, QUESTION, numbers(range(count)))
    assert order == [*reversed(range(READ)), *range(READ, count)]
    assert len(reranker.given) == READ


@pytest.mark.parametrize("values", [[], [1]])
def test_nothing_to_order_reads_nothing(values: list[int]) -> None:
    reranker = Numbers()
    assert order_of(reranker, QUESTION, numbers(values)) == list(range(len(values)))
    assert not reranker.given


def test_what_was_not_read_in_time_stays_where_it_is() -> None:
    assert order_of(Numbers(most=8), QUESTION, numbers(range(16))) == [*reversed(range(8)), *range(8, 16)]


def test_an_assistant_reads_again_what_it_finds(
    sample: Assistant, sample_index: Path, models_folder: Path, tmp_path: Path
) -> None:
    model = save_cross_encoder(tmp_path / "tiny")
    question = "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?"
    settings = RetrievalSettings(rerank_model=str(model), rerank_seconds=600)
    assistant = Assistant(
        Config(
            index=sample_index,
            models=ModelSettings(cache=models_folder),
            llm=LlmSettings(model="none"),
            retrieval=settings,
        )
    )
    found = assistant.search(question, top_n=5)
    unread = sample.config.model_copy(update={"answer": AnswerSettings(reader=False)})
    plain = Assistant(unread)
    expected = rerank(CrossEncoderReranker(str(model), 600), question, plain.search(question, top_n=READ))[:5]
    assert found == expected
    assert found != plain.search(question, top_n=5)
    assert assistant.ask(question).passages == tuple(found)
