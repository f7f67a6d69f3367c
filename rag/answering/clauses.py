"""The clauses of a claim that say the same kind of thing of several names, each to be checked by itself."""

from __future__ import annotations

import re
from itertools import pairwise

from rag.text.names import names
from rag.text.quantities import quantities
from rag.text.words import words

_BETWEEN = re.compile(
    r" ?[,;] ?(?:(?:và|còn|nhưng|and|but|while|et|mais|und|aber|y|pero) )?"
    r"| (?:và|còn|nhưng|trong khi|and|but|while|whereas|et|mais|und|aber|y|pero) ",
    re.IGNORECASE,
)


def clauses(claim: str) -> list[str]:
    """The parallel clauses of a claim, in order: Cầu A dài 450 m | và cầu B dài 300 m.

    Two clauses are parallel when both name something, with the same words before the name or none before the second,
    and when both have a number or the whole claim has none. All else stays in one clause: a part without a subject of
    its own speaks of what was named before it.
    """
    claim = " ".join(claim.split())
    counts = bool(quantities(claim))
    found = [""]
    starts = [0, *(match.start() for match in _BETWEEN.finditer(claim)), len(claim)]
    for start, end in pairwise(starts):
        part = claim[start:end]
        if _parallel(found[-1], part) and (not counts or (quantities(found[-1]) and quantities(part))):
            found.append(part)
        else:
            found[-1] += part
    return found


def _parallel(clause: str, other: str) -> bool:
    first, second = _before_name(clause), _before_name(other)
    return first is not None and second is not None and second in ([], first)


def _before_name(clause: str) -> list[str] | None:
    """The words of a clause before its first name, less what joins it to the clause before; None without a name."""
    found = [name for name in names(clause) if not name[0].isdigit()]
    if not found:
        return None
    joined = _BETWEEN.match(clause)
    return words(clause[joined.end() if joined else 0 : clause.index(found[0])])
