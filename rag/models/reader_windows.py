"""What a reader reads: a question and a title before a stretch of a text, as pieces, with their offsets in the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.models.tokenizer import UnigramTokenizer
from rag.text.ranges import TextRange

# The longest question and title, in pieces; of a longer question the middle is cut out, of a title the end.
QUESTION_PIECES, TITLE_PIECES = 64, 24
# The longest window in pieces, and how many of those of the text two neighbours share. Longer windows than these were
# not trained on.
WINDOW_PIECES, SHARED_PIECES = 256, 64


@dataclass(frozen=True, slots=True)
class Window:
    """`<s> question </s> title </s> text </s>` as numbers of pieces.

    The text is at `pieces[first:-1]`; these are the pieces of the whole text from number `start` on.
    """

    pieces: list[int]
    first: int
    start: int


@dataclass(frozen=True, slots=True)
class Text:
    """The pieces of a text, and where each stands in it."""

    numbers: list[int]
    spans: list[TextRange]


def text_of(pieces: UnigramTokenizer, text: str) -> Text:
    """The pieces of a text."""
    return Text(*pieces.located(text))


def head_of(pieces: UnigramTokenizer, question: str, title: str) -> list[int]:
    """What stands before the text in each window."""
    asked = pieces.encode(question)
    if len(asked) > QUESTION_PIECES:  # what is asked mostly stands at the end, and what about at the beginning
        asked = [*asked[: QUESTION_PIECES // 2], *asked[-QUESTION_PIECES // 2 :]]
    return [pieces.first, *asked, pieces.last, *pieces.encode(title, TITLE_PIECES), pieces.last]


def window_of(pieces: UnigramTokenizer, head: Sequence[int], text: Text, start: int, end: int) -> Window:
    """The window of the pieces of the text from `start` to `end`."""
    return Window([*head, *text.numbers[start:end], pieces.last], len(head), start)


def windows(pieces: UnigramTokenizer, head: Sequence[int], text: Text) -> list[Window]:
    """Windows that hold every piece of the text, in order, neighbours overlapping; one when the text is short."""
    room = WINDOW_PIECES - len(head) - 1
    count = len(text.numbers)
    starts = list(range(0, max(1, count - SHARED_PIECES), room - SHARED_PIECES))
    return [window_of(pieces, head, text, start, min(count, start + room)) for start in starts]
