"""The seam of language models: a chat -> an answer that comes bit by bit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol


class Message(Protocol):
    """One message of a chat."""

    @property
    def role(self) -> str:
        """Whose it is: system, user or assistant."""

    @property
    def content(self) -> str | None:
        """Its text."""


class LanguageModel(Protocol):
    """A chat model; several threads may ask it at once."""

    @property
    def name(self) -> str:
        """The model's name, for people."""

    @property
    def fingerprint(self) -> str:
        """SHA-256, in hexadecimal, of the model file, or of a hosted model's address and name."""

    def warm(self) -> None:
        """Load what the first question would have to wait for; raises `GenerationError` when it does not load."""

    def stream(self, messages: Sequence[Message], *, max_tokens: int, timeout: float) -> Iterator[str]:
        """Yield the answer as it grows, greedily decoded; joined, the strings are the answer.

        `timeout` is the seconds for all of it. Closing the iterator makes the model stop. Raises `GenerationError` for
        every failure, an empty and a broken-off answer among them; an answer that reaches `max_tokens` just ends there.
        """

    def close(self) -> None:
        """Break off the answers under way and free the memory of a local model; asking again loads it again."""
