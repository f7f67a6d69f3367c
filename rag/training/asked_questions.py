"""The questions of data sets put as people ask: for yes or no, and as they are typed."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from rag.training.entailment_dataset import exchangeable
from rag.training.polar_questions import polar_question, statement
from rag.training.qa_dataset import QaRecord
from rag.training.typed_questions import Slips, typed_question

# The shares of Vietnamese questions that are asked for yes or no, where a statement can be made of them, and that are
# typed as in a chat.
POLAR_SHARE, TYPED_SHARE = 0.35, 0.3


def as_asked(records: Sequence[QaRecord], slips: Slips, rng: random.Random) -> list[QaRecord]:
    """The records, in order, shares of the Vietnamese questions asked for yes or no, and as they are typed.

    The answer stays the span that tells: of "Cầu dài 3 km phải không?" the length that the text gives, whether it is
    so or not.
    """
    answers: defaultdict[str, list[str]] = defaultdict(list)
    for each in records:
        answers[each.text] += [each.text[start:end] for start, end in each.answers[:1]]
    return [_asked(each, answers[each.text], slips, rng) if each.language == "vi" else each for each in records]


def _asked(record: QaRecord, answers: Sequence[str], slips: Slips, rng: random.Random) -> QaRecord:
    question = record.question
    if record.answers and rng.random() < POLAR_SHARE:
        question = _polar(record, answers, rng) or question
    if rng.random() < TYPED_SHARE:
        question = typed_question(question, slips, rng)
    return replace(record, question=question)


def _polar(record: QaRecord, answers: Sequence[str], rng: random.Random) -> str | None:
    """Whether its answer, or another of the same text, is so; None where no statement can be made of it."""
    own = min((record.text[start:end] for start, end in record.answers), key=len)
    others = [other for other in answers if exchangeable(own, other)]
    said = statement(record.question, rng.choice(others) if others and rng.random() < 0.5 else own)
    return polar_question(said, record.language, rng) if said else None
