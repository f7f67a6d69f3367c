"""Vietnamese typed without its diacritics -> the spelling that the collection would give it."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache
from itertools import pairwise, product

from rag.index.leg import TermStatistics
from rag.text.analyzer import without_diacritics
from rag.text.language import language_of
from rag.text.normalize import has_diacritics
from rag.text.words import FUNCTION_WORDS, words

_NAME = re.compile(r"(?<=\s)[A-Z]\w+")
# A question is taken for typed without diacritics when so many of its words are known as words that lost theirs.
_FEWEST_STRIPPED, _FEWEST_STRIPPED_PARTLY = 2, 3
_LETTER_RUN = re.compile(r"[^\W\d_]+")
_LETTERS = {"a": "aăâ", "e": "eê", "o": "oôơ", "u": "uư", "d": "dđ"}
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
# A syllable that Vietnamese can have: few letters have forms, so that none has many spellings.
_SYLLABLE = re.compile(r"(?:ngh?|gh|gi|kh|ph|t[hr]|[cn]h|qu|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ng|[cn]h|[cmnpt])?")
# Articles seldom ask, so what asks is counted as if a share of the passages held it: without this "có mấy tổ máy" is
# read as "có máy tổ máy". Of the syllables of UIT-ViQuAD's dev questions .9642 are restored with it and .9633 without,
# of XQuAD's .9660 and .9650.
_ASKING = frozenset(
    {"nhiêu", "đâu", "ai", "mấy", "bao_nhiêu", "bao_lâu", "bao_giờ", "bao_xa", "mấy_giờ", "có_mấy", "ở_đâu", "từ_đâu"}
    | {"là_ai", "ai_là", "do_ai", "những_ai", "là_gì", "khi_nào", "lúc_nào", "thế_nào", "vì_sao", "tại_sao", "thì_sao"}
)
_ASKS = 0.05
# How much the spelling of a syllable by itself counts beside its pair with the neighbour, in passages; and how much the
# pair counts for the syllable before. Chosen on training questions of UIT-ViQuAD: of 100 syllables 96 come out right.
_ALONE = 0.5
_BACKWARD = 0.5


def restore(text: str, statistics: TermStatistics) -> str:
    """The text with the diacritics that its syllables most likely lost; those that have some stay as they are.

    The likeliest way through the spellings that the collection knows of each syllable, by the frequencies of syllables
    and of their pairs (a bigram model, found by Viterbi's algorithm). Case, punctuation and unknown words are kept.
    """
    runs = list(_LETTER_RUN.finditer(text))
    if not runs:
        return text
    path = _likeliest([_spellings(run[0].casefold(), statistics) for run in runs], statistics)
    pieces, last = [], 0
    for run, spelling in zip(runs, path, strict=True):
        kept = has_diacritics(run[0]) or without_diacritics([spelling]) == [spelling]
        pieces += [text[last : run.start()], run[0] if kept else _in_case_of(run[0], spelling)]
        last = run.end()
    return "".join([*pieces, text[last:]])


def respelled(text: str, statistics: TermStatistics) -> str:
    """The text with its diacritics, if it was typed without them."""
    return restore(text, statistics) if is_typed_bare(text, statistics) else text


def is_typed_bare(question: str, statistics: TermStatistics) -> bool:
    """Whether a question was typed without diacritics, in whole or in part, that its words have in the collection.

    Most of its words without diacritics are far more often known as words that lost theirs.
    """
    other = language_of(question) not in ("vi", "und")
    if other:  # where Vietnamese names are mostly written so
        question = _NAME.sub(" ", question)
    lost, known = stripped(question, statistics)
    plain = sum(not has_diacritics(word) for word in set(words(question)))
    if other:
        # A few small words are spelled as in another language.
        return lost > 0.7 * plain and lost >= _FEWEST_STRIPPED_PARTLY
    fewest = _FEWEST_STRIPPED_PARTLY if has_diacritics(question) else min(plain, _FEWEST_STRIPPED)
    return lost >= max(1, fewest) and lost > known / 2 and known > plain / 2


def stripped(text: str, statistics: TermStatistics) -> tuple[int, int]:
    """How many distinct words of the text without diacritics have mostly lost them, and how many of them are known.

    A word has mostly lost them when the collection holds it far more often with some than without any.
    """
    plain = {word for word in words(text) if not has_diacritics(word)}
    folded = {word: statistics.document_frequency(word, "folded") for word in plain}
    lost = sum(found > 2 * statistics.document_frequency(word, "words") for word, found in folded.items())
    return lost, sum(found > 0 for found in folded.values())


def _spellings(syllable: str, statistics: TermStatistics) -> list[tuple[str, float]]:
    """Ways to write a syllable, with the number of passages that hold each."""
    if not _SYLLABLE.fullmatch(syllable):
        return [(syllable, 1.0)]
    known = ((form, _frequency(form, statistics)) for form in _forms(syllable))
    return [(form, count) for form, count in known if count] or [(syllable, 1.0)]


@lru_cache(4096)
def _forms(syllable: str) -> tuple[str, ...]:
    vowels = [place for place, letter in enumerate(syllable, 1) if letter in "aeiouy"]
    found: dict[str, None] = {}
    for letters in product(*(_LETTERS.get(letter, letter) for letter in syllable)):
        base = "".join(letters)
        toned = {base: None} | {f"{base[:place]}{tone}{base[place:]}": None for place in vowels for tone in _TONES}
        # Cutting into words also makes the two placements of a tone mark one.
        found.update((word, None) for form in toned for word in words(unicodedata.normalize("NFC", form)))
    return tuple(found)


def _frequency(term: str, statistics: TermStatistics) -> float:
    asks = _ASKS * statistics.chunk_count if term in _ASKING else 1.0 if term in FUNCTION_WORDS["vi"] else 0.0
    return statistics.document_frequency(term, "words") + asks


def _likeliest(lattice: list[list[tuple[str, float]]], statistics: TermStatistics) -> list[str]:
    # Of ways that are as likely the last in alphabetical order is taken, which their ranks tell.
    ranks = {form: rank for rank, form in enumerate(sorted(form for form, _ in lattice[0]))}
    best = {form: (math.log(count), ranks[form]) for form, count in lattice[0]}
    steps: list[dict[str, str]] = []
    for before, here in pairwise(lattice):
        all_before, all_here = sum(count for _, count in before), sum(count for _, count in here)
        reached: dict[str, tuple[float, int, str]] = {}
        for form, count in here:
            ways = []
            for earlier, earlier_count in before:
                pair = _frequency(f"{earlier}_{form}", statistics) if len(before) * len(here) > 1 else 0.0
                forward = (pair + _ALONE * count / all_here) / (earlier_count + _ALONE)
                backward = (pair + _ALONE * earlier_count / all_before) / (count + _ALONE)
                score, rank = best[earlier]
                ways.append((score + math.log(forward) + _BACKWARD * math.log(backward), rank, earlier))
            reached[form] = max(ways)
        ordered = sorted(reached, key=lambda form: (reached[form][1], form))
        best = {form: (reached[form][0], rank) for rank, form in enumerate(ordered)}
        steps.append({form: earlier for form, (_, _, earlier) in reached.items()})
    path = [max(best, key=lambda form: best[form])]
    for step in reversed(steps):
        path.append(step[path[-1]])
    return path[::-1]


def _in_case_of(typed: str, spelling: str) -> str:
    if typed.isupper() and len(typed) > 1:
        return spelling.upper()
    return spelling[0].upper() + spelling[1:] if typed[0].isupper() else spelling
