"""The language of a text, by its letters, its most frequent words and py3langid."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from rag.text.normalize import fold, normalized
from rag.text.words import FUNCTION_WORDS

_VIETNAMESE_LETTERS = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")
# How sure py3langid must be against Vietnamese words without diacritics, or where there are no small words, and of how
# many words.
_SURE, _FEW = 0.9, 4
# Those of the Vietnamese letters that Romanian or French has too.
_SHARED = frozenset("ăâêô")
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("km", re.compile(r"[\u1780-\u17ff]")),
    ("lo", re.compile(r"[\u0e80-\u0eff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
)
# Vietnamese is told by its words without diacritics too.
_WORDS = {**FUNCTION_WORDS, "vi": FUNCTION_WORDS["vi"] | frozenset(map(fold, FUNCTION_WORDS["vi"]))}
# The languages of questions and sentences are kept, those of articles are not: in characters, and how many.
_KEPT_LENGTH, _KEPT = 1000, 4096


def language_of(text: str) -> str:
    """ISO 639-1 code guessed from the letters, the most frequent words and py3langid; `und` when none tells.

    Names tell no language where there are other words, and of a few words without small ones among them none is told.
    """
    return _language_of_kept(text) if len(text) <= _KEPT_LENGTH else _language_of(text)


def _language_of(text: str) -> str:
    letters = sum(map(str.isalpha, text)) or 1
    for language, script in _SCRIPTS:
        # Japanese is told by its few kana among many Chinese characters.
        if len(script.findall(text)) > letters * (0.1 if language == "ja" else 0.3):
            return language
    composed = normalized("NFC", text)
    written = re.findall(r"\w+", composed[:4000])
    if _vietnamese_letters("".join(word for word in written if not _capitalised(word))) - _SHARED:
        return "vi"
    plain = written[:1] + [word for word in written[1:] if not _capitalised(word)]
    # Vietnamese that has come this far has few diacritics, or none, and it is told by its own words.
    scores = {language: sum(word.casefold() in known for word in plain) for language, known in _WORDS.items()}
    best = max(scores, key=lambda language: scores[language])
    enough = max(1, 0.15 * len(plain))
    if best == "vi" and enough <= scores[best] == sum(scores.values()):
        return "vi"  # whatever else it might be guessed to be has no word of it; and what guesses takes long to load
    found, sure = _identifier().classify(" ".join(plain))
    if found == "vi":
        found, sure = best, 0.0
    if scores[best] >= enough:
        if best == "vi":
            return str(found) if sure > _SURE and scores[found] else "vi"
        return str(found) if sure > _SURE or scores[found] >= scores[best] else best
    if sure > _SURE and len(plain) >= _FEW:
        return str(found)
    return "vi" if _vietnamese_letters(composed) else "und"


_language_of_kept = lru_cache(_KEPT)(_language_of)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    whole = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    whole.set_languages(list(FUNCTION_WORDS))
    # Anew from what it is restricted to, so that the tables of 130 other languages (28 MB) go.
    tables = (whole.nb_ptc, whole.nb_pc, whole.nb_classes, whole.tk_nextmove, whole.tk_output)
    return LanguageIdentifier(*tables, norm_probs=True, tk_row=whole.tk_row)


def _vietnamese_letters(text: str) -> set[str]:
    """The letters that Vietnamese has and English has not, if there are enough."""
    found = _VIETNAMESE_LETTERS.findall(text)
    return {*map(str.lower, found)} if len(found) > sum(map(str.isalpha, text)) * 0.04 else set()


def _capitalised(word: str) -> bool:
    return word[0].isupper() and not word.isupper()
