"""The models of a configuration, loaded when first used."""

from __future__ import annotations

from typing import Any

import pytest

from rag.config import AnswerSettings, Config, EmbeddingSettings, LlmSettings
from rag.errors import ModelMissing
from rag.models.loaded import LoadedModels
from tests.doubles import HashEmbedder, ScriptedLanguageModel


def test_a_model_is_loaded_once_and_when_first_used(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[Any] = []

    def load(*given: Any) -> HashEmbedder:
        loaded.append(given)
        return HashEmbedder()

    monkeypatch.setattr("rag.models.loaded.load_embedder", load)
    models = LoadedModels(Config())
    assert loaded == []
    assert models.embedder is models.embedder
    assert len(loaded) == 1


def test_a_model_that_is_missing_is_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def load(*_: Any) -> None:
        tried.append(1)
        raise ModelMissing("it is not there")

    monkeypatch.setattr("rag.models.loaded.load_llm", load)
    models = LoadedModels(Config())
    for _ in range(2):
        with pytest.raises(ModelMissing):
            _ = models.llm
    assert len(tried) == 2


@pytest.mark.parametrize(
    "config",
    [Config(answer=AnswerSettings(reader=False)), Config(embedding=EmbeddingSettings(model="another"))],
    ids=["switched off", "other word vectors"],
)
def test_there_may_be_no_reader(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.models.loaded.SpanReader", lambda *_: pytest.fail("the reader was opened"))
    assert LoadedModels(config).reader is None


def test_only_a_language_model_that_was_loaded_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[int] = []
    llm = ScriptedLanguageModel("a")
    monkeypatch.setattr(llm, "close", lambda: closed.append(1))
    monkeypatch.setattr("rag.models.loaded.load_llm", lambda *_: llm)
    models = LoadedModels(Config(llm=LlmSettings(model="none")))
    models.close()
    assert closed == []
    assert models.llm is llm
    models.close()
    assert closed == [1]
