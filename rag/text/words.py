"""Words of a text as the lexical index compares them, their pairs, and the small words of each language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from rag.text.lexicon import lexicons
from rag.text.normalize import fold, normalized

_OPEN_SYLLABLE = re.compile(r"(?<!q)(o[ae]|uy)([\u0300\u0301\u0303\u0309\u0323])$")
# 7.345 and 7,345; 3.5 and 3,5; 7.345,5 and 7,345.5. Three digits behind the only mark are thousands.
_NUMBER = re.compile(
    r"(\d{1,3}(?:\.\d{3})+)(?:,(\d+))?|"
    r"(\d{1,3}(?:,\d{3})+)(?:\.(\d+))?|(\d+)[.,](\d+)"
)
_PADDED = re.compile(r"0\d")
# Runs without a blank that are kept with their words; a few thousand make up most of a language.
_KEPT_RUNS, _KEPT_LENGTH = 1 << 16, 24

# By language, the words that ask or join and name nothing.
FUNCTION_WORDS = {name: each.function_words for name, each in lexicons().items() if each.function_words}
# By language, the words that say which form a reply is wanted in, as they are written and without their diacritics.
_FRAMING = {name: each.framing_words | lexicons()["any"].framing_words for name, each in lexicons().items()}
_FRAMING_BARE = {name: frozenset(map(fold, words)) for name, words in _FRAMING.items()}
# Those of Vietnamese without diacritics.
BARE_FUNCTION_WORDS = frozenset(map(fold, FUNCTION_WORDS["vi"]))


def words(text: str) -> list[str]:
    """Words in order, as the lexical index compares them.

    Word boundaries are ICU's: syllables in Vietnamese, dictionary words in Chinese, Japanese, Thai. Each word is NFC
    and case-folded, both placements of a tone mark are made one (hoà, hòa), 7.345 and 7,345 become 7345, and 3,5
    becomes 3.5.
    """
    # A blank always ends a word, so each run between blanks is cut by itself, and the common ones only once.
    return [
        word for run in text.split() for word in (_words_of_known(run) if len(run) <= _KEPT_LENGTH else _words_of(run))
    ]


def bigrams(tokens: Sequence[str]) -> list[str]:
    """Neighbouring words joined by `_`, in order; one fewer than the words."""
    return [f"{left}_{right}" for left, right in pairwise(tokens)]


def content_words(tokens: list[str], language: str, *, bare: bool = False) -> list[str]:
    """The tokens that name something, in order; all if none does. `bare` says that they lost their diacritics.

    Only the small words of that language are left out: what joins in one language names something in another.
    """
    known = BARE_FUNCTION_WORDS if bare else FUNCTION_WORDS.get(language, frozenset())
    return [token for token in tokens if token not in known] or tokens


def without_framing(tokens: list[str], language: str, *, bare: bool = False) -> list[str]:
    """The tokens that say what a reply is to be about, not which form it is wanted in; all if none does.

    `bare` says that they lost their diacritics.
    """
    known = (_FRAMING_BARE if bare else _FRAMING).get(language, _FRAMING["any"])
    return [token for token in tokens if token not in known] or tokens


def _words_of(run: str) -> tuple[str, ...]:
    from icu4py.breakers import WordBreaker

    # Folding the case first: it may leave NFC, which the boundaries are then found in.
    plain = normalized("NFC", normalized("NFC", run).casefold())
    return tuple(_canonical(word) for word in WordBreaker(plain, "vi") if any(map(str.isalnum, word)))


_words_of_known = lru_cache(_KEPT_RUNS)(_words_of)


def _canonical(word: str) -> str:
    if word.isascii():
        if match := _NUMBER.fullmatch(word):
            whole, *decimals = filter(None, match.groups())
            return ".".join((re.sub(r"[.,]", "", whole), *decimals))
        return word[1] if _PADDED.fullmatch(word) else word
    decomposed = normalized("NFD", word)
    moved = _OPEN_SYLLABLE.sub(lambda match: match[1][0] + match[2] + match[1][1], decomposed)
    return normalized("NFC", moved)
