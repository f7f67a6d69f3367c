"""References of a question to what stands before it: pronouns, demonstratives and words for the year beside another."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Literal, cast

from rag.query.entities import PLACES, THINGS, entities, first_of_kind, names_an_entity, typed_with_diacritics
from rag.query.history_terms import terms_in
from rag.query.people import people
from rag.text.language import language_of
from rag.text.normalize import fold

# "following_year" is the year after the last one named, "other" what is known to refer but not to what.
Kind = Literal["person", "possessive", "it", "they", "at", "place", "thing", "following_year", "previous_year", "other"]
# More references than these of one question are not read, so that a long one takes no more time.
_MAX_REFERENCES = 8

_THIS = "ấy|này|đó|kia|vừa rồi"
_PERSON = rf"(?P<person>ông|bà|anh|chị|cô|vị) (?:{_THIS}|ta)|người (?:{_THIS})|nhà \w+ (?:{_THIS})"
_THERE = r"(?P<at>ở|tại|từ|qua|đến|trong) (?:đó|đây|đấy)|(?P<place>nơi|chỗ) (?:này|đó|ấy)"
_THING = rf"(?P<thing>{THINGS}|{PLACES}|\w+) (?:{_THIS})"
_BEFORE_OR_AFTER = "(?:sau|trước) (?:đó|này)"
_FOLLOWING_YEAR = (
    r"(?P<following_year>(?<!\d )năm (?:tiếp theo|kế tiếp|sau đó|sau)(?! khi)"
    r"|(?:(?:in )?the )?(?:year after|following year|next year)|l'année (?:suivante|d'après))"
)
_PREVIOUS_YEAR = (
    r"(?P<previous_year>(?<!\d )năm (?:liền trước|trước đó|trước)(?! khi)"
    r"|(?:(?:in )?the )?(?:year before|previous year)|l'année (?:précédente|d'avant))"
)
_VIETNAMESE = rf"\b(?:{_FOLLOWING_YEAR}|{_PREVIOUS_YEAR}|{_PERSON}|{_THERE}|{_BEFORE_OR_AFTER}|{_THING}"
_WITH_DIACRITICS = re.compile(
    rf"{_VIETNAMESE}|(?P<it>nó)|(?P<they>họ)(?= (?:đã|có|là|làm|được|đến|sẽ|đo))|đó(?! là))\b", re.IGNORECASE
)
# Typed without diacritics, "no" and "ho" may be much else; only at the front do they stand for something.
_WITHOUT_DIACRITICS = re.compile(
    rf"{fold(_VIETNAMESE)}|(?P<it>(?<!.)no(?= (?:co|dai|cao|la|nam|duoc|rong|gom|mo))))\b", re.IGNORECASE
)
_ENGLISH_OR_FRENCH = re.compile(
    rf"\b(?:{_FOLLOWING_YEAR}|{_PREVIOUS_YEAR}|(?P<possessive>his|her|their|its)|(?P<person>he|she|him)"
    r"|(?P<it>it|they|them|these|those|this|that(?=\W*$)|celui-ci|celle-ci|cela)"
    r"|(?<!y a-t-)(?:il|elle|ils|elles)(?! y a)"
    r"|(?P<at>(?<!is )(?<!are )(?<!was )(?<!were )there(?! (?:is|are|was|were|any|a)\b)))\b(?!['’]\w)",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[,;.]| (?:and|but|if|et|mais|và|nhưng|mà|song|nếu|va|nhung|ma|neu) ", re.IGNORECASE)
_PLURAL = re.compile(r"\b(?:những|các) \w", re.IGNORECASE)
# What opens a clause that names no subject, but where, when or by whom.
_ADVERBIAL = re.compile(r"(?:tại|ở|từ|theo|trong|trên|ngày|tháng|năm|thời|khi|sau|trước|vì|do|với)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reference:
    """Words of a question that stand for something, at `[start:end]`.

    `word` is the pronoun, or the noun that says of what kind it is ("tuyến" of "tuyến này"); `text` all of its words.
    """

    kind: Kind
    word: str
    text: str
    start: int
    end: int


def references(question: str) -> list[Reference]:
    """The references of a question whose antecedent does not stand before them in the question itself, in order."""
    if language_of(question) != "vi":
        return _foreign_references(question)
    pattern = _WITH_DIACRITICS if typed_with_diacritics(question) else _WITHOUT_DIACRITICS
    found = _found(pattern, question)
    antecedent_end = cache(lambda kind, word: _antecedent_end(question, kind, word))
    return [each for each in found if antecedent_end(each.kind, each.word) > each.start]


def _foreign_references(question: str) -> list[Reference]:
    found = _found(_ENGLISH_OR_FRENCH, question)
    end = _first_clause_end(question, _names_something) if found else math.inf
    return [each for each in found if end > each.start and not _is_inverted(question, each.start)]


def _found(pattern: re.Pattern[str], question: str) -> list[Reference]:
    return [_reference(match) for match in islice(pattern.finditer(question), _MAX_REFERENCES)]


def _reference(match: re.Match[str]) -> Reference:
    kind = match.lastgroup or "other"
    word = match[kind] if match.lastgroup else ""
    return Reference(cast(Kind, kind), word, match[0], match.start(), match.end())


def _antecedent_end(question: str, kind: Kind, word: str) -> float:
    """Where the first thing ends in a question that a reference of that kind may stand for; infinity if none does."""
    if kind == "it":
        return _first_clause_end(question, lambda c: not _ADVERBIAL.match(c.strip()) and names_an_entity(c))
    if kind == "they":
        return _first_clause_end(question, lambda clause: bool(_PLURAL.search(clause)))
    if kind == "person":
        return next((person.start + len(person.name) for person in people(question)), math.inf)
    entity = first_of_kind(word, question) if kind == "thing" else None
    return entity.end if entity else math.inf


def _first_clause_end(question: str, accepts: Callable[[str], bool]) -> float:
    start = 0
    for match in _CLAUSE_END.finditer(question):
        if accepts(question[start : match.start()]):
            return match.end()
        start = match.end()
    return math.inf


def _names_something(clause: str) -> bool:
    return any(not (term.is_small or term.key.isdigit()) for term in terms_in(clause, language_of(clause)))


def _is_inverted(question: str, start: int) -> bool:
    """Whether a French pronoun only stands for the subject before its verb: "Le pont Long Biên a-t-il ..."."""
    return question[:start].endswith("-") and bool(entities(question[:start]))
