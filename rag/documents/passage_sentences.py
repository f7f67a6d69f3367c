"""The sentences of a passage: where they stand, and what words they hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.prompts import CHAT_TOKENS
from rag.text.analyzer import terms
from rag.text.dates import dates
from rag.text.ranges import TextRange
from rag.text.sentences import sentences

_KEPT_PASSAGES = 4096


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage, `passage.text[start:end]`, its terms in order, and the dates that it names."""

    start: int
    end: int
    terms: tuple[str, ...]
    dates: tuple[str, ...]


@lru_cache(_KEPT_PASSAGES)
def sentences_of(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text, in order; those without a letter or digit are left out.

    The tokens by which language models part the turns of a chat end a sentence and belong to none.
    """
    return tuple(
        Sentence(start, end, tuple(terms(text[start:end])), tuple(dates(text[start:end])))
        for sentence_start, sentence_end in sentences(text)
        for start, end in _between_chat_tokens(text, sentence_start, sentence_end)
        if any(map(str.isalnum, text[start:end]))
    )


def _between_chat_tokens(text: str, start: int, end: int) -> Iterator[TextRange]:
    """What stands before, between and behind the chat tokens of `text[start:end]`, without the blank around it."""
    for token in (*CHAT_TOKENS.finditer(text, start, end), None):
        part = text[start : token.start() if token else end]
        yield start + len(part) - len(part.lstrip()), start + len(part.rstrip())
        start = token.end() if token else end
