"""Names in a question: runs of capitalised words and numbers."""

from __future__ import annotations

import re

from rag.text.ranges import TextRange

_NAME_WORD = re.compile(r"\w+(?:[.,/%]\w+)*%?")
_NAME_JOINS = re.compile(r" | ?[-–—] ?")


def names(question: str) -> list[str]:
    """Runs of capitalised words and numbers, in order; a capitalised word that only opens the question is none."""
    return [question[start:end] for start, end in name_ranges(question)]


def name_ranges(question: str) -> list[TextRange]:
    """Where the names and numbers of a question stand, in order. See `names`."""
    runs: list[TextRange] = []
    for match in _NAME_WORD.finditer(question):
        if not (match[0][0].isupper() or match[0][0].isdigit()):
            continue
        if runs and _NAME_JOINS.fullmatch(question, runs[-1][1], match.start()):
            runs[-1] = (runs[-1][0], match.end())
        else:
            runs.append(match.span())
    # The first word is capitalised for standing first; it belongs to a name only if it is an acronym or a number.
    if runs and runs[0][0] == 0 and not (question[:2].isupper() or question[0].isdigit()):
        join = _NAME_JOINS.search(question, 0, runs[0][1])
        runs[:1] = [(join.end(), runs[0][1])] if join else []
    return [(start, end) for start, end in runs if end - start > 1]
