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
    starts = [0, *(match.start() for match in _BETWEEN.finditer(claim)), len(claim)]
    first, last = 0, ""
    # Of the clause that is being read: the words before its first name, and whether it has a number.
    opening, counted = None, False
    found = []
    for start, end in pairwise(starts):
        part = claim[start:end]
        own = _before_name(part)
        own_counted = counts and bool(quantities(part))
        if None not in (opening, own) and own in ([], opening) and (not counts or (counted and own_counted)):
            found.append(claim[first:start])
            first, opening, counted = start, own, own_counted
        else:
            if opening is None and own is not None:
                opening = _before_name(claim[first:end])
            # A number may stand on both sides of a comma.
            counted = counted or own_counted or (counts and bool(quantities(last + part)))
        last = part
    return [*found, claim[first:]]


def _before_name(clause: str) -> list[str] | None:
    """The words of a clause before its first name, less what joins it to the clause before; None without a name."""
    found = [name for name in names(clause) if not name[0].isdigit()]
    if not found:
        return None
    joined = _BETWEEN.match(clause)
    return words(clause[joined.end() if joined else 0 : clause.index(found[0])])
