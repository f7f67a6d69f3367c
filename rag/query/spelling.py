"""Words of a question that the collection does not know -> the words of the collection that were most likely meant.

Candidates are one edit away, as in Norvig, How to write a spelling corrector (2007), without diacritics, or the keys of
a Vietnamese keyboard that stayed as they were typed (ddaif for dài). They are ranked by how often they stand beside
their neighbours in the collection.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from string import ascii_lowercase

from rag.index.leg import TermStatistics
from rag.models.embedder import Embedder
from rag.query.diacritics import restore
from rag.text.language import language_of
from rag.text.normalize import fold
from rag.text.syllables import is_bare_syllable
from rag.text.words import BARE_FUNCTION_WORDS

_WORD = re.compile(r"[^\W\d_]+")
_TONE_KEY = re.compile(r"[sfrxj](?=[a-z]?$)")
_DOUBLED = re.compile(r"(dd|aa|ee|oo)|([aou])w")
# The shortest word that is corrected, and the shortest without a neighbour that it stands beside.
_SHORTEST, _SHORTEST_ALONE = 3, 5
# The longest: the candidates of a word grow with the square of its length.
_LONGEST = 24
# Into how many pieces the embedding model cuts what is no word: in Vietnamese, and in languages whose words have parts.
_PIECES, _PIECES_ELSEWHERE = 2, 3
# Of so many unknown words none is corrected: the question is in a language that the collection does not have.
_MOST_SHARE = 0.6


def corrected(text: str, statistics: TermStatistics, embedder: Embedder) -> str:
    """The text with each word that is none, and that the collection does not know, as the word that it knows instead.

    A word is none when it is no syllable that Vietnamese can have, and the embedding model knows it in pieces only.
    Case, punctuation, and what no candidate is likely for stay as they are typed, abbreviations too; a capitalised
    word, and one in another language, is only replaced by one that stands beside its neighbour in the collection.
    """
    found = list(_WORD.finditer(text))
    plain = [fold(match[0]).casefold() for match in found]
    unknown = [place for place, word in enumerate(plain) if _is_unknown(word, statistics)]
    elsewhere = language_of(text) not in ("vi", "und")
    if elsewhere:  # accents are no slip of the keyboard there
        unknown = [place for place in unknown if found[place][0].isascii()]
    if not text.isupper():
        unknown = [place for place in unknown if not found[place][0].isupper()]
    fewest = _PIECES_ELSEWHERE if elsewhere else _PIECES
    pieces = embedder.count_tokens([found[place][0] for place in unknown]) if unknown else []
    unknown = [place for place, count in zip(unknown, pieces, strict=True) if count >= fewest]
    if not unknown or len(unknown) > _MOST_SHARE * len(plain):
        return text
    replaced: dict[int, str] = {}
    for place in unknown:
        before = plain[place - 1] if place else ""
        after = plain[place + 1] if place + 1 < len(plain) and place + 1 not in unknown else ""
        alone = not elsewhere and not found[place][0][0].isupper()
        best = _best(plain[place], before, after, statistics, alone=alone)
        if best:
            replaced[place] = plain[place] = best
    if not replaced:
        return text
    draft = _with(text, found, replaced)
    restored = [match[0] for match in _WORD.finditer(restore(draft, statistics))]
    if len(restored) != len(found):
        return draft
    cased = {place: _in_case_of(found[place][0], restored[place]) for place in replaced}
    return _with(text, found, cased)


def _is_unknown(word: str, statistics: TermStatistics) -> bool:
    possible = _SHORTEST <= len(word) <= _LONGEST and word.isascii() and not is_bare_syllable(word)
    return possible and not statistics.document_frequency(word, "folded")


def _best(word: str, before: str, after: str, statistics: TermStatistics, *, alone: bool) -> str | None:
    ranked, keyed = [], _untyped(word)
    for candidate in _candidates(word):
        # What asks seldom stands in an article.
        asks = alone and candidate in BARE_FUNCTION_WORDS
        frequency = statistics.document_frequency(candidate, "folded") or float(asks)
        # "rescue" in place of "rescued" corrects nothing.
        if (
            not frequency
            or candidate.startswith(word)
            or (word.startswith(candidate) and not is_bare_syllable(candidate))
        ):
            continue
        pairs = sum(
            statistics.document_frequency(pair, "folded")
            for pair in (f"{before}_{candidate}" * bool(before), f"{candidate}_{after}" * bool(after))
            if pair
        )
        sure = len(word) >= _SHORTEST_ALONE or candidate == keyed
        if pairs or (alone and sure and is_bare_syllable(candidate)):
            ranked.append((math.log1p(pairs) * 3 + math.log(frequency), candidate))
    return max(ranked)[1] if ranked else None


def _candidates(word: str) -> set[str]:
    """The words that are one edit away, and what the keys of a Vietnamese keyboard stand for."""
    return {*_edits(word), _untyped(word)} - {word, ""}


def _edits(word: str) -> Iterator[str]:
    for place in range(len(word) + 1):
        head, tail = word[:place], word[place:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in ascii_lowercase:
            yield head + letter + tail
            if tail:
                yield head + letter + tail[1:]


def _untyped(word: str) -> str:
    """The syllable that was typed key by key, without its diacritics: dduwowcj is duoc."""
    return _DOUBLED.sub(lambda match: (match[1] or match[2])[0], _TONE_KEY.sub("", word))


def _with(text: str, found: list[re.Match[str]], replaced: dict[int, str]) -> str:
    pieces, last = [], 0
    for place, match in enumerate(found):
        pieces += [text[last : match.start()], replaced.get(place, match[0])]
        last = match.end()
    return "".join([*pieces, text[last:]])


def _in_case_of(typed: str, word: str) -> str:
    if typed.isupper():
        return word.upper()
    return word[0].upper() + word[1:] if typed[0].isupper() else word
