"""Whether words that answer are of the unit, and about the person, that a question asks for, as far as can be told.

Of 121 short answers on development sets none was wrong in either way: these rules are kept because a number of another
unit, or a relation in the place of the person, is the worst word that can stand first.
"""

from __future__ import annotations

import re

from rag.text.normalize import fold
from rag.text.quantities import quantities, unit_of

# Units that measure the same thing.
_MEASURES = (
    {"km", "m", "cm", "mm"},
    {"km²", "m²", "ha"},
    {"kg", "t"},
    {"giờ", "phút", "giây", "ngày", "tuần", "tháng", "năm", "thế kỷ"},
    {"tuổi"},
    {"%"},
    {"đồng", "usd", "eur"},
)
_COUNTED = re.compile(r"\b(?:bao nhieu|may|how many|combien d[e'’])\s*((?:[\w%²]+ ?){1,2})")
_HOW_OLD = re.compile(r"\bhow old\b|\bquel age\b")
# Who is a relation or a deputy of another, by what stands before or behind the word.
_RELATIONS = re.compile(
    r"\b(?:chồng|vợ|con (?:trai|gái|rể|dâu)|(?:anh|em|chị) (?:trai|gái|họ|rể)|(?:đặc )?phái viên"
    r"|(?:người )?phát ngôn(?: viên)?|cố vấn|trợ lý|luật sư|thư ký)(?: cũ)?(?= (?:của|cho|bà|ông|cô|anh|chị)\b)"
    r"|(?<=['’]s )(?:\w+ ){0,2}?(?:husband|wife|son|daughter|envoy|spokes\w+|advis[eo]r|aide|lawyer|secretary"
    r"|deputy)\b",
    re.IGNORECASE,
)
# So near before a name, in characters, such a word is about it.
_NEAR = 60


def is_of_unit(question: str, text: str, start: int, end: int) -> bool:
    """Whether the number `text[start:end]`, with its unit behind it, can measure what a question counts.

    "34 năm" is no age, and "13 km" counts no stations; a number without a unit may count anything.
    """
    plain = fold(question).casefold()
    counted = _COUNTED.search(plain)
    asked = "tuổi" if _HOW_OLD.search(plain) else _unit_in(counted[1]) if counted else None
    behind = re.match(r"(?:\s?[\w²³%]+){0,2}", text[end:])
    unit = next((number.unit for number in quantities(text[start:end] + (behind[0] if behind else "")).numbers), None)
    own = next((units for units in _MEASURES if unit in units), None)
    if own is None or (counted is None and asked is None):
        return True
    # What is no unit is counted, not measured: by no length, area or weight.
    return asked in own if asked else own not in _MEASURES[:3]


def is_of_another_person(question: str, text: str, start: int) -> bool:
    """Whether the name that begins at `start` is told of a relation or a deputy of whom the question asks for."""
    before = re.split(r"[.;:!?\n]", text[max(0, start - _NEAR) : start])[-1]
    return any(match[0].split()[-1].casefold() not in question.casefold() for match in _RELATIONS.finditer(before))


def _unit_in(counted: str) -> str | None:
    words = counted.split()
    return unit_of(" ".join(words)) or unit_of(words[0]) if words else None
