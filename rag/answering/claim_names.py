"""The names in a claim, and whether and where they stand in the evidence for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import accumulate, groupby, pairwise

from rag.text.analyzer import terms
from rag.text.lexicon import lexicons
from rag.text.names import names
from rag.text.normalize import fold
from rag.text.quantities import is_unit
from rag.text.words import FUNCTION_WORDS, words

Name = tuple[str, ...]
"""The words of a name in order, as `rag.text.analyzer.terms` gives them."""

_LONGEST_NAME = 12  # words, of a name that stands right before or behind another
_DASHES = re.compile(r" ?[-–—] ?")
_OPENING_WORD = re.compile(r"\W*(\w+) (?=(\w))")
# A sentence may open with one of these and a given name; other words that open one are no part of a name.
_SURNAMES = lexicons()["vi"].surnames


def names_in(text: str, language: str) -> Iterator[Name]:
    """The names of a text in order; a surname that opens it belongs to the name that follows."""
    found = names(text)
    before = _opening_of_name(text, found[0], language) if found else []
    for name in found:
        for part in _DASHES.split(name):
            parts = _without_quantities([*before, *terms(part)])
            before = []
            if parts:
                yield tuple(parts)


def _without_quantities(tokens: Sequence[str]) -> list[str]:
    """The words without numbers, the units behind these, and a unit that stands alone; An of Lê An is no unit."""
    alone = len(tokens) == 1
    return [
        word
        for before, word in zip(["", *tokens], tokens, strict=False)
        if not word[:1].isdigit() and not (is_unit(word) and (alone or before[:1].isdigit()))
    ]


def _opening_of_name(text: str, name: str, language: str) -> list[str]:
    """The words with which a text opens, if they belong to the name that stands right behind them."""
    match = _OPENING_WORD.match(text)
    # In scripts without capitals nothing tells a name from what precedes it.
    if not match or not text.startswith(name, match.end()) or not (match[1][0].isupper() and match[2].isupper()):
        return []
    word = match[1].casefold()
    named = word in _SURNAMES if language in ("vi", "und") else word not in FUNCTION_WORDS.get(language, ())
    return words(match[1]) if named else []


class NameIndex:
    """A text in which names are looked for, with their diacritics and without."""

    def __init__(self, text: str) -> None:
        tokens = terms(text)
        self._typed = _written_together(tokens)
        self._bare = _written_together([fold(token) for token in tokens])

    def holds(self, name: Name) -> bool:
        """Whether the words of a name stand side by side: in one word too, and without diacritics if it has none."""
        text, starts = self._bare if all(fold(word) == word for word in name) else self._typed
        wanted = "".join(name)
        return any(text.startswith(wanted, start) and start + len(wanted) in starts for start in starts)


def _written_together(tokens: Sequence[str]) -> tuple[str, dict[int, None]]:
    """The tokens in one word, and where in it each of them begins, its end among these, in order."""
    return "".join(tokens), dict.fromkeys(accumulate(map(len, tokens), initial=0))


def is_made_of(name: Name, known: Set[Name]) -> bool:
    """Whether a name is several known names, one behind the other (Hanoi Metro Vũ Hồng Trường)."""
    reached = {0}  # places up to which the name is made of such
    for start in range(len(name)):
        if start in reached:
            reached |= {end for end in range(start + 1, start + 1 + _LONGEST_NAME) if name[start:end] in known}
    return len(name) in reached


def changed_places(claim: str, evidence: str, named: Iterable[Name], language: str) -> bool:
    """Whether a name stands where the evidence has another: on the other side of a verb, or beside the same word.

    Bình thắng Nam, where it says that Nam thắng Bình; quận Hà Nội, where it says quận Hoàng Mai and the title Hà Nội.
    `named` are the names of both texts.
    """
    in_names = {word for name in named for word in name}
    own, other = _runs(claim, in_names), _runs(evidence, in_names)
    function_words = FUNCTION_WORDS.get(language, frozenset())
    between = _between(other, function_words)
    if any(
        (right, word, left) in between and (left, word, right) not in between
        for left, word, right in _between(own, function_words)
    ):
        return True
    beside = _beside(other, function_words)
    places = {place for place, _ in beside}
    return any(place in places and (place, name) not in beside for place, name in _beside(own, function_words))


_Runs = list[tuple[bool, list[str]]]


def _runs(text: str, in_names: Set[str]) -> _Runs:
    """The words of a text in order, those of names together, and the others together."""
    return [(is_name, list(run)) for is_name, run in groupby(words(text), key=in_names.__contains__)]


def _between(runs: _Runs, function_words: Set[str]) -> set[tuple[str, str, str]]:
    """Each content word between two names, with the last words of the names."""
    return {
        (left[-1], word, right[-1])
        for (_, left), (is_name, middle), (_, right) in zip(runs, runs[1:], runs[2:], strict=False)
        if not is_name
        for word in middle
        if word not in function_words and left[-1] != right[-1]
    }


def _beside(runs: _Runs, function_words: Set[str]) -> set[tuple[tuple[str, str], str]]:
    """The content words right before and right behind each name, with that word of the name which they stand beside."""
    found = set()
    for (is_name, left), (_, right) in pairwise(runs):
        word, side, name = (right[0], "behind", left[-1]) if is_name else (left[-1], "before", right[0])
        if word not in function_words:
            found.add(((word, side), name))
    return found
