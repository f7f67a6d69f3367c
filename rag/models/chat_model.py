"""A language model over anything that speaks the OpenAI protocol: llama.cpp in this process, or a hosted server."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from rag.models.chat_completion import Backend, Call
from rag.models.llm import Message

SHUTDOWN_SECONDS = 10.0


class ChatModel:
    """A `LanguageModel`; `identify` is asked for the fingerprint when it is first needed."""

    def __init__(self, name: str, backend: Backend, identify: Callable[[], str]) -> None:
        self.name = name
        self._backend = backend
        self._identify = identify
        self._calls: set[Call] = set()
        # Also runs when the interpreter ends: a thread that is then still inside native code crashes it.
        weakref.finalize(self, _shut_down, self._calls, backend)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256, in hexadecimal, of the model file, or of a hosted model's address and name."""
        return self._identify()

    def warm(self) -> None:
        """Load what the first question would have to wait for; raises `GenerationError` when it does not load."""
        self._backend.endpoint()
        import openai  # noqa: F401

    def stream(self, messages: Sequence[Message], *, max_tokens: int, timeout: float) -> Iterator[str]:
        """Yield the answer as it grows; see `LanguageModel.stream`."""
        call = Call(self._backend, messages, max_tokens=max_tokens, timeout=timeout)
        try:
            yield from call.deltas(self._calls)
        finally:
            call.cancel()

    def close(self) -> None:
        """Break off the answers under way and free the memory of a local model; asking again loads it again."""
        _shut_down(self._calls, self._backend)


def _shut_down(calls: set[Call], backend: Backend) -> None:
    for call in list(calls):
        call.cancel()
        call.wait(SHUTDOWN_SECONDS)
    backend.close()
