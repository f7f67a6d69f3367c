"""The short answers in sentences: which words answer by themselves, and how likely they are to be right."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.answer_spans import AnswerSpan
from rag.answering.answer_type import fits, is_of_another, whole_numbers
from rag.answering.short_answer_weights import short_answer_weights
from rag.models.reranker import ReaderAnswer
from rag.query.query import Query
from rag.query.question_type import QuestionType, question_type
from rag.text.ranges import tidied
from rag.text.words import words

# The longest share of a sentence that is shorter than the sentence.
_SHORT = 0.9
# How far a score or a margin counts, in log odds.
_FAR = 12.0
_KINDS = ("number", "date", "person", "place", "organisation", "name", "other")
# What stands between the parts of a list.
_JOINS = re.compile(r"[,;、，]| (?:và|cùng|với|and|et|und|y|e) ")


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """A part of a sentence, `sentence[start:end]`, that answers by itself.

    `signals` say how sure the trained reader is of it; there are none where only rules found it.
    """

    start: int
    end: int
    signals: tuple[float, ...] = ()

    @property
    def probability(self) -> float:
        """The probability (0 to 1) that it is right where its sentence answers, see `ShortAnswerWeights`.

        It is 0 where only rules found it: of those at most .85 were right, however sure the rules were.
        """
        if not self.signals:
            return 0.0
        total = sum(weight * value for weight, value in zip(short_answer_weights().signals, self.signals, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def short_answers(
    query: Query,
    sentences: Sequence[str],
    ruled: Sequence[AnswerSpan | None],
    read: Sequence[ReaderAnswer | None] | None,
) -> list[ShortAnswer | None]:
    """The short answer in each sentence, None where there is none.

    `ruled` are the spans of the kind asked for that rules found, `read` the best spans of a reader, None where it did
    not read or may not answer; `read` itself is None when there is no reader. A question for yes or no, or for several
    things, has none; of a list a single thing is none.
    """
    wanted = question_type(query.text)
    if wanted.polar or wanted.several:
        return [None] * len(sentences)
    if read is None:
        found = [_by_rules(wanted, place, ruled) for place in range(len(sentences))]
    else:
        found = [_by_reader(wanted, place, sentences, ruled, read) for place in range(len(sentences))]
    return [_checked(query, wanted, text, each) for text, each in zip(sentences, found, strict=True)]


def _by_rules(wanted: QuestionType, place: int, ruled: Sequence[AnswerSpan | None]) -> ShortAnswer | None:
    span = ruled[place]
    return ShortAnswer(span.start, span.end) if span and span.confident and not wanted.listed else None


def _by_reader(
    wanted: QuestionType,
    place: int,
    sentences: Sequence[str],
    ruled: Sequence[AnswerSpan | None],
    read: Sequence[ReaderAnswer | None],
) -> ShortAnswer | None:
    best, rule = read[place], ruled[place]
    if best is None:
        return None
    # What is counted rules tell apart better: all who died or are missing, not one number of several.
    counted = rule is not None and rule.confident and wanted.kind == "number" and not wanted.listed
    start, end = (rule.start, rule.end) if rule and counted else (best.start, best.end)
    said = set(words(sentences[place][start:end]))
    agreeing, against = 0, -_FAR
    for at, other in enumerate(read):
        if other is None or at == place:
            continue
        others = set(words(sentences[at][other.start : other.end]))
        if said and others and (said <= others or others <= said):
            agreeing += other.score > 0
        else:
            against = max(against, other.score)
    same = rule is not None and rule.start < best.end and best.start < rule.end
    signals = (
        1.0,
        max(-_FAR, min(_FAR, best.score)),
        max(-_FAR, min(_FAR, best.score - against)),
        float(min(agreeing, 3)),
        float(same),
        float(rule is not None and rule.confident and not same),
        float(counted),
        math.log(max(1, len(said))),
        *_kind_of(wanted),
    )
    return ShortAnswer(start, end, signals)


def _kind_of(wanted: QuestionType) -> tuple[float, ...]:
    return tuple(float(wanted.kind == kind) for kind in _KINDS)


def _checked(query: Query, wanted: QuestionType, text: str, found: ShortAnswer | None) -> ShortAnswer | None:
    """The answer with whole numbers and without loose ends, None if it cannot be one."""
    if found is None:
        return None
    start, end = whole_numbers(text, *tidied(text, found.start, found.end))
    if start >= end or end - start >= _SHORT * len(text):
        return None
    if wanted.listed and not _JOINS.search(text[start:end]):
        return None
    if not fits(query.text, wanted, text, start, end) or is_of_another(query.text, wanted, text, start):
        return None
    return ShortAnswer(start, end, found.signals)
