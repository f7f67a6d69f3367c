"""The language model: llama.cpp inside this process, or any server that speaks the OpenAI protocol, behind one client."""

from __future__ import annotations

import atexit
import hashlib
import os
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from rag.config import LlmSettings, ModelSettings
from rag.errors import GenerationError, ModelMissing
from rag.llama_server import Endpoint, LlamaServer
from rag.models import file_hash, find, locate, models_folder

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 10.0
SHUTDOWN_SECONDS = 2.0


class Message(Protocol):
    """One message of a chat; `role` is system, user or assistant."""

    @property
    def role(self) -> str:
        """Who says it."""

    @property
    def content(self) -> str:
        """What is said."""


class Backend(Protocol):
    """What answers: `place` and `advice` go into error messages."""

    place: str
    advice: str

    def endpoint(self) -> Endpoint:
        """Return where to ask, ready to answer; raises `GenerationError`."""

    def close(self) -> None:
        """Free what it holds."""


def load_llm(settings: LlmSettings, models: ModelSettings) -> LanguageModel | None:
    """Return the language model of the settings, or None for `none`; nothing is loaded or asked yet.

    Raises `ModelMissing` or `ModelDamaged` when the file of a local model is not there or has the wrong size.
    """
    if settings.model == "none":
        return None
    if settings.base_url is not None:
        hosted = _Hosted(settings.base_url.rstrip("/"), settings.model, settings.api_key_env)
        identity = hashlib.sha256(f"{settings.base_url}\n{settings.model}".encode()).hexdigest()
        return LanguageModel(settings.model, hosted, lambda: identity)
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
        self._calls: set[_Call] = set()
        self._lock = threading.Lock()
        # A thread that is still inside a native library when the interpreter ends crashes it.
        atexit.register(self.close)

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the model file, or of a hosted model's address and name."""
        return self._identify()

    def warm(self) -> None:
        """Load what the first question would have to wait for; raises `GenerationError` when it does not load."""
        self._backend.endpoint()
        import llama_index.llms.openai_like  # noqa: F401

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, timeout: float, stop: Sequence[str] = ()
    ) -> Iterator[str]:
        """Yield the answer in pieces as it grows, always taking the likeliest token; `timeout` in seconds for all of it.

        Closing the iterator makes the server stop at once. Raises `GenerationError` for every failure, an empty answer
        and a broken-off one among them; an answer that reaches `max_tokens` simply ends there.
        """
        call = _Call(self._backend, messages, max_tokens, timeout, stop)
        with self._lock:
            self._calls.add(call)
        try:
            yield from call.pieces()
        finally:
            call.cancel()
            with self._lock:
                self._calls.discard(call)

    def close(self) -> None:
        """Break off what is under way and free the memory of a local model; asking again loads it again."""
        with self._lock:
            calls = list(self._calls)
        for call in calls:
            call.cancel()
        self._backend.close()
        atexit.unregister(self.close)
