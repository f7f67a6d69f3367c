"""The two sides of a comparison, each as a question of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.query.query import Query
from rag.text.lexicon import lexicons
from rag.text.names import name_ranges, names
from rag.text.words import content_words, without_framing, words

# What stands between two sides; the first that parts two texts with content words is taken.
_BETWEEN = re.compile(
    r"\s+(?:so với|với|và|hay|hoặc|va|voi|so voi|compared? (?:to|with)|with|versus|vs\.?|and|or|et|ou|que|und|oder"
    r"|y|o)\s+"
    r"|[和与跟比還还]是?",
    re.IGNORECASE,
)
# What stands between two names where nothing else does, behind what is compared: "A is longer than B".
_THAN = re.compile(r"\s+(?:hơn|khác(?: gì)?|than|from|before|after|als)\s+", re.IGNORECASE)
# What is written with a capital before a name, and is a name with it.
_TITLES = frozenset(lexicons()["vi"].abbreviations.values())
_NUMBER = re.compile(r"\d[\d.,/]*(?!\w)")
# What parts a side from the rest of the question.
_CLAUSE = re.compile(r"[,;:?，；：？]\s*")


@dataclass(frozen=True, slots=True)
class Side:
    """What is compared, in the words of the question, and what is asked of it, as a question of its own."""

    name: str
    question: str


def sides(query: Query) -> tuple[Side, Side] | None:
    """The two sides of a comparison, None where two sides cannot be told.

    The question of each holds its name and what stands beside both: of "A với B, cái nào dài hơn" those are
    "A cái nào dài hơn" and "B cái nào dài hơn".
    """
    text = query.text.strip()
    for match in _BETWEEN.finditer(text):
        before, first = _last_clause(text[: match.start()])
        second, after = _first_clause(text[match.end() :])
        if _names(first, query) and _names(second, query):
            if not after:
                second, after = _behind_name(second, query)
            return _asked(before, first, second, after, query)
    for match in _THAN.finditer(text):
        before, first = _last_clause(text[: match.start()])
        second, after = _behind_name(text[match.end() :].strip(" ?"), query)
        if (own := _names_in(first, opens=not before)) and names(f"x {second}"):
            end = first.rindex(own[-1]) + len(own[-1])
            return _asked(before, first[:end], second, f"{first[end:].strip()} {after}".strip(), query)
    return None


def _asked(before: str, first: str, second: str, after: str, query: Query) -> tuple[Side, Side]:
    """Two sides, each with what stands before and behind both; one without a name gets that of the other."""
    first, second, shared = _parted(first, second, query)
    before = " ".join(filter(None, (before, shared)))
    borrowed = names(f"x {second}")[:1] if not _names_in(first, opens=not before) else []
    asked = (" ".join((first, *borrowed)), second)
    one, other = (
        Side(side, " ".join(filter(None, (before, question, after))))
        for side, question in zip((first, second), asked, strict=True)
    )
    return one, other


def _last_clause(text: str) -> tuple[str, str]:
    parts = _CLAUSE.split(text)
    return " ".join(parts[:-1]), parts[-1]


def _first_clause(text: str) -> tuple[str, str]:
    parts = _CLAUSE.split(text, maxsplit=1)
    return parts[0], parts[1] if len(parts) > 1 else ""


def _names_in(side: str, *, opens: bool) -> list[str]:
    """The names of a side; of one that opens the question the first word counts only where it stands alone."""
    return names(side if opens and len(words(side)) > 1 else f"x {side}")


def _behind_name(text: str, query: Query) -> tuple[str, str]:
    """A text up to the end of its first name, or of what it is about where it has none, and what stands behind it."""
    found = name_ranges(f"x {text}")
    if number := _NUMBER.match(text):
        end = number.end()
    elif len(found) > 1 and text[found[0][0] - 2 : found[1][0] - 2].strip().casefold() in _TITLES:
        end = found[1][1] - 2  # Thành phố Hồ Chí Minh
    elif found:
        end = found[0][1] - 2
    else:
        end = max((each.end() for each in re.finditer(r"\S+", text) if _names(each[0], query)), default=len(text))
    return text[:end], text[end:].strip()


def _names(side: str, query: Query) -> bool:
    """Whether a side holds a word that names something."""
    tokens = words(side)
    named = without_framing(tokens, query.language, bare=query.folded)
    return named != tokens or not {*named}.isdisjoint(content_words(named, query.language, bare=query.bare))


def _parted(first: str, second: str, query: Query) -> tuple[str, str, str]:
    """Two sides, and what stands before the first and belongs to both.

    The first begins like the second, "lượng mưa" of "lượng mưa ở Huế" and "ở Vinh", "năm" of "năm 2020" and "2025";
    else with its name, if more stands before that than before the name of the second: "lượng mưa của Huế" and "Vinh".
    """
    head = re.match(r"\w+", second)
    if head:
        like = rf"{_NUMBER.pattern}$" if head[0][0].isdigit() else rf"\b{re.escape(head[0])}\b"
        if alike := [*re.finditer(like, first, re.IGNORECASE)]:
            at = alike[-1].start()
            return first[at:], second, first[:at].strip()
    opening = words(first)[:1]
    framed = without_framing([*opening, ""], query.language, bare=query.folded) == [""]
    own = names(first if framed else f"x {first}")
    other = names(f"x {second}")
    if own and other:
        at = first.rindex(own[-1])
        if len(words(first[:at])) > len(words(second[: second.index(other[0])])):
            return first[at:], second, first[:at].strip()
    return first, second, ""
