from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from rag.config import LlmSettings
from rag.errors import GenerationError
from rag.models.chat_model import ChatModel
from rag.models.hosted_llm import HostedServer
from rag.models.llama_cpp import LlamaServer
from rag.models.llm import LanguageModel
from rag.models.registry import find, locate
from tests.doubles import ScriptedLanguageModel

SMALL = "qwen2.5-coder-0.5b-instruct"
KEY = "TEST_CONTRACT_LLM_KEY"


class Text(NamedTuple):
    role: str
    content: str


QUESTION = [Text("system", "Trả lời ngắn."), Text("user", "Thủ đô của Pháp là gì?")]


@pytest.fixture(scope="module")
def server(models_folder: Path) -> Iterator[LlamaServer]:
    server = LlamaServer(locate(find(SMALL), models_folder), SMALL)
    yield server
    server.close()


@pytest.fixture(params=["llama.cpp", "server", "double"])
def model(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[LanguageModel]:
    made: LanguageModel
    if request.param == "double":
        made = ScriptedLanguageModel("Pa", "ris", ".")
    elif request.param == "llama.cpp":
        made = ChatModel(SMALL, request.getfixturevalue("server"), lambda: find(SMALL).sha256)
    else:
        endpoint = request.getfixturevalue("server").endpoint()
        monkeypatch.setenv(KEY, endpoint.api_key)
        settings = LlmSettings(model=SMALL, base_url=endpoint.base_url, api_key_env=KEY)
        made = ChatModel(SMALL, HostedServer(settings, endpoint.base_url), lambda: "0" * 64)
    yield made
    made.close()


def answer(model: LanguageModel, max_tokens: int = 16) -> list[str]:
    return list(model.stream(QUESTION, max_tokens=max_tokens, timeout=200))


def test_the_answer_grows_and_is_the_same_each_time(model: LanguageModel) -> None:
    model.warm()
    deltas = answer(model)
    assert len(deltas) > 1
    assert "".join(deltas).strip()
    assert answer(model) == deltas


def test_an_answer_ends_at_the_most_tokens(model: LanguageModel) -> None:
    assert 0 < len(answer(model, 2)) <= 2
    assert "".join(answer(model)).startswith("".join(answer(model, 2)))


def test_an_answer_that_is_left_does_not_stand_in_the_way_of_the_next(model: LanguageModel) -> None:
    whole = answer(model)
    left = model.stream(QUESTION, max_tokens=2000, timeout=200)
    next(left)
    left.close()  # type: ignore[attr-defined]
    assert answer(model) == whole


def test_threads_may_ask_at_once(model: LanguageModel) -> None:
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: answer(model), range(2))
    assert one == other


def test_name_and_fingerprint(model: LanguageModel) -> None:
    assert model.name
    assert len(model.fingerprint) == 64


def test_an_empty_answer_is_a_failure_that_may_pass() -> None:
    with pytest.raises(GenerationError) as caught:
        answer(ScriptedLanguageModel(" \n"))
    assert caught.value.retryable
