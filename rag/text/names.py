"""Names in a question: runs of capitalised words and numbers."""

from __future__ import annotations

import re

_NAME_WORD = re.compile(r"\w+(?:[.,/%]\w+)*%?")
_NAME_JOINS = re.compile(r" | ?[-–—] ?")


def names(question: str) -> list[str]:
    """Runs of capitalised words and numbers, in order; a capitalised word that only opens the question is none."""
    runs: list[list[int]] = []
    for match in _NAME_WORD.finditer(question):
        if not (match[0][0].isupper() or match[0][0].isdigit()):
            continue
        if runs and _NAME_JOINS.fullmatch(question, runs[-1][1], match.start()):
            runs[-1][1] = match.end()
        else:
            runs.append([match.start(), match.end()])
    found = [question[start:end] for start, end in runs]
    # The first word is capitalised for standing first; it belongs to a name only if it is an acronym or a number.
    if found and question.startswith(found[0]) and not (found[0][:2].isupper() or found[0][0].isdigit()):
        opening = _NAME_JOINS.split(found[0], maxsplit=1)
        found[:1] = opening[1:]
    return [name for name in found if len(name) > 1]
