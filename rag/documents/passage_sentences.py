"""The sentences of a passage: where they stand, and what words they hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rag.prompt_injection import between_chat_tokens
from rag.text.analyzer import terms
from rag.text.dates import dates
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

    The tokens by which language models part the turns of a chat belong to none, unless it goes on behind them.
    """
    return tuple(
        Sentence(start, end, tuple(terms(text[start:end])), tuple(dates(text[start:end])))
        for sentence_start, sentence_end in sentences(text)
        for start, end in between_chat_tokens(text, sentence_start, sentence_end)
        if any(map(str.isalnum, text[start:end]))
    )
