"""Names that were typed in small letters, as the collection writes them: "hang sơn đoòng" -> "hang Sơn Đoòng"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from rag.text.names import names
from rag.text.sentences import sentences

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
# Names are looked for in runs of at most so many words, and of what is written in capitals so many are read.
_LONGEST, _LONGEST_NAME = 6, 40


def truecased(question: str, texts: Iterable[str]) -> str:
    """The question with its names as the texts write them, unless it has capitals of its own beyond its first letter.

    Two words or more are a name where they stand so within a sentence; one is where it never stands in small letters.
    After Lita et al., tRuEcasIng, 2003, with the passages nearest to the question in place of a model of a language.
    """
    if any(map(str.isupper, question[1:])):
        return question
    known, small = set[tuple[str, ...]](), Counter[str]()
    for text in texts:
        small.update(word for word in _WORD.findall(text) if word[0].islower())
        for start, end in sentences(text):
            for name in names(text[start:end]):
                known |= _runs([word for word in _WORD.findall(name) if word[0].isupper()][:_LONGEST_NAME])
    words = list(_WORD.finditer(question))
    spoken = [word[0].casefold() for word in words]
    letters, at = list(question), 0
    while at < len(words):
        runs = range(min(_LONGEST, len(words) - at), 0, -1)
        length = next((n for n in runs if _is_name(tuple(spoken[at : at + n]), known, small)), 0)
        for word in words[at : at + length]:
            letters[word.start()] = letters[word.start()].upper()
        at += length or 1
    return "".join(letters)


def _runs(name: list[str]) -> set[tuple[str, ...]]:
    """A name, and all runs of two words or more within it: of "Vịnh Hạ Long" people say the last two."""
    folded = tuple(word.casefold() for word in name)
    return {folded} | {
        folded[start:end]
        for start in range(len(folded))
        for end in range(start + 2, min(len(folded), start + _LONGEST) + 1)
    }


def _is_name(run: tuple[str, ...], known: set[tuple[str, ...]], small: Counter[str]) -> bool:
    return run in known and (len(run) > 1 or (len(run[0]) > 1 and not small[run[0]]))
