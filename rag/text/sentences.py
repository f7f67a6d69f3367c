"""Sentences of a text, by ICU's boundaries less those after abbreviations and initials."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rag.text.ranges import TextRange

_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“.])(?:TS|ThS|GS|PGS|BS|CN|KS|LS|NSND|NSƯT|TP|Tp|TX|TT|Q|P|Dr|Mr|Mrs|Ms|Prof|St|No|Nr|vs|tr|([^\W\d_]))\.\s*$"
)
_MARKS = tuple(".!?…:;,。！？：；，、")


def sentences(text: str, start: int = 0, end: int | None = None) -> list[TextRange]:
    """Spans of the sentences of `text[start:end]`, in order, without the blank around them.

    Offsets are in `text`. Boundaries are ICU's, less those after a known abbreviation or an initial (TS. Nguyễn, TP. Hồ
    Chí Minh); a line end always ends a sentence. Every character that is not blank lies in exactly one span.
    """
    from icu4py.breakers import SentenceBreaker

    # ICU counts its offsets in UTF-16 units, so positions are summed from the pieces themselves.
    return list(_joined(text, SentenceBreaker(text[start:end], "vi"), start))


def ends_sentence(line: str) -> bool:
    """Whether a line ends with a mark, as those of paragraphs do and titles and names do not."""
    return line.rstrip('"”»’) ').endswith(_MARKS)


def _joined(text: str, pieces: Iterable[str], position: int) -> Iterator[TextRange]:
    begin = position
    for piece in pieces:
        position += len(piece)
        if not piece.endswith("\n") and _ends_abbreviated(piece):
            continue
        yield from _trimmed(text, begin, position)
        begin = position
    yield from _trimmed(text, begin, position)


def _ends_abbreviated(piece: str) -> bool:
    match = _ABBREVIATION.search(piece)
    # One letter is an initial when it is a capital; "ạ" and "ý" are words.
    return match is not None and (match[1] is None or match[1].isupper())


def _trimmed(text: str, start: int, end: int) -> Iterator[TextRange]:
    said = text[start:end]
    start += len(said) - len(said.lstrip())
    end -= len(said) - len(said.rstrip())
    if start < end:
        yield start, end
