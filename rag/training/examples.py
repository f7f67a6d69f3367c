"""Questions -> what a reader is trained on: windows, and where in them the answer begins and ends."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from rag.models.reader_windows import Text, Window, head_of, text_of, window_of
from rag.models.tokenizer import UnigramTokenizer
from rag.text.normalize import fold
from rag.training.qa_dataset import Question, Titled, neighbours, without_answer

# The shares of questions put before a text near theirs that does not answer, and, if they have diacritics to lose,
# of those typed without.
UNANSWERED, BARE = 0.3, 0.2
# How many pieces of a text are shown: few at first, which trains faster, and up to the length that is served at last.
SHORT, LONG = (48, 80, 112), (96, 144, 192)
SHORT_UNTIL = 0.6

HardNegatives = Callable[[Question], Sequence[Titled]]


@dataclass(frozen=True, slots=True)
class Example:
    """A window, and the places in its pieces of the answer's first and last; both 0, that of `<s>`, for none."""

    window: Window
    start: int
    end: int


def mixture(sets: Iterable[Sequence[Question]], misses: HardNegatives, seed: int) -> list[Question]:
    """The questions of all sets, shuffled, some before another text that does not answer.

    Such a text is one of the `misses` of a search for the question, else one next to its own.
    """
    dice = random.Random(seed)
    mixed: list[Question] = []
    for questions in sets:
        near = neighbours(questions)
        for each in questions:
            shown = each
            if each.answers and dice.random() < UNANSWERED:
                others = without_answer(each, misses(each) or near[each.text])
                shown = dice.choice(others) if others else each
            bare = each.language == "vi" and dice.random() < BARE
            mixed.append(replace(shown, question=fold(shown.question)) if bare else shown)
    dice.shuffle(mixed)
    return mixed


class Examples:
    """Examples of questions, the same ones for the same seed and place."""

    def __init__(self, pieces: UnigramTokenizer, questions: Sequence[Question], total: int, seed: int) -> None:
        """`total` is how many will be made in all; the questions are gone through again and again until then."""
        self._pieces, self._questions, self._total, self._seed = pieces, questions, total, seed
        self._text = cache(lambda text: text_of(pieces, text))

    def vocabulary(self) -> set[int]:
        """The numbers of all pieces that occur in the examples."""
        found = {self._pieces.first, self._pieces.last}
        for each in self._questions:
            found.update(head_of(self._pieces, each.question, each.title), self._text(each.text).numbers)
        return found

    def batches(self, size: int, begin: int = 0) -> Iterator[list[Example]]:
        """Batches of about equally long windows, from the example `begin` on."""
        pool = size * 32
        for at in range(begin, self._total, pool):
            dice = random.Random(f"{self._seed} {at}")
            made = sorted((self._example(i) for i in range(at, min(at + pool, self._total))), key=_length)
            cut = [made[i : i + size] for i in range(0, len(made), size)]
            yield from dice.sample(cut, len(cut))

    def _example(self, place: int) -> Example:
        dice = random.Random(f"{self._seed} {place} window")
        question = self._questions[place % len(self._questions)]
        text = self._text(question.text)
        room = dice.choice(SHORT if place < SHORT_UNTIL * self._total else LONG)
        head = head_of(self._pieces, question.question, question.title)
        if not question.answers:
            start = dice.randint(0, max(0, len(text.numbers) - room))
            return Example(window_of(self._pieces, head, text, start, start + room), 0, 0)
        first, last = _places(text, *dice.choice(question.answers))
        last = min(last, first + room - 1)
        start = dice.randint(max(0, last + 1 - room), max(0, min(first, len(text.numbers) - room)))
        window = window_of(self._pieces, head, text, start, start + room)
        return Example(window, window.first + first - start, window.first + last - start)


def _places(text: Text, start: int, end: int) -> tuple[int, int]:
    """The first and the last piece of what stands from `start` to `end`."""
    inside = [i for i, (at, to) in enumerate(text.spans) if at < end and to > start]
    return inside[0], inside[-1]


def _length(example: Example) -> int:
    return len(example.window.pieces)
