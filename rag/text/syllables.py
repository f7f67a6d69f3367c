"""Vietnamese syllables: whether a word is spelt as one, its marks included.

By them 60 stories of dantri in five encodings from before Unicode are all told (`python -m
tests.benchmarks.old_encodings VIETNAMESE OTHERS`), and none of 2,400 passages of XQuAD in other languages is taken for
one; by the looser spelling of `rag.query.entities`, which knows no marks, 4 of these 300 are told. viparse's own
detection tells 179 of the 240 in the encodings that it knows, and takes 13 of the passages for Vietnamese.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.text.normalize import fold, normalized

_TONE = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_INITIALS = "ngh|ng|nh|n|gh|g|kh|k|ch|c|ph|p|th|tr|t|b|d|đ|h|l|m|r|s|v|x"
# The rhymes of the language, by their vowels; behind q the u is a part of the initial.
_RHYMES = (
    "a[iouy]?|a(?:m|n|ng|nh|p|t|c|ch)|ă(?:m|n|ng|p|t|c)|â(?:u|y|m|n|ng|p|t|c)|e(?:o|m|n|ng|p|t|c)?"
    "|ê(?:u|m|n|nh|p|t|ch)?|i(?:a|u|m|n|nh|p|t|ch)?|iê(?:u|m|n|ng|p|t|c)|y|yê(?:u|m|n|ng|t)"
    "|o(?:i|m|n|ng|p|t|c|ong|oc)?|oa(?:i|o|y|m|n|ng|nh|p|t|c|ch)?|oă(?:m|n|ng|t|c)|oe(?:o|n|t)?"
    "|ô(?:i|m|n|ng|p|t|c)?|ơ(?:i|m|n|p|t)?|u(?:a|i|m|n|ng|p|t|c)?|uô(?:i|m|n|ng|t|c)|uâ(?:n|ng|y|t)"
    "|uê(?:u|n|nh|ch)?|uơ|uy(?:a|u|n|nh|p|t|ch)?|uyê(?:n|t)|ư(?:a|i|u|m|n|ng|t|c)?|ươ(?:i|u|m|n|ng|p|t|c)"
)
_SYLLABLE = re.compile(f"(?:{_INITIALS})?(?:{_RHYMES})|qu(?:{_RHYMES})|gi(?:{_RHYMES})?|quy(?:nh|t|ch|ên|êt)")
_BARE = re.compile(fold(_SYLLABLE.pattern))
_STOPPED = ("p", "t", "c", "ch")
_SHARP, _HEAVY = "\u0301", "\u0323"
_LONGEST = len("nghiêng")


def is_syllable(word: str) -> bool:
    """Whether a word, in either case and any normal form, is spelt as a Vietnamese syllable, its tone mark included."""
    return _is_syllable(word) if len(word) <= 3 * _LONGEST else False


def is_bare_syllable(word: str) -> bool:
    """Whether a word in small letters is spelt as a Vietnamese syllable that has lost its marks."""
    return len(word) <= _LONGEST and _BARE.fullmatch(word) is not None


@lru_cache(1 << 14)
def _is_syllable(word: str) -> bool:
    decomposed = normalized("NFD", word.lower())
    toneless = normalized("NFC", _TONE.sub("", decomposed))
    tones = _TONE.findall(decomposed)
    if len(tones) > 1 or _SYLLABLE.fullmatch(toneless) is None:
        return False
    # A syllable that ends in a stop is spoken sharp or heavy.
    return not (tones and toneless.endswith(_STOPPED)) or tones[0] in (_SHARP, _HEAVY)
