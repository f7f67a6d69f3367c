"""The language model: llama.cpp inside this process, or any server that speaks the OpenAI protocol."""

from __future__ import annotations

import hashlib
import os
import weakref
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from rag.config import LlmSettings, ModelSettings
from rag.errors import GenerationError, ModelMissing
from rag.models.chat_completion import Backend, Call, Endpoint, Message
from rag.models.llama_cpp import LlamaServer
from rag.models.registry import file_hash, find, locate, models_folder

SHUTDOWN_SECONDS = 10.0


def load_llm(settings: LlmSettings, models: ModelSettings) -> LanguageModel | None:
    """Return the language model of the settings, or None for `none`; nothing is loaded or asked yet.

    Raises `ModelMissing` or `ModelDamaged` when the file of a local model is not there or has the wrong size.
    """
    if settings.model == "none":
        return None
    if settings.base_url is not None:
        base_url = settings.base_url.rstrip("/")
        identity = hashlib.sha256(f"{base_url}\n{settings.model}".encode()).hexdigest()
        return LanguageModel(settings.model, HostedModel(settings, base_url), lambda: identity)
    if settings.model.endswith(".gguf"):
        path = Path(settings.model).expanduser()
        if not path.is_file():
            raise ModelMissing(f"{path} does not exist; set llm.model to a GGUF file, a pinned model or `none`")
        return LanguageModel(path.name, LlamaServer(path, path.name), lambda: file_hash(path))
    model = find(settings.model)
    if model.kind != "llm":
        raise ModelMissing(f"{model.name} is an {model.kind} model; set llm.model to a language model or `none`")
    path = locate(model, models_folder(models))
    return LanguageModel(model.name, LlamaServer(path, model.name), lambda: model.sha256)


class LanguageModel:
    """A chat model; several threads may ask it at once."""

    def __init__(self, name: str, backend: Backend, identify: Callable[[], str]) -> None:
        self.name = name
        self._backend = backend
        self._identify = identify
        self._calls: set[Call] = set()
        # Also runs when the interpreter ends: a thread that is then still inside native code crashes it.
        weakref.finalize(self, _shut_down, self._calls, backend)

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the model file, or of a hosted model's address and name."""
        return self._identify()

    def warm(self) -> None:
        """Load what the first question would have to wait for; raises `GenerationError` when it does not load."""
        self._backend.endpoint()
        import llama_index.llms.openai_like  # type: ignore[import-untyped]  # noqa: F401

    def stream(self, messages: Sequence[Message], *, max_tokens: int, timeout: float) -> Iterator[str]:
        """Yield the answer in pieces as it grows, greedily decoded; `timeout` is the seconds for all of it.

        Closing the iterator makes the server stop. Raises `GenerationError` for every failure, an empty and a
        broken-off answer among them; an answer that reaches `max_tokens` simply ends there.
        """
        call = Call(self._backend, messages, max_tokens=max_tokens, timeout=timeout)
        try:
            yield from call.pieces(self._calls)
        finally:
            call.cancel()

    def close(self) -> None:
        """Break off what is under way and free the memory of a local model; asking again loads it again."""
        _shut_down(self._calls, self._backend)


class HostedModel:
    """A model behind somebody's server."""

    advice = "check llm.base_url (it ends in /v1) and llm.model"

    def __init__(self, settings: LlmSettings, base_url: str) -> None:
        self.place = f"the model {settings.model} at {base_url}"
        self._settings = settings
        self._base_url = base_url

    def endpoint(self) -> Endpoint:
        """Return where to ask; raises `GenerationError` when the variable of the key is not set."""
        variable = self._settings.api_key_env
        key = os.environ.get(variable, "").strip() if variable else "none"
        if not key:
            raise GenerationError(
                f"{self.place}: the environment variable {variable} is not set; put the key there, or change "
                "llm.api_key_env"
            )
        return Endpoint(self._base_url, self._settings.model, key)

    def close(self) -> None:
        """Nothing is held."""


def _shut_down(calls: set[Call], backend: Backend) -> None:
    for call in list(calls):
        call.cancel()
        call.wait(SHUTDOWN_SECONDS)
    backend.close()
