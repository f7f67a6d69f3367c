"""People that a text names, by their family names, titles and capitals."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile, zip_longest
from typing import Literal

from rag.query.entities import BEFORE_CHARS, BEFORE_PLACES, PLACES, THINGS, TITLES, entities, resembles_syllable
from rag.text.language import language_of
from rag.text.lexicon import lexicons
from rag.text.words import content_words, words

Gender = Literal["female", "male", ""]
_MALE, _FEMALE = ["ông", "anh", "chú", "mr", "monsieur"], ["bà", "chị", "cô", "mrs", "ms", "mme", "madame"]
# A title that does not make a lone capitalised word a name.
_FORMS_OF_ADDRESS = frozenset([*_MALE, *_FEMALE, "đồng chí"])
_FAMILY = frozenset(name.capitalize() for name in lexicons()["vi"].surnames)
# These also begin the names of places, so two syllables are too few for a person.
_ALSO_PLACES = "Hà Cao Thái Lâm Lý Hoàng Hồ Võ Dương Đoàn Vũ Lê Châu Tô Triệu Tống Kiều Mai"
_FAMILY_OR_PLACE = frozenset(_ALSO_PLACES.split())
_CAPITALISED = re.compile(r"(?<!\w)[^\W\d_]\w*(?: [^\W\d_]\w*)*")
_BEFORE_NO_PERSON = re.compile(rf"\b(?:{THINGS}|{PLACES}|{BEFORE_PLACES}|bridge|line|cave|le|the|of|de|du) $")
_CLAUSE = re.compile(r"[,;:.?!]\s")


@dataclass(frozen=True, slots=True)
class Person:
    """A person that a text names: the name, the offset at which it begins, and the gender that it or a title tells."""

    name: str
    start: int
    gender: Gender

    def may_be(self, gender: Gender) -> bool:
        """Whether nothing speaks against that gender; "" stands for one that is not known."""
        return not (gender and self.gender) or self.gender == gender


def people(text: str) -> list[Person]:
    """The people that a text names, in order."""
    found = []
    for match in _CAPITALISED.finditer(text):
        # A word in lower case parts the names of a run.
        end = match.start()
        capitals: list[str] = []
        for word in [*match[0].split(" "), ""]:
            if word[:1].isupper():
                capitals.append(word)
            elif capitals:
                person = _person(text, end - len(" ".join(capitals)) - 1, capitals)
                found += [person] if person else []
                capitals = []
            end += len(word) + 1
    return found


def _person(text: str, start: int, parts: Sequence[str]) -> Person | None:
    """The person whose name capitalised words make, which begin at an offset; None when they are no person's."""
    before = text[max(0, start - 24) : start].casefold()
    titles = TITLES.split("|")
    leading = sum(1 for _ in takewhile(lambda part: part.casefold() in titles, parts[:-1]))
    if leading:
        before, start = parts[leading - 1].casefold() + " ", start + len(" ".join(parts[:leading])) + 1
        parts = parts[leading:]
    match = re.search(rf"\b({TITLES})\.? $", before)
    title = match[1] if match else ""
    if not title and re.search(rf"\b(?<!quốc )(?:{THINGS}|{PLACES}|phố|trục|đại lộ|tượng) $", before):
        return None
    fewest = 3 if parts[0] in _FAMILY_OR_PLACE else 2
    if len(parts) > 4 or not (title or (parts[0] in _FAMILY and len(parts) >= fewest)):
        return None
    if parts[0].isupper() or (len(parts) == 1 and title not in _FORMS_OF_ADDRESS):
        return None
    gender: Gender = "male" if title in _MALE or "Văn" in parts[1:-1] else ""
    if title in _FEMALE or "Thị" in parts[1:-1]:
        gender = "female"
    return Person(" ".join(parts), start, gender)


def person_in_answer(question: str, answer: str, gender: Gender = "") -> str:
    """The name of the person that an answer adds to its question; "" when it adds none.

    Of several the one whose clause shares the most words with the question: whom an answer to "who" names.
    """
    wanted = set(content_words(words(question), language_of(question)))
    best, most = "", -1
    found = people(answer)
    for person, own in zip(found, _words_around(answer, found, wanted), strict=True):
        if person.name not in question and person.may_be(gender) and own > most:
            best, most = person.name, own
    return best


def _words_around(text: str, found: Sequence[Person], wanted: set[str]) -> Iterator[int]:
    """For each person how many of those words the clause has, with those after it until the next that names one."""
    ends = [*(match.start() for match in _CLAUSE.finditer(text)), len(text)]
    begin, read, before = -1, 0, set[str]()
    for person, following in zip_longest(found, found[1:]):
        passed = bisect_left(ends, person.start)
        clause = ends[passed - 1] + 1 if passed else 0
        if clause != begin:
            begin, read, before = clause, clause, set()
        # What stands before a person in a clause is read once, however many the clause names.
        before |= wanted.intersection(words(text[read : person.start]))
        read = person.start
        next_person = following.start if following else len(text)
        last = ends[bisect_right(ends, next_person) - 1] if ends[passed] <= next_person else next_person
        yield len(before) + len(wanted.intersection(words(text[person.start : last])) - before)


def foreign_person(text: str, other_text: str = "") -> str:
    """The first name of two to four capitalised words, of no place or thing, that is not in another text; or "".

    The syllables of Vietnamese names of places look the same, so a Vietnamese text names foreign people alone.
    """
    known = {person.name for person in people(text)}
    vietnamese = language_of(text) == "vi"
    for entity in entities(text):
        name, parts = entity.text, entity.text.split()
        if name in known or name in other_text or (vietnamese and all(map(resembles_syllable, parts))):
            continue
        if not 2 <= len(parts) <= 4 or re.search(r"[\d–—-]", name) or any(map(str.isupper, parts)):
            continue
        if not _BEFORE_NO_PERSON.search(text[max(0, entity.start - BEFORE_CHARS) : entity.start].casefold()):
            return name
    return ""
