"""The weights that ship: each file is whole, and says where it comes from."""

from __future__ import annotations

from typing import Any

import pytest

from rag.answering.answerability import INFORMATIVE, Signals
from rag.answering.answerability_weights import AnswerabilityWeights, answerability_weights
from rag.answering.evidence_weights import EvidenceWeights, evidence_weights
from rag.answering.short_answer_weights import ShortAnswerWeights, short_answer_weights
from rag.models.weights_file import read_weights
from rag.query.self_contained import SelfContainedWeights
from rag.retrieval.fusion_weights import FusionWeights, fusion_weights

SHIPPED: dict[str, type[Any]] = {
    "fusion": FusionWeights,
    "evidence": EvidenceWeights,
    "answerability": AnswerabilityWeights,
    "short_answers": ShortAnswerWeights,
    "self_contained": SelfContainedWeights,
}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_file_says_what_it_was_fitted_on(name: str) -> None:
    file = read_weights(name, SHIPPED[name])
    assert file.made_by
    assert file.split
    assert file.fitted_on
    assert all(len(each.sha256) == 64 for each in file.fitted_on if each.sha256)


def test_every_kind_of_question_has_weights_for_its_signals() -> None:
    kinds = answerability_weights().kinds
    assert set(kinds) == set(INFORMATIVE)
    for kind, places in INFORMATIVE.items():
        assert max(places) < len(kinds[kind]) <= len(Signals("same", 0, 0, 0, 0, 0).values)


def test_what_speaks_for_an_answer_adds_to_its_score() -> None:
    fusion, evidence = fusion_weights(), evidence_weights()
    assert min(fusion.dense, fusion.lexical, fusion.content, fusion.pairs, fusion.named, fusion.sentence) > 0
    assert fusion.phrase > fusion.named
    assert min(evidence.cosine, evidence.words, evidence.passage, evidence.reader) > 0
    assert 0.5 < short_answer_weights().shown_from < 1
