"""The word lists of each language, read from `lexicon/*.toml`: one list of a kind, wherever it is used."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

FOLDER = Path(__file__).parent / "lexicon"
# Of languages that a text speaks for alike the first is taken; `any` holds what all share.
LANGUAGES = ("vi", "en", "fr", "de", "es", "it", "pt", "ro", "tr", "id", "nl", "pl", "any")

Words = frozenset[str]
Numbers = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The lists of one language, in lower case.

    `function_words` ask or join and name nothing; `framing_words` say which form a reply is wanted in, where a summary,
    a list or the like is. `months` are numbers by name, of which the `doubtful_months` mean
    something else too. `numbers` are number words by value, of which the `seldom_numbers` are more often something
    else; `scales` are powers of ten that a number before them is multiplied by. `units` are the forms of each unit,
    `abbreviations` what each stands for. `surnames` open the name of a person.
    `tail_headings` stand over announcements of other stories at the end of a page, `byline_openings` before the name of
    an author, `caption_openings` and `caption_endings` begin and end the caption of a picture.
    """

    language: str
    function_words: Words = frozenset()
    framing_words: Words = frozenset()
    months: Numbers = field(default_factory=dict)
    doubtful_months: Words = frozenset()
    numbers: Numbers = field(default_factory=dict)
    seldom_numbers: Words = frozenset()
    scales: Numbers = field(default_factory=dict)
    units: Mapping[str, Words] = field(default_factory=dict)
    abbreviations: Mapping[str, str] = field(default_factory=dict)
    surnames: Words = frozenset()
    tail_headings: Words = frozenset()
    byline_openings: Words = frozenset()
    caption_openings: Words = frozenset()
    caption_endings: Words = frozenset()


_NAMES = frozenset(each.name for each in fields(Lexicon)) - {"language"}
_OF_WORDS = frozenset(each.name for each in fields(Lexicon) if each.type == "Words")


@cache
def lexicons() -> Mapping[str, Lexicon]:
    """The lexicon of each language by its ISO 639-1 code, in the order of `LANGUAGES`.

    Raises `ValueError` for a file with an unknown list, or one of another shape than `Lexicon` says.
    """
    return MappingProxyType({name: read(FOLDER / f"{name}.toml") for name in LANGUAGES})


def read(file: Path) -> Lexicon:
    """The lexicon in a file. Words stand between blanks; a blank inside one is written `_`.

    Raises `ValueError` for an unknown list, or one of another shape than `Lexicon` says.
    """
    values = tomllib.loads(file.read_text(encoding="utf-8"))
    if unknown := sorted(values.keys() - _NAMES):
        raise ValueError(f"{file}: there is no list {unknown[0]!r}; there are: {', '.join(sorted(_NAMES))}")
    try:
        return Lexicon(file.stem, **{name: _list(name, given) for name, given in values.items()})
    except (TypeError, AttributeError) as error:
        raise ValueError(f"{file}: a list is not of its shape ({error})") from error


def merged(name: str) -> dict[str, Any]:
    """A table of that name over all languages, in order of language."""
    return {key: value for each in lexicons().values() for key, value in getattr(each, name).items()}


def every(name: str) -> Words:
    """The words of a list of that name in all languages."""
    return frozenset().union(*(getattr(each, name) for each in lexicons().values()))


def _list(name: str, given: Any) -> Any:
    if name in _OF_WORDS:
        return frozenset(_words(given))
    if name == "units":
        return MappingProxyType({unit: frozenset(_words(forms)) for unit, forms in given.items()})
    wanted = str if name == "abbreviations" else int
    for key, value in given.items():
        if type(value) is not wanted:
            raise TypeError(f"{name}: {key} is {value!r}")
    return MappingProxyType(dict(given))


def _words(given: str) -> Iterator[str]:
    for word in given.split():
        if word != word.casefold():
            raise TypeError(f"{word!r} is not in lower case")
        yield word.replace("_", " ")
