"""The sentences of a passage: where they stand, and what words they hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rag.prompt_injection import between_chat_tokens
from rag.text.analyzer import terms, without_diacritics
from rag.text.dates import dates
from rag.text.sentences import sentences

_KEPT_PASSAGES = 4096
_KEPT_HEADINGS = 4096


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage, `passage.text[start:end]`, its terms in order, and the dates that it names.

    `bare` are its terms without their diacritics.
    """

    start: int
    end: int
    terms: tuple[str, ...]
    bare: tuple[str, ...]
    dates: tuple[str, ...]


@lru_cache(_KEPT_PASSAGES)
def sentences_of(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text, in order; those without a letter or digit are left out.

    The tokens by which language models part the turns of a chat belong to none, unless it goes on behind them.
    """
    return tuple(
        _sentence(text, start, end)
        for sentence_start, sentence_end in sentences(text)
        for start, end in between_chat_tokens(text, sentence_start, sentence_end)
        if any(map(str.isalnum, text[start:end]))
    )


@lru_cache(_KEPT_HEADINGS)
def heading_of(text: str) -> Sentence:
    """A title, or the head of a chunk, as one sentence, with the terms and dates of all its lines."""
    return _sentence(text, 0, len(text))


def _sentence(text: str, start: int, end: int) -> Sentence:
    part = text[start:end]
    typed = tuple(terms(part))
    return Sentence(start, end, typed, tuple(without_diacritics(typed)), tuple(dates(part)))
