"""Sentences that say the same in nearly the same words, as stories do that several papers took from one agency."""

from __future__ import annotations

from collections.abc import Sequence

from rag.text.words import words

# Words of a shingle, and the Jaccard similarity of the sets of them from which on two sentences say the same: Broder,
# On the resemblance and containment of documents (1997). Of 15,401 sentences that differ between articles of vietnews
# which share three others 1,075 are the same by this. Of 200 of these pairs, read, two differ in a name or a rank, the
# others in wording or in a clause more (`python -m tests.benchmarks.near_duplicates FILE --show 200`). Sentences that
# name other numbers stay apart, which no set shows: an article would be told to say a number that is not in it.
_SHINGLE, SAME = 5, 0.6
# The sentences, best first, that others are compared with: more than are quoted.
_COMPARED = 20


def grouped(sentences: Sequence[str]) -> list[list[int]]:
    """The places of sentences, best first, each with those of later ones that say the same behind it."""
    groups: dict[tuple[str, ...], list[int]] = {}
    compared: list[tuple[frozenset[tuple[str, ...]], list[str], list[int]]] = []
    for place, sentence in enumerate(sentences):
        tokens = tuple(words(sentence))
        if group := groups.get(tokens):
            group.append(place)
            continue
        shingles, numbers = _shingles(tokens), _numbers(tokens)
        same = next((each for known, own, each in compared if own == numbers and _alike(known, shingles)), None)
        if same is not None:
            same.append(place)
            continue
        groups[tokens] = [place]
        if len(compared) < _COMPARED:
            compared.append((shingles, numbers, groups[tokens]))
    return [*groups.values()]


def _shingles(tokens: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset(tokens[at : at + _SHINGLE] for at in range(max(1, len(tokens) - _SHINGLE + 1)))


def _alike(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> bool:
    return len(one & other) >= SAME * len(one | other)


def _numbers(tokens: Sequence[str]) -> list[str]:
    return sorted(token for token in tokens if any(map(str.isdigit, token)))
