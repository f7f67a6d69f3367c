from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag.answering.evidence_weights import evidence_weights
from rag.assistant import Assistant
from rag.config import Config, LlmSettings, ModelSettings
from rag.models.weights_file import read_weights, write_weights
from rag.retrieval.fusion_weights import fusion_weights
from rag.training.retrieved_question import TrainingCollection
from rag.training.weight_fitting import KINDS, fit_weights
from rag.training.weight_questions import QuestionSample, sample_questions

PLACES = ("Hà Nội", "Huế", "Đà Nẵng", "Cần Thơ", "Hải Phòng", "Vinh", "Nha Trang", "Đà Lạt")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> QuestionSample:
    """Questions over texts that differ in a place and a number alone, so that words and vectors both have a say."""
    path = tmp_path_factory.mktemp("sets") / "set.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(48):
            place, answer = PLACES[number % 8], f"{450 + number} m"
            text = f"Cầu số {number} ở {place} rất đẹp. Cây cầu này dài {answer}. Người dân {place} thích đi dạo."
            fields = {"id": f"q{number}", "question": f"Cầu số {number} ở {place} dài bao nhiêu?", "language": "vi"}
            context = {"context": text, "answers": [answer], "answer_starts": [text.index(answer)]}
            file.write(json.dumps({**fields, **context}, ensure_ascii=False) + "\n")
    return sample_questions([path], None, frozenset(), 8, 1)


@pytest.fixture(scope="module")
def collection(
    sample: QuestionSample, tmp_path_factory: pytest.TempPathFactory, models_folder: Path
) -> TrainingCollection:
    folder = tmp_path_factory.mktemp("collection")
    (folder / "articles.jsonl").write_text("".join(sample.articles), encoding="utf-8")
    config = Config(index=folder / "index", llm=LlmSettings(model="none"), models=ModelSettings(cache=models_folder))
    assistant = Assistant.open(config)
    assistant.ingest(folder / "articles.jsonl")
    return TrainingCollection(assistant)


def test_weights_are_fitted_measured_and_read_back(
    sample: QuestionSample, collection: TrainingCollection, tmp_path: Path
) -> None:
    shipped = fusion_weights(), evidence_weights()
    told: dict[str, int] = {}

    def progress(stage: str, done: int, total: int) -> None:
        told[stage] = done

    found = dict(fit_weights(sample, collection, 0.4, ("fusion", "evidence"), progress))
    assert told == {"candidates": 16, "passages": 16}
    assert list(found) == ["fusion", "evidence"]
    assert (fusion_weights(), evidence_weights()) == shipped  # in use while they were fitted alone
    for name, file in found.items():
        assert file.weights != read_weights(name, KINDS[name]).weights
        assert file.fitted_on == sample.datasets
        assert {f"{measure}, weights before" for measure in file.held_out} & set(file.held_out)
        write_weights(name, file, tmp_path)
        assert read_weights(name, KINDS[name], tmp_path) == file
    assert found["fusion"].weights.phrase == shipped[0].phrase
    assert set(found["fusion"].not_fitted) == {"phrase", "other_language"}
    assert found["evidence"].weights.latest == shipped[1].latest
    assert found["evidence"].weights.cosine == 1.0


def test_only_what_is_named_is_fitted(sample: QuestionSample, collection: TrainingCollection) -> None:
    found = dict(fit_weights(sample, collection, 0.4, ("answerability",)))
    assert list(found) == ["answerability"]
    # There are too few questions of each kind: nothing but the lead is fitted.
    shipped = read_weights("answerability", KINDS["answerability"])
    assert replace(found["answerability"].weights, unknown_lead=shipped.weights.unknown_lead) == shipped.weights
    assert "kinds.cross" in found["answerability"].not_fitted
