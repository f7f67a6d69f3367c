"""Whether a question needs a turn before it, by the weights that ship."""

from __future__ import annotations

import pytest

from rag.index.snapshot import Snapshot
from rag.models.embedder import Embedder
from rag.models.weights_file import read_weights
from rag.query.query import understand
from rag.query.request import Request
from rag.query.self_contained import SelfContainedWeights, is_self_contained, length_of, probability

HISTORY = [("Cầu Nhật Tân dài bao nhiêu?", "Cầu Nhật Tân dài 3,9 km.")]
ALONE = (
    "tuyến metro nhổn ga hà nội có bao nhiêu ga ngầm",
    "người phát hiện hang sơn đoòng là ai",
    "Vì sao nước biển ở vịnh Hạ Long có màu xanh?",
)
DEPENDENT = ("Dài bao nhiêu?", "ai thiết kế", "Khởi công năm nào?", "Tổng vốn đầu tư là bao nhiêu?")


@pytest.mark.parametrize("question", ALONE)
def test_what_names_its_subject_in_small_letters_needs_no_turn(embedder: Embedder, question: str) -> None:
    assert is_self_contained(question, embedder.embed_queries([question])[0])


@pytest.mark.parametrize("question", DEPENDENT)
def test_what_leaves_its_subject_away_needs_one(embedder: Embedder, question: str) -> None:
    assert not is_self_contained(question, embedder.embed_queries([question])[0])


@pytest.mark.parametrize(
    "question", ["Ông ấy sinh năm nào ở tỉnh Hà Tĩnh?", "Còn cầu Long Biên thì sao?", "Who designed the Eiffel Tower?"]
)
def test_what_refers_and_what_is_in_another_language_is_never_taken_for_one(embedder: Embedder, question: str) -> None:
    assert not is_self_contained(question, embedder.embed_queries([question])[0])


@pytest.mark.parametrize("question", ALONE[:2])
def test_such_a_question_is_understood_as_it_is_alone(snapshot: Snapshot, embedder: Embedder, question: str) -> None:
    alone, after = (
        understand(Request.of(question, history), snapshot.statistics, embedder).standalone for history in ((), HISTORY)
    )
    assert alone == after


def test_without_diacritics_it_is_told_by_what_the_collection_has(snapshot: Snapshot, embedder: Embedder) -> None:
    question = "tuyen metro nhon ga ha noi co bao nhieu ga ngam"
    understood = understand(Request.of(question, HISTORY), snapshot.statistics, embedder).standalone
    assert "nhat tan" not in understood.lower()
    assert "Nhật Tân" not in understood


def test_a_dependent_question_is_completed(snapshot: Snapshot, embedder: Embedder) -> None:
    understood = understand(Request.of("ai thiết kế", HISTORY), snapshot.statistics, embedder).standalone
    assert "Nhật Tân" in understood


def test_a_likely_question_is_a_probability_and_length_a_share(embedder: Embedder) -> None:
    weights = read_weights("self_contained", SelfContainedWeights).weights
    for question in (*ALONE, *DEPENDENT, "a " * 500):
        assert 0 <= probability(question, embedder.embed_queries([question])[0], weights) <= 1
        assert 0 <= length_of(question) <= 1
    assert len(weights.vector) == embedder.dimension
