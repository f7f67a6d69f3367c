"""The terms that the lexical index compares: words, abbreviations written out, pairs of neighbours, and dates."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from rag.text.dates import dates
from rag.text.lexicon import lexicons
from rag.text.normalize import fold
from rag.text.words import bigrams, words

_WRITTEN_OUT = {short: tuple(long.split()) for short, long in lexicons()["vi"].abbreviations.items()}

# Words that stand with a dot and no blank before a name.
_BEFORE_NAMES = {"tp", "tx"}


def terms(text: str) -> list[str]:
    """The words of a text in order, abbreviations written out (UBND -> ủy ban nhân dân)."""
    return [part for word in words(text) for part in _written_out(word)]


def _written_out(word: str) -> tuple[str, ...]:
    if word in _WRITTEN_OUT:
        return _WRITTEN_OUT[word]
    short, dot, name = word.partition(".")
    # TP.Huế is one word to ICU.
    return (*_WRITTEN_OUT[short], *words(name)) if dot and short in _BEFORE_NAMES else (word,)


def without_diacritics(tokens: Iterable[str]) -> list[str]:
    """The tokens without their diacritics."""
    return [_bare_word(token) for token in tokens]


def index_terms(text: str) -> tuple[list[str], list[str]]:
    """All that is indexed of a text, as it is typed and without diacritics: terms, their pairs, and dates."""
    typed, days = terms(text), dates(text)
    folded = without_diacritics(typed)
    return typed + bigrams(typed) + days, folded + bigrams(folded) + days


_bare_word = lru_cache(1 << 16)(fold)
