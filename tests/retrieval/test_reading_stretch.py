from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents.passage_sentences import sentences_of
from rag.models.reranker import Reading, TitledText
from rag.query.query import Query, make_query
from rag.retrieval.passage import Passage
from rag.retrieval.reading_stretch import STRETCH, SURE, read_stretches, stretch
from rag.text.normalize import clean
from tests.doubles import EmptyTermStatistics, HashEmbedder
from tests.strategies import texts

LONG = "Cầu khánh thành năm 1902. " + "Trời hôm ấy nắng và có gió nhẹ từ phía sông. " * 20 + "Tháp cao 324 mét. Hết."


def asked(question: str) -> Query:
    return make_query(question, EmptyTermStatistics(), HashEmbedder())


def passage(text: str, chunk: int = 1) -> Passage:
    return Passage("a", chunk, "Tháp", "s", None, "vi", text, 0, len(text), 1.0, 0.5)


class Words:
    """Reads every word as a token, and remembers what it read."""

    def __init__(self, relevance: float = 1.0) -> None:
        self.relevance = relevance
        self.read_texts: list[str] = []

    def read(self, question: str, passages: Sequence[TitledText]) -> list[Reading]:
        self.read_texts += [text for _, text in passages]
        return [
            Reading(
                self.relevance, tuple((at, at + 1) for at in range(len(text))), *np.zeros((2, len(text)), np.float32)
            )
            for _, text in passages
        ]


@given(texts, st.integers(0, 5))
def test_a_stretch_is_whole_sentences_and_no_longer_than_it_may_be(text: str, best: int) -> None:
    text = clean(text) * 9
    sentences = sentences_of(text)
    cosines = np.zeros(len(sentences), np.float32)
    cosines[best : best + 1] = 1
    start, end = stretch(asked("Tháp cao bao nhiêu?"), passage(text), cosines)
    if not sentences:
        assert (start, end) == (0, len(text))
        return
    inside = [each for each in sentences if start <= each.start and each.end <= end]
    assert (inside[0].start, inside[-1].end) == (start, end)
    assert end - start <= STRETCH or len(inside) == 1


@pytest.mark.parametrize(
    ("question", "held"), [("Tháp cao bao nhiêu mét?", "324"), ("Cầu khánh thành năm nào?", "1902")]
)
def test_it_lies_around_the_sentence_that_holds_most_of_the_question(question: str, held: str) -> None:
    start, end = stretch(asked(question), passage(LONG), np.zeros(len(sentences_of(LONG)), np.float32))
    assert held in LONG[start:end]


def test_the_best_passage_is_read_whole_and_offsets_are_in_the_passage() -> None:
    cosines = {chunk: np.zeros((len(sentences_of(LONG)), 2), np.float32) for chunk in (1, 2)}
    reader = Words()
    found = read_stretches(reader, asked("Tháp cao bao nhiêu mét?"), [passage(LONG), passage(LONG, 2)], cosines)
    assert reader.read_texts[0] == LONG
    start, end = found[2].tokens[0][0], found[2].tokens[-1][1]
    assert LONG[start:end] == reader.read_texts[1]
    assert "324" in LONG[start:end]
    assert len(found[1].tokens) == len(LONG)


@pytest.mark.parametrize(("relevance", "read"), [(SURE - 0.1, {1, 2, 3, 4}), (SURE, {1, 2})])
def test_no_more_is_read_where_one_of_the_best_surely_answers(relevance: float, read: set[int]) -> None:
    chunks = range(1, 5)
    cosines = {chunk: np.zeros((len(sentences_of(LONG)), 2), np.float32) for chunk in chunks}
    passages = [passage(LONG, chunk) for chunk in chunks]
    assert set(read_stretches(Words(relevance), asked("Tháp cao bao nhiêu mét?"), passages, cosines)) == read
