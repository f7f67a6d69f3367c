"""The two sides of a comparison, each as a question of its own."""

from __future__ import annotations

import re

from rag.query.query import Query
from rag.text.names import names
from rag.text.normalize import fold
from rag.text.words import FRAMING_WORDS, FUNCTION_WORDS, words

# What stands between two sides; the first that parts two texts with content words is taken.
_BETWEEN = re.compile(
    r"\s+(?:so với|với|và|hay|hoặc|va|voi|so voi|compared (?:to|with)|versus|vs\.?|and|or|than|et|ou|que|und|oder|als|y|o)\s+"
    r"|[和与跟比還还]是?",
    re.IGNORECASE,
)
# What parts a side from the rest of the question.
_CLAUSE = re.compile(r"[,;:?，；：？]\s*")


def sides(query: Query) -> tuple[str, str] | None:
    """The questions of the two sides, None where two sides cannot be told.

    Each holds its side and what stands beside both: "A với B, cái nào dài hơn" is "A, cái nào dài hơn" and "B, …".
    """
    text = query.text.strip()
    for match in _BETWEEN.finditer(text):
        left, right = text[: match.start()], text[match.end() :]
        before, first = _last_clause(left)
        second, after = _first_clause(right)
        if _names(first, query) and _names(second, query):
            first, second, shared = _parted(first, second)
            rest = " ".join(filter(None, (before, shared))), after
            return tuple(" ".join(filter(None, (rest[0], side, rest[1]))) for side in (first, second))  # type: ignore[return-value]
    return None


def _last_clause(text: str) -> tuple[str, str]:
    parts = _CLAUSE.split(text)
    return " ".join(parts[:-1]), parts[-1]


def _first_clause(text: str) -> tuple[str, str]:
    parts = _CLAUSE.split(text, maxsplit=1)
    return parts[0], parts[1] if len(parts) > 1 else ""


def _names(side: str, query: Query) -> bool:
    """Whether a side holds a word that names something."""
    known = FUNCTION_WORDS.get(query.language, frozenset())
    framing = FRAMING_WORDS.get(query.language, FRAMING_WORDS["any"])
    return any(word not in known and fold(word) not in framing for word in words(side))


def _parted(first: str, second: str) -> tuple[str, str, str]:
    """Two sides and what stands before the name of the first one and belongs to both: "lượng mưa của Huế" and "Vinh"."""
    own = names(first)
    other = names(second)
    if own and other and second.strip().startswith(other[0]) and not first.strip().startswith(own[-1]):
        at = first.rindex(own[-1])
        return first[at:], second, first[:at].strip()
    return first, second, ""
