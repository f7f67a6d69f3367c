"""Markers in an answer -> quotes, and the check of each sentence against what it cites."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.evidence import Quote
from rag.support import Support, check
from rag.text import language_of, sentences

_MARKER = re.compile(r"\s*\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_BRACKETED = re.compile(r"\[(\d+)\]")  # a number too long for a marker
_UNPROVEN = {"vi": "(chưa kiểm chứng được)", "en": "(not borne out)"}


@dataclass(frozen=True, slots=True)
class Citation:
    """The quote behind a marker `[n]` of an answer, and whether it says what the sentences that cite it say."""

    marker: int
    quote: Quote
    support: Support


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer text with markers numbered in order of use, their citations, and how many markers cited nothing."""

    text: str
    citations: tuple[Citation, ...]
    dangling: int
    unsupported: int


def cite(text: str, quotes: Sequence[Quote]) -> Cited:
    """Resolve the markers of a text (`[n]` is `quotes[n - 1]`), and leave out the sentences that are not borne out.

    A sentence is borne out when all of its numbers and names, and most of its words, stand in one quote that it cites;
    when they stand only in several together, it is so in part. One without a marker is tried against each quote.
    Markers that cite nothing are removed, as are those whose quote a sentence does not need.
    """
    order: dict[int, int] = {}
    support: dict[int, Support] = {}
    kept: list[str] = []
    dangling = unsupported = 0
    for sentence, markers in _sentences(text):
        valid = [marker for marker in markers if 1 <= marker <= len(quotes)]
        dangling += len(markers) - len(valid)
        cited, verdict = _best(sentence, valid or range(1, len(quotes) + 1), quotes)
        if verdict == "unsupported":
            unsupported += 1
            continue
        for marker in cited:
            number = order.setdefault(marker, len(order) + 1)
            support[number] = verdict if support.get(number, "supported") == "supported" else support[number]
        kept.append(f"{sentence} {''.join(f'[{order[marker]}]' for marker in cited)}")
    citations = [Citation(number, quotes[marker - 1], support[number]) for marker, number in order.items()]
    return Cited(" ".join(kept), tuple(citations), dangling, unsupported)


def _sentences(text: str) -> list[tuple[str, list[int]]]:
    """Sentences without their markers, each with the numbers of the markers in it or right behind it."""
    found: list[tuple[str, list[int]]] = []
    for start, end in sentences(text):
        said = text[start:end]
        markers = [int(number) for match in _MARKER.finditer(said) for number in re.findall(r"\d+", match[1])]
        bare = _BRACKETED.sub(r"(\1)", " ".join(_MARKER.sub("", said).split()))
        if any(map(str.isalnum, bare)):
            found.append((bare, markers))
        elif found:
            found[-1][1].extend(markers)
    return [(sentence, list(dict.fromkeys(markers))) for sentence, markers in found]


def _best(sentence: str, markers: Sequence[int], quotes: Sequence[Quote]) -> tuple[list[int], Support]:
    """The marker whose quote alone bears the sentence out; else all of them, which together do so at most in part."""
    language = language_of(sentence)
    cited = {marker: quotes[marker - 1] for marker in markers}
    verdicts = {
        marker: check(sentence, quote.text, title=quote.title, translated=language not in ("und", quote.language))
        for marker, quote in cited.items()
    }
    for wanted in ("supported", "partly"):
        for marker, verdict in verdicts.items():
            if verdict == wanted:
                return [marker], verdict
    texts, titles = ("\n".join(getattr(quote, part) for quote in cited.values()) for part in ("text", "title"))
    return ([], "unsupported") if check(sentence, texts, title=titles) == "unsupported" else (list(markers), "partly")
