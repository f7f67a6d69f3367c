"""Entailment data sets: a text, what is said or asked of it, and whether the text bears that out or denies it.

Three layouts are read, one JSON object a line: `premise`, `hypothesis` and `label` (natural language inference:
Bowman et al., SNLI, 2015), `passage`, `question` and `answer` yes or no (Clark et al., BoolQ, 2019), and that of
question answering (`rag.training.qa_dataset`), of whose questions and answers statements are made.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from rag.errors import GoldError
from rag.text.normalize import clean, fold
from rag.text.sentences import sentences
from rag.training.polar_questions import polar_question, statement
from rag.training.qa_dataset import Context, QaRecord, letters, lines, load_qa_dataset, neighbouring_contexts

Label = Literal["contradiction", "neutral", "entailment"]
LABELS: tuple[Label, ...] = ("contradiction", "neutral", "entailment")
_OF_ANSWER: dict[str, Label] = {"yes": "entailment", "no": "contradiction"}
# The part of all texts, told by a hash, that is kept apart to measure on.
HELD_OUT_PART = 10
# The shares of statements that are put as a question, and of Vietnamese ones that are typed without diacritics.
QUESTION_SHARE, WITHOUT_DIACRITICS_SHARE = 0.35, 0.1


@dataclass(frozen=True, slots=True)
class EntailmentRecord:
    """A premise, and a statement or a question for yes or no that it entails (yes), contradicts (no), or neither."""

    premise: str
    hypothesis: str
    label: Label
    language: str


def load_entailment_dataset(path: Path, articles: Mapping[str, Context], seed: int) -> list[EntailmentRecord]:
    """The records of a data set (`.jsonl`, `.jsonl.gz`), whatever its layout. Raises `GoldError` naming the line."""
    first = next(lines(path, lambda fields: fields), None)
    if first is None:
        raise GoldError(f"{path}: holds no examples")
    if not isinstance(first, dict):
        raise GoldError(f"{path}:1: not an object")
    if "hypothesis" in first or "passage" in first:
        return [each for each in lines(path, _record) if each.premise.strip() and each.hypothesis.strip()]
    return list(_statements(load_qa_dataset(path, articles, frozenset()), random.Random(seed)))


def is_held_out(premise: str) -> bool:
    """Whether what is said of a text is kept apart to measure on: of one in ten texts."""
    return int(hashlib.sha256(letters(premise).encode()).hexdigest(), 16) % HELD_OUT_PART == 0


def entailment_mixture(
    sets: Sequence[tuple[Path, int | None]], articles: Mapping[str, Context], seed: int
) -> list[EntailmentRecord]:
    """At most so many records of each set, drawn and shuffled, less those held out, some put as questions."""
    found: list[EntailmentRecord] = []
    for path, most in sets:
        rng = random.Random(f"{seed} {path.name}")
        records = [each for each in load_entailment_dataset(path, articles, seed) if not is_held_out(each.premise)]
        found += rng.sample(records, len(records) if most is None else min(most, len(records)))
    rng = random.Random(seed)
    rng.shuffle(found)
    return [_varied(each, rng) for each in found]


def _record(fields: Any) -> EntailmentRecord:
    language = str(fields["language"])
    if "hypothesis" in fields:
        if fields["label"] not in LABELS:
            raise ValueError(f"{fields['label']!r} is no label")
        return EntailmentRecord(clean(fields["premise"]), clean(fields["hypothesis"]), fields["label"], language)
    given = fields["answer"]
    answer = ("yes" if given else "no") if isinstance(given, bool) else given
    if answer not in _OF_ANSWER:
        raise ValueError(f"{given!r} is neither yes nor no")
    return EntailmentRecord(clean(fields["passage"]), clean(fields["question"]), _OF_ANSWER[answer], language)


def _statements(records: Sequence[QaRecord], rng: random.Random) -> Iterator[EntailmentRecord]:
    """Of each question and its answer what is so, with another answer what is not, and before another text neither."""
    beside = neighbouring_contexts(records)
    answers: dict[str, list[str]] = {}
    for each in records:
        answers.setdefault(each.text, []).extend(each.text[start:end] for start, end in each.answers[:1])
    for each in records:
        if not each.answers:
            continue
        start, end = each.answers[0]
        own = each.text[start:end]
        said = statement(each.question, own)
        if said is None:
            continue
        near = _around(each.text, start, end, rng)
        yield EntailmentRecord(near, said, "entailment", each.language)
        others = [other for other in answers[each.text] if exchangeable(own, other)]
        wrong = statement(each.question, rng.choice(others)) if others else None
        if wrong:
            yield EntailmentRecord(near, wrong, "contradiction", each.language)
        elsewhere = [text for _, text in beside[each.text] if fold(own).casefold() not in fold(text).casefold()]
        if elsewhere:
            other = rng.choice(elsewhere)
            at = rng.randrange(len(other))
            yield EntailmentRecord(_around(other, at, at + 1, rng), said, "neutral", each.language)


def _around(text: str, start: int, end: int, rng: random.Random) -> str:
    """The sentences that hold the characters from `start` to `end`, and at times one or two around them."""
    ranges = sentences(text)
    held = [place for place, (at, to) in enumerate(ranges) if at < end and to > start] or [0]
    first, last = max(0, held[0] - rng.choice((0, 0, 1))), min(len(ranges) - 1, held[-1] + rng.choice((0, 0, 1)))
    return text[ranges[first][0] : ranges[last][1]]


def exchangeable(answer: str, other: str) -> bool:
    """Whether another answer could stand in the place of one, and says something else."""
    shape = (answer[0].isupper(), any(map(str.isdigit, answer)))
    own, its = set(answer.casefold().split()), set(other.casefold().split())
    return shape == (other[0].isupper(), any(map(str.isdigit, other))) and not own <= its and not its <= own


def _varied(record: EntailmentRecord, rng: random.Random) -> EntailmentRecord:
    said = record.hypothesis
    if not said.endswith(("?", "？")) and rng.random() < QUESTION_SHARE:
        said = polar_question(said, record.language, rng)
    if record.language == "vi" and rng.random() < WITHOUT_DIACRITICS_SHARE:
        said = fold(said)
    return replace(record, hypothesis=said)
