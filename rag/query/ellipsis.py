"""Elliptical questions that put something else in the place of the last subject: "Còn X thì sao?", "What about X?"."""

from __future__ import annotations

import re

from rag.query.entities import Entity, entities, typed_with_diacritics, with_kind, without
from rag.text.normalize import fold
from rag.text.words import words

_OPENING = r"còn(?! (?:nữa|lại))|thế còn|vậy còn|and what about|what about|how about|qu'en est-il d\w+|and|et"
_THEN = r"\bthì (?:sao|thế nào|năm nào|khi nào|bao nhiêu|ở đâu)\b"
_WITH_DIACRITICS = re.compile(rf"^(?:{_OPENING}|thế(?! (?:giới|nào|kỷ|vận)))\b|{_THEN}", re.IGNORECASE)
# Without diacritics, "con" may also be the classifier before what is counted.
_WITHOUT_DIACRITICS = re.compile(
    rf"^(?:the con|(?!con (?:so|duong|nguoi|tau|song) )(?:{fold(_OPENING)}))\b|{fold(_THEN)}", re.IGNORECASE
)
_MAX_OTHER_WORDS = 2
_WORD = re.compile(r"\w+(?:[.,/]\w+)*")
# What stands before a number that says when.
_WHEN = "năm|tháng|ngày|in|en"


def is_elliptical(question: str) -> bool:
    """Whether a question asks the same of something else: "and X?"."""
    return bool(_pattern(question).search(question.strip()))


def names_only(question: str) -> bool:
    """Whether an elliptical question is no more than "and X?", perhaps with a word for what X is."""
    names = entities(question)
    rest = _pattern(question).sub(" ", without(question, names).strip())
    return bool(names) and len(words(rest)) <= _MAX_OTHER_WORDS


def substituted(question: str, other: str) -> str:
    """A question with its first name replaced by the first of another question, and its first number likewise.

    What there is nothing to replace for, as a year that was not asked for before, is put at the end.
    """
    subjects = entities(question)
    replacements: dict[Entity, Entity] = {}
    added = []
    for name in entities(other):
        replaced = next((subject for subject in subjects if subject.is_number == name.is_number), None)
        if replaced is None:
            added.append(with_kind(other, name, _WHEN))
        else:
            replacements.setdefault(replaced, name)
    for replaced, name in sorted(replacements.items(), key=lambda pair: -pair[0].start):
        question = question[: replaced.start] + name.text + question[replaced.end :]
    body = question.rstrip(" ?？.")
    return " ".join([body, *added]) + question[len(body) :]


def realigned(question: str, other: str) -> str | None:
    """A question with the thing that an elliptical one asks after in the place of one that begins with the same word.

    "Vé ngày tuyến A giá bao nhiêu?" and "Còn vé tháng thì sao?" make "Vé tháng tuyến A giá bao nhiêu?"; None when no
    such thing stands in the question.
    """
    asked, _ = parted(without_opening(other))
    wanted, spoken = list(_WORD.finditer(asked)), list(_WORD.finditer(question))
    if len(wanted) < 2:
        return None
    first = fold(wanted[0][0]).casefold()
    starts = (place for place, word in enumerate(spoken) if fold(word[0]).casefold() == first)
    start = next(starts, None)
    if start is None or start + len(wanted) > len(spoken):
        return None
    place, end = spoken[start].start(), spoken[start + len(wanted) - 1].end()
    return f"{question[:place]}{asked if place else asked[:1].upper() + asked[1:]}{question[end:]}"


def without_opening(question: str) -> str:
    """An elliptical question without the words that only join it to the one before: "Còn giá vé?" -> "giá vé?"."""
    match = _pattern(question).match(question)
    return question[match.end() :].lstrip(" ,") if match else question


def parted(question: str) -> tuple[str, str]:
    """An elliptical question parted behind what it asks after: "giá vé thì sao?" -> "giá vé", " thì sao?"."""
    then = _pattern(question).search(question)
    end = then.start() if then and then.start() else len(question)
    asked = question[:end].rstrip(" ?？.")
    return asked, question[len(asked) :]


def _pattern(question: str) -> re.Pattern[str]:
    return _WITH_DIACRITICS if typed_with_diacritics(question) else _WITHOUT_DIACRITICS
