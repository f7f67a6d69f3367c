"""What a reader reads: a question and a title before a stretch of a text, as tokens, with their offsets in the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.models.tokenizer import UnigramTokenizer
from rag.text.ranges import TextRange

# The longest question and title, in tokens; of a longer question the middle is cut out, of a title the end.
QUESTION_TOKENS, TITLE_TOKENS = 64, 24
# The longest window in tokens, and how many of those of the text two neighbours share. Longer windows than these were
# not trained on.
WINDOW_TOKENS, SHARED_TOKENS = 256, 64


@dataclass(frozen=True, slots=True)
class Window:
    """`<s> question </s> title </s> text </s>` as numbers of tokens.

    The text is at `tokens[first:-1]`; these are the tokens of the whole text from number `start` on.
    """

    tokens: list[int]
    first: int
    start: int


@dataclass(frozen=True, slots=True)
class Text:
    """The tokens of a text, and where each stands in it."""

    numbers: list[int]
    ranges: list[TextRange]


def text_of(tokenizer: UnigramTokenizer, text: str) -> Text:
    """The tokens of a text."""
    return Text(*tokenizer.encode_with_ranges(text))


def head_of(tokenizer: UnigramTokenizer, question: str, title: str) -> list[int]:
    """What stands before the text in each window."""
    question_tokens = tokenizer.encode(question)
    if len(question_tokens) > QUESTION_TOKENS:  # what is asked mostly stands at the end, and its subject at the start
        question_tokens = [*question_tokens[: QUESTION_TOKENS // 2], *question_tokens[-QUESTION_TOKENS // 2 :]]
    return [tokenizer.bos, *question_tokens, tokenizer.eos, *tokenizer.encode(title, TITLE_TOKENS), tokenizer.eos]


def window_of(tokenizer: UnigramTokenizer, head: Sequence[int], text: Text, start: int, end: int) -> Window:
    """The window of the tokens of the text from `start` to `end`."""
    return Window([*head, *text.numbers[start:end], tokenizer.eos], len(head), start)


def windows(tokenizer: UnigramTokenizer, head: Sequence[int], text: Text) -> list[Window]:
    """Windows that hold every token of the text, in order, neighbours overlapping; one when the text is short."""
    room = WINDOW_TOKENS - len(head) - 1
    count = len(text.numbers)
    starts = list(range(0, max(1, count - SHARED_TOKENS), room - SHARED_TOKENS))
    return [window_of(tokenizer, head, text, start, min(count, start + room)) for start in starts]
