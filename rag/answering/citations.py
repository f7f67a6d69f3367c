"""Markers in an answer -> quotes, and the check of each sentence against what it cites."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.answer_check import AnswerCheck, Support
from rag.answering.quote import Quote
from rag.config import Unsupported
from rag.errors import GenerationError
from rag.query.question_type import question_type
from rag.text.sentences import sentences
from rag.text.words import content_words, words

_MARKER = re.compile(r"\s*\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_OPENING = re.compile(rf"(?:{_MARKER.pattern})+")
_LAST = re.compile(rf"{_MARKER.pattern}\s*$")
_GLUED = re.compile(r"(?<=\S)(?=\[\d)")  # between a full stop and a marker, where no sentence would end
_BRACKETED = re.compile(r"\[(\d+)\]")  # a number too long for a marker
# Questions that offer the answers.
_OFFERS = re.compile(r"\b(?:hay|hoặc|or|ou)\b", re.IGNORECASE)
_UNPROVEN = {"vi": "(chưa kiểm chứng được)", "en": "(not borne out)"}


@dataclass(frozen=True, slots=True)
class Citation:
    """The quote behind a marker `[n]` of an answer, and how far it bears out the sentences that cite it."""

    marker: int
    quote: Quote
    support: Support


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer text with markers numbered in order of use, and their citations.

    `dangling` counts the markers that cited nothing, `unsupported` the sentences that no quote bears out.
    """

    text: str
    citations: tuple[Citation, ...]
    dangling: int
    unsupported: int


def cite(
    text: str,
    quotes: Sequence[Quote],
    check: AnswerCheck,
    *,
    question: str = "",
    language: str = "vi",
    unsupported: Unsupported = "drop",
    ends: float = math.inf,
) -> Cited:
    """Resolve the markers of a text (`[n]` is `quotes[n - 1]`), and drop or mark the sentences that are not borne out.

    Each sentence is checked against the quotes that it cites, one without a marker against all. A sentence that only
    repeats the question, which is in `language`, is not borne out. Markers that cite nothing are removed, as are those
    whose quote a sentence does not need. Raises `GenerationError` when a sentence is not checked yet at `ends`, a time
    of `time.monotonic`.
    """
    order: dict[int, int] = {}
    support: dict[int, Support] = {}
    kept: list[str] = []
    dangling = dropped = 0
    for sentence, markers in _sentences(text):
        timeout = ends - time.monotonic()
        if timeout <= 0:
            raise GenerationError("there was no time left to check what it said")
        valid = [marker for marker in markers if 1 <= marker <= len(quotes)]
        dangling += len(markers) - len(valid)
        tried = valid or range(1, len(quotes) + 1)
        verdict = check.check(sentence, [quotes[marker - 1] for marker in tried], timeout=timeout)
        if verdict.support == "unsupported" or _repeats(sentence, question, language):
            dropped += 1
            if unsupported == "mark":
                kept.append(f"{sentence} {_UNPROVEN.get(language, _UNPROVEN['en'])}")
            continue
        cited = [tried[place] for place in verdict.quotes]
        for marker in cited:
            number = order.setdefault(marker, len(order) + 1)
            support[number] = verdict.support if support.get(number, "supported") == "supported" else support[number]
        kept.append(f"{sentence} {''.join(f'[{order[marker]}]' for marker in cited)}")
    citations = [Citation(number, quotes[marker - 1], support[number]) for marker, number in order.items()]
    return Cited(" ".join(kept), tuple(citations), dangling, dropped)


def _repeats(sentence: str, question: str, language: str) -> bool:
    """Whether a sentence asks, or says nothing that the question does not where that is no way to answer it."""
    if sentence.endswith(("?", "？")):
        return True
    if question_type(question).polar or _OFFERS.search(question):
        return False
    return set(content_words(words(sentence), language)) <= set(words(question))


def _sentences(text: str) -> list[tuple[str, list[int]]]:
    """Sentences without their markers, each with the numbers of the markers in it or right behind it.

    Markers that open a sentence are of the one before, if that has none, in a text that ends with one: "A. [1] B. [2]".
    """
    found: list[tuple[str, list[int]]] = []
    # Without runs of blanks or line ends: a pattern that may begin with any of them takes the square of their number.
    lines = (" ".join(line.split()) for line in text.splitlines())
    text = _GLUED.sub(" ", "\n".join(line for line in lines if line))
    behind = _LAST.search(text) is not None
    for start, end in sentences(text):
        sentence = text[start:end]
        if behind and found and not found[-1][1] and (opening := _OPENING.match(sentence)):
            found[-1][1].extend(_numbers(opening[0]))
            sentence = sentence[opening.end() :]
        markers = _numbers(sentence)
        bare = _BRACKETED.sub(r"(\1)", " ".join(_MARKER.sub("", sentence).split()))
        if any(map(str.isalnum, bare)):
            found.append((bare, markers))
        elif found:
            found[-1][1].extend(markers)
    return [(sentence, list(dict.fromkeys(markers))) for sentence, markers in found]


def _numbers(markers: str) -> list[int]:
    """The numbers in the markers of a text, in order."""
    return [int(number) for match in _MARKER.finditer(markers) for number in re.findall(r"\d+", match[1])]
