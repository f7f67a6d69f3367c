"""Training examples of the reader: windows of a context, and where in them the answer begins and ends."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from rag.models.reader_windows import Text, Window, head_of, text_of, window_of
from rag.models.tokenizer import UnigramTokenizer
from rag.training.qa_dataset import QaRecord

# How many tokens of a context a window shows: few at first, which train faster, then up to the length that is served.
SHORT, LONG = (48, 80, 112), (96, 144, 192)
# The share of the examples that are short.
SHORT_SHARE = 0.6
# Batches are of about equally long windows: so many are sorted by length at a time.
POOL_BATCHES = 32


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """A window, and the places in its tokens of the answer's first and last; both 0, that of `<s>`, for no answer."""

    window: Window
    start: int
    end: int


class TrainingExamples:
    """A sequence of examples made as they are needed, the same for the same records, count and seed."""

    def __init__(self, tokenizer: UnigramTokenizer, records: Sequence[QaRecord], count: int, seed: int) -> None:
        """`count` examples are made in all; the records are gone through again and again until then."""
        self._tokenizer, self._records, self._count, self._seed = tokenizer, records, count, seed
        self._text = cache(lambda text: text_of(tokenizer, text))

    def vocabulary(self) -> set[int]:
        """The ids of all tokens that occur in the examples."""
        found = {self._tokenizer.bos, self._tokenizer.eos}
        for each in self._records:
            found.update(head_of(self._tokenizer, each.question, each.title), self._text(each.text).numbers)
        return found

    def batches(self, size: int, begin: int = 0) -> Iterator[list[TrainingExample]]:
        """Batches of `size` from the example number `begin` on, which is a multiple of `POOL_BATCHES * size`."""
        pool = size * POOL_BATCHES
        for at in range(begin, self._count, pool):
            rng = random.Random(f"{self._seed} {at}")
            examples = sorted((self._example(i) for i in range(at, min(at + pool, self._count))), key=_length)
            batches = [examples[i : i + size] for i in range(0, len(examples), size)]
            yield from rng.sample(batches, len(batches))

    def _example(self, number: int) -> TrainingExample:
        rng = random.Random(f"{self._seed} {number} window")
        record = self._records[number % len(self._records)]
        text = self._text(record.text)
        length = rng.choice(SHORT if number < SHORT_SHARE * self._count else LONG)
        head = head_of(self._tokenizer, record.question, record.title)
        if not record.answers:
            start = rng.randint(0, max(0, len(text.numbers) - length))
            return TrainingExample(window_of(self._tokenizer, head, text, start, start + length), 0, 0)
        first, last = _token_span(text, *rng.choice(record.answers))
        last = min(last, first + length - 1)
        start = rng.randint(max(0, last + 1 - length), max(0, min(first, len(text.numbers) - length)))
        window = window_of(self._tokenizer, head, text, start, start + length)
        return TrainingExample(window, window.first + first - start, window.first + last - start)


def _token_span(text: Text, start: int, end: int) -> tuple[int, int]:
    """The places of the first and the last token of the characters from `start` to `end`."""
    inside = [i for i, (at, to) in enumerate(text.ranges) if at < end and to > start]
    return inside[0], inside[-1]


def _length(example: TrainingExample) -> int:
    return len(example.window.tokens)
