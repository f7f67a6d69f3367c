"""The two sides of a comparison, each as a question of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.query.query import Query
from rag.text.names import name_ranges, names
from rag.text.words import content_words, without_framing, words

# What stands between two sides; the first that parts two texts with content words is taken.
_BETWEEN = re.compile(
    r"\s+(?:so với|với|và|hay|hoặc|va|voi|so voi|compared? (?:to|with)|with|versus|vs\.?|and|or|than|et|ou|que|und|oder"
    r"|als|y|o)\s+"
    r"|[和与跟比還还]是?",
    re.IGNORECASE,
)
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
                second, after = _behind_name(second)
            return _asked(before, first, second, after, query)
    return None


def _asked(before: str, first: str, second: str, after: str, query: Query) -> tuple[Side, Side]:
    """Two sides, each with what stands before and behind both; one without a name gets that of the other."""
    first, second, shared = _parted(first, second, query)
    before = " ".join(filter(None, (before, shared)))
    borrowed = [] if _has_name(first, opens=not before) else names(f"x {second}")[:1]
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


def _has_name(side: str, *, opens: bool) -> bool:
    """Whether a side has a name; of one that opens the question the first word counts only where it stands alone."""
    return bool(names(f"x {side}" if not opens or len(words(side)) == 1 else side))


def _behind_name(text: str) -> tuple[str, str]:
    """A text up to the end of its first name, and what stands behind it."""
    found = name_ranges(f"x {text}")
    end = found[0][1] - 2 if found else len(text)
    return text[:end], text[end:].strip()


def _names(side: str, query: Query) -> bool:
    """Whether a side holds a word that names something."""
    tokens = words(side)
    named = without_framing(tokens, query.language, bare=query.folded)
    return named != tokens or not {*named}.isdisjoint(content_words(named, query.language, bare=query.bare))


def _parted(first: str, second: str, query: Query) -> tuple[str, str, str]:
    """Two sides, and what stands before the first and belongs to both.

    The first begins like the second, "lượng mưa" of "lượng mưa ở Huế" and "ở Vinh"; else both with their names, "lượng
    mưa của Huế" and "Vinh".
    """
    if head := re.match(r"\w+", second):
        alike = [*re.finditer(rf"\b{re.escape(head[0])}\b", first, re.IGNORECASE)]
        if alike:
            at = alike[-1].start()
            return first[at:], second, first[:at].strip()
    opening = words(first)[:1]
    framed = without_framing([*opening, ""], query.language, bare=query.folded) == [""]
    own = names(first if framed else f"x {first}")
    other = names(f"x {second}")
    if own and other and second.strip().startswith(other[0]) and not first.strip().startswith(own[-1]):
        at = first.rindex(own[-1])
        return first[at:], second, first[:at].strip()
    return first, second, ""
