"""Markers in an answer -> quotes, and the check of each sentence against what it cites."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.answering.evidence import Quote
from rag.answering.verification import Support, check, check_together
from rag.config import Unsupported
from rag.errors import GenerationError
from rag.models.embedder import PINNED_MODEL, Embedder
from rag.text.language import language_of
from rag.text.sentences import sentences
from rag.text.words import content_words, words

_MARKER = re.compile(r"\s*\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_OPENING = re.compile(rf"(?:{_MARKER.pattern})+")
_LAST = re.compile(rf"{_MARKER.pattern}\s*$")
_GLUED = re.compile(r"(?<=\S)(?=\[\d)")  # between a full stop and a marker, where no sentence would end
_BRACKETED = re.compile(r"\[(\d+)\]")  # a number too long for a marker
# Questions that a word of the question itself cannot answer, and those that offer the answers.
_ASKS = re.compile(
    r"\b(?:bao (?:nhiêu|lâu|giờ|xa)|mấy|gì|nào|ai|đâu|sao|how|what|which|who|whose|when|where|why"
    r"|combien|quel(?:le)?s?|qui|quand|où|pourquoi)\b",
    re.IGNORECASE,
)
_OFFERS = re.compile(r"\b(?:hay|hoặc|or|ou)\b", re.IGNORECASE)
_UNPROVEN = {"vi": "(chưa kiểm chứng được)", "en": "(not borne out)"}


@dataclass(frozen=True, slots=True)
class Citation:
    """The quote behind a marker `[n]` of an answer, and whether it says what the sentences that cite it say."""

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


Cosines = Callable[[str, Sequence[str]], Sequence[float]]
"""A sentence and texts -> its cosine with each of them."""


def cosines_of(embedder: Embedder) -> Cosines | None:
    """The cosines by an embedding model; None for one that the check of sentences was not measured with."""
    if embedder.name != PINNED_MODEL:
        return None

    def cosines(sentence: str, others: Sequence[str]) -> list[float]:
        rows = embedder.embed_passages([sentence, *others])
        return [float(cosine) for cosine in rows[1:] @ rows[0]]

    return cosines


def cite(
    text: str,
    quotes: Sequence[Quote],
    *,
    question: str = "",
    cosines: Cosines | None = None,
    unsupported: Unsupported = "drop",
    ends: float = math.inf,
) -> Cited:
    """Resolve the markers of a text (`[n]` is `quotes[n - 1]`), and drop or mark the sentences that are not borne out.

    A sentence is borne out when all of its figures and names, and most of its words, stand in one quote that it cites;
    when only several together hold its words, but one the names and numbers of each clause, it is so in part. One
    without a marker is tried against each quote. One that only says the question again is not. Markers that cite
    nothing are removed, as are those whose quote a sentence does not need. Raises `GenerationError` when a sentence is
    not checked yet at `ends`, a time of `time.monotonic`.
    """
    order: dict[int, int] = {}
    support: dict[int, Support] = {}
    kept: list[str] = []
    dangling = dropped = 0
    for sentence, markers in _sentences(text):
        if time.monotonic() >= ends:
            raise GenerationError("there was no time left to check what it said")
        valid = [marker for marker in markers if 1 <= marker <= len(quotes)]
        dangling += len(markers) - len(valid)
        cited, verdict = _best(sentence, valid or range(1, len(quotes) + 1), quotes, cosines)
        if verdict == "unsupported" or _echoes(sentence, question):
            dropped += 1
            if unsupported == "mark":
                kept.append(f"{sentence} {_UNPROVEN.get(language_of(sentence), _UNPROVEN['en'])}")
            continue
        for marker in cited:
            number = order.setdefault(marker, len(order) + 1)
            support[number] = verdict if support.get(number, "supported") == "supported" else support[number]
        kept.append(f"{sentence} {''.join(f'[{order[marker]}]' for marker in cited)}")
    citations = [Citation(number, quotes[marker - 1], support[number]) for marker, number in order.items()]
    return Cited(" ".join(kept), tuple(citations), dangling, dropped)


def _echoes(sentence: str, question: str) -> bool:
    """Whether a sentence asks, or says nothing that the question does not where that is no way to answer it."""
    if sentence.endswith(("?", "？")):
        return True
    if not _ASKS.search(question) or _OFFERS.search(question):
        return False
    return set(content_words(words(sentence), language_of(sentence))) <= set(words(question))


def _sentences(text: str) -> list[tuple[str, list[int]]]:
    """Sentences without their markers, each with the numbers of the markers in it or right behind it.

    Markers that open a sentence are of the one before, if that has none, in a text that ends with one: "A. [1] B. [2]".
    """
    found: list[tuple[str, list[int]]] = []
    # Without runs of blanks: a pattern that may begin with any of them takes the square of their number.
    text = _GLUED.sub(" ", "\n".join(" ".join(line.split()) for line in text.splitlines()))
    behind = _LAST.search(text) is not None
    for start, end in sentences(text):
        said = text[start:end]
        if behind and found and not found[-1][1] and (opening := _OPENING.match(said)):
            found[-1][1].extend(_numbers(opening[0]))
            said = said[opening.end() :]
        markers = _numbers(said)
        bare = _BRACKETED.sub(r"(\1)", " ".join(_MARKER.sub("", said).split()))
        if any(map(str.isalnum, bare)):
            found.append((bare, markers))
        elif found:
            found[-1][1].extend(markers)
    return [(sentence, list(dict.fromkeys(markers))) for sentence, markers in found]


def _numbers(said: str) -> list[int]:
    return [int(number) for match in _MARKER.finditer(said) for number in re.findall(r"\d+", match[1])]


def _best(
    sentence: str, markers: Sequence[int], quotes: Sequence[Quote], cosines: Cosines | None
) -> tuple[list[int], Support]:
    """The marker whose quote alone bears the sentence out; else all of them, which together do so at most in part."""
    language = language_of(sentence)
    cited = {marker: quotes[marker - 1] for marker in markers}
    near = cosines(sentence, [quote.text for quote in cited.values()]) if cosines else [None] * len(cited)
    verdicts: dict[int, Support] = {}
    for (marker, quote), cosine in zip(cited.items(), near, strict=True):
        translated = language not in ("und", quote.language)
        verdicts[marker] = check(sentence, quote.text, title=quote.title, translated=translated, cosine=cosine)
    for wanted in ("supported", "partly"):
        for marker, verdict in verdicts.items():
            if verdict == wanted:
                return [marker], verdict
    together = check_together(sentence, [(quote.text, quote.title) for quote in cited.values()])
    return ([] if together == "unsupported" else list(markers)), together
