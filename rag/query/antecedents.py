"""What the references of a follow-up stand for: people, places, things, years and topics of the turns before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.query.entities import entities, first_of_kind, first_place, last_year
from rag.query.people import Gender, Person, foreign_person, people, person_in_answer
from rag.query.reference import Reference
from rag.text.normalize import fold

_WHO = re.compile(r"\b(?:ai|who|whom|qui|nguoi nao)\b")
_FEMALE = frozenset({"bà", "ba", "chị", "chi", "cô", "co", "she", "her"})
_MALE = frozenset({"ông", "ong", "anh", "he", "him", "his"})
# Vietnamese pronouns that are titles too: "ông ấy" becomes "ông Trần Văn Bình".
_TITLES = frozenset({"ông", "bà", "anh", "chị", "cô"})


@dataclass(frozen=True)
class ResolvedTurn:
    """A turn whose question stands alone."""

    question: str
    answer: str

    @cached_property
    def people(self) -> list[Person]:
        """The people that the question names."""
        return people(self.question)

    @cached_property
    def folded(self) -> str:
        """The question without diacritics and case."""
        return fold(self.question).casefold()

    @property
    def texts(self) -> tuple[str, str]:
        """Question and answer."""
        return self.question, self.answer


def antecedent(reference: Reference, turns: Sequence[ResolvedTurn], phrases: Sequence[str]) -> str | None:
    """What is written in the place of a reference; None when it is not known.

    `phrases` are those that the question lacks, the likeliest first: what "it" stands for.
    """
    pronoun = reference.word.casefold()
    if reference.kind == "following_year":
        return _year_beside(reference.text, turns, 1)
    if reference.kind == "previous_year":
        return _year_beside(reference.text, turns, -1)
    if reference.kind == "person" or pronoun in ("his", "her"):
        person = _person(pronoun, turns)
        if person and reference.kind == "possessive":
            return f"{person}'s"
        return f"{reference.word} {person}" if person and pronoun in _TITLES else person
    if reference.kind in ("at", "place"):
        place = _place(turns)
        preposition = "in" if pronoun == "there" else reference.word
        return f"{preposition} {place}" if place and reference.kind == "at" else place
    if reference.kind == "thing":
        if thing := _thing(reference.word, turns):
            return f"{reference.word} {thing}"
        # "Vụ này" as the subject, without a name behind "vụ" in the turns.
        return phrases[0] if phrases and not reference.start else None
    if reference.kind in ("it", "possessive") and phrases:
        return f"{phrases[0]}'s" if reference.kind == "possessive" else phrases[0]
    return None


def names_in(phrase: str) -> str:
    """The names of a phrase: what is said of it in a question in another language."""
    return ", ".join(name.text for name in entities(phrase) if not name.is_number)


def _person(pronoun: str, turns: Sequence[ResolvedTurn]) -> str | None:
    """The last person named: whom the answer to "who" names, else the question's, else any of the answer's."""
    gender: Gender = "female" if pronoun in _FEMALE else "male" if pronoun in _MALE else ""
    for turn in reversed(turns):
        known = [person.name for person in turn.people if person.may_be(gender)]
        in_answer = person_in_answer(turn.question, turn.answer, gender)
        if _WHO.search(turn.folded):
            found = [in_answer, *known, foreign_person(turn.answer, turn.question)]
        else:
            found = [*known, foreign_person(turn.question), in_answer]
        if best := next(filter(None, found), ""):
            return best
    return None


def _place(turns: Sequence[ResolvedTurn]) -> str | None:
    """The last place named, in a question before its answer."""
    return next(filter(None, (first_place(text) for turn in reversed(turns) for text in turn.texts)), None)


def _thing(kind: str, turns: Sequence[ResolvedTurn]) -> str | None:
    """The last name or number of that kind."""
    found = (first_of_kind(kind, text) for turn in reversed(turns) for text in turn.texts)
    return next((entity.text for entity in found if entity), None)


def _year_beside(words: str, turns: Sequence[ResolvedTurn], step: int) -> str | None:
    """The year beside the last one named, after the word for "in the year" of the same language."""
    years = (last_year(text) for turn in reversed(turns) for text in turn.texts)
    known = next((year for year in years if year is not None), None)
    if known is None:
        return None
    lead = "en" if words.startswith("l'") else words.split()[0]
    return f"{lead} {known + step}" if fold(lead).casefold() in ("nam", "in", "en") else str(known + step)
