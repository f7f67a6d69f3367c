"""The short answers in sentences: which words answer by themselves, and how likely they are to be right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.short_answer_checks import is_of_another_person, is_of_unit
from rag.answering.short_answer_weights import short_answer_weights
from rag.models.reranker import ReaderAnswer
from rag.query.question_type import QuestionType
from rag.text.quantities import quantities, whole_unit
from rag.text.ranges import tidied, whole_numbers
from rag.text.words import words

# The longest share of a sentence that is shorter than the sentence.
_SHORT = 0.9
# How far a score or a margin counts, in log odds.
_FAR = 12.0


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """A part of a sentence, `sentence[start:end]`, that answers by itself.

    `signals` say how sure the reader is of it: a one for the constant, the score of the span, by how much it is ahead
    of the best that says something else, in how many other sentences the reader says the same, at most three, and the
    logarithm of its length in words.
    """

    start: int
    end: int
    signals: tuple[float, ...]

    @property
    def probability(self) -> float:
        """The probability (0 to 1) that it is right where its sentence answers, see `ShortAnswerWeights`."""
        total = sum(weight * value for weight, value in zip(short_answer_weights().signals, self.signals, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def short_answers(
    question: str, asked_for: QuestionType, sentences: Sequence[str], read: Sequence[ReaderAnswer | None]
) -> list[ShortAnswer | None]:
    """The short answer in each sentence, None where there is none.

    `read` are the best spans of the reader, None where it did not read or may not answer. A question for yes or no, or
    for several things, has none.
    """
    if asked_for.polar or asked_for.several:
        return [None] * len(sentences)
    said = [
        set(words(text[best.start : best.end])) if best else set() for text, best in zip(sentences, read, strict=True)
    ]
    found = [_signals_of(place, said, read) for place in range(len(sentences))]
    return [_checked(question, asked_for, text, each) for text, each in zip(sentences, found, strict=True)]


def _signals_of(place: int, said: Sequence[set[str]], read: Sequence[ReaderAnswer | None]) -> ShortAnswer | None:
    best, own = read[place], said[place]
    if best is None:
        return None
    agreeing, against = 0, -_FAR
    for at, other in enumerate(read):
        if other is None or at == place:
            continue
        others = said[at]
        if own and others and (own <= others or others <= own):
            agreeing += other.score > 0
        else:
            against = max(against, other.score)
    signals = (
        1.0,
        max(-_FAR, min(_FAR, best.score)),
        max(-_FAR, min(_FAR, best.score - against)),
        float(min(agreeing, 3)),
        math.log(max(1, len(own))),
    )
    return ShortAnswer(best.start, best.end, signals)


def _checked(question: str, asked_for: QuestionType, text: str, found: ShortAnswer | None) -> ShortAnswer | None:
    """The answer with whole numbers and without loose ends, None if it cannot be one."""
    if found is None:
        return None
    start, end = whole_numbers(text, *tidied(text, found.start, found.end))
    end = whole_unit(text, end)
    if start >= end or end - start >= _SHORT * len(text):
        return None
    answer = text[start:end]
    if asked_for.kind == "number" and not (any(map(str.isnumeric, answer)) or quantities(answer).numbers):
        return None
    if asked_for.kind == "number" and not is_of_unit(question, text, start, end):
        return None
    if asked_for.kind == "name" and is_of_another_person(question, text, start):
        return None
    return ShortAnswer(start, end, found.signals)
