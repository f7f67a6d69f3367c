"""Every error that this package raises on purpose, classed by what the caller does next.

    HoidapError
    * UsageError             the call is wrong: change it
      + ConfigError          a setting is missing, unknown or out of range
      + QuestionError        the question is empty or too long
      + GoldError            a gold question file is malformed
      + PromptError          a prompt template lacks or invents a variable
    * DocumentError          one document cannot be read: the others go on without it
    * CollectionError        the collection cannot be used as it is
      + CollectionNotFound   nothing was ingested there yet: ingest
      + CollectionMismatch   built by another embedding model or format: rebuild
      + CollectionLocked     another process is writing: wait, then try again
    * ModelError             a model cannot be used
      + ModelMissing         its files are not on this machine: pull it
      + ModelDamaged         its files are not what was pinned: remove or pull again
    * GenerationError        the language model failed: answer without it, or try again

An unanswerable question is a value (`Answer.status == "refused"`), never an error.
"""

from __future__ import annotations

from typing import ClassVar


class HoidapError(Exception):
    """Something this package could not do; the message names what, where, and what to do about it."""

    exit_code: ClassVar[int] = 1


class UsageError(HoidapError):
    """The call itself is wrong; repeating it unchanged fails again."""

    exit_code = 2


class ConfigError(UsageError):
    """A setting is missing, unknown or out of range."""


class QuestionError(UsageError):
    """The question is empty or longer than the limit."""


class GoldError(UsageError):
    """A file of gold questions is missing or malformed."""


class PromptError(UsageError):
    """A prompt template is missing, lacks a variable or names an unknown one."""


class DocumentError(HoidapError):
    """One document cannot be read.

    `place` is the path or address (with a line number where there is one), `reason` says why and what to do.
    """

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason


class CollectionError(HoidapError):
    """The collection cannot be used as it is."""


class CollectionNotFound(CollectionError):
    """Nothing was ingested into this folder yet."""


class CollectionMismatch(CollectionError):
    """The collection was built by another embedding model or an unknown format."""


class CollectionLocked(CollectionError):
    """Another process is writing to the collection."""


class ModelError(HoidapError):
    """A model cannot be used."""


class ModelMissing(ModelError):
    """The files of a model are not on this machine."""


class ModelDamaged(ModelError):
    """The files of a model do not have the pinned hash."""


class GenerationError(HoidapError):
    """The language model failed to give an answer; `retryable` when the same call may work later."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable
