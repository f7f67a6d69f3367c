"""Elliptical questions that put something else in the place of the last subject: "Còn X thì sao?", "What about X?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.query.entities import Entity, entities, typed_with_diacritics, without
from rag.text.normalize import fold
from rag.text.words import words

_OPENING = r"còn(?! (?:nữa|lại))|thế còn|vậy còn|and what about|what about|how about|qu'en est-il d\w+|and|et"
_THEN = r"\bthì (?:sao|thế nào|năm nào|khi nào|bao nhiêu|ở đâu)\b"
_WITH_DIACRITICS = re.compile(rf"^(?:thế(?! (?:giới|nào|kỷ|vận))|{_OPENING})\b|{_THEN}", re.IGNORECASE)
# Without diacritics, "con" may also be the classifier before what is counted.
_WITHOUT_DIACRITICS = re.compile(
    rf"^(?:the con|(?!con (?:so|duong|nguoi|tau|song) )(?:{fold(_OPENING)}))\b|{fold(_THEN)}", re.IGNORECASE
)
_MAX_OTHER_WORDS = 2


def is_elliptical(question: str) -> bool:
    """Whether a question asks the same of something else: "and X?"."""
    return bool(_pattern(question).search(question.strip()))


def names_only(question: str, names: Sequence[Entity]) -> bool:
    """Whether an elliptical question is no more than "and X?", perhaps with a word for what X is."""
    rest = _pattern(question).sub(" ", without(question, names).strip())
    return bool(names) and len(words(rest)) <= _MAX_OTHER_WORDS


def substituted(question: str, names: Sequence[Entity]) -> str:
    """A question with its first name replaced by the first that is given, and its first number by the first number.

    What there is nothing to replace for is put behind the question in brackets.
    """
    subjects = entities(question)
    replacements: dict[Entity, Entity] = {}
    added = []
    for name in names:
        replaced = next((subject for subject in subjects if subject.is_number == name.is_number), None)
        if replaced is None:
            added.append(f" ({name.text})")
        else:
            replacements.setdefault(replaced, name)
    for replaced, name in sorted(replacements.items(), key=lambda pair: -pair[0].start):
        question = question[: replaced.start] + name.text + question[replaced.end :]
    return question + "".join(added)


def _pattern(question: str) -> re.Pattern[str]:
    return _WITH_DIACRITICS if typed_with_diacritics(question) else _WITHOUT_DIACRITICS
