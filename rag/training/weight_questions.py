"""The questions that weights are fitted on, and the collection that they are asked of.

The collection is made from the contexts of question answering data sets. A part of its subjects is left out, so that
the questions about these are unanswerable.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import GoldError
from rag.models.weights_file import TrainingSet
from rag.text.normalize import fold
from rag.training.qa_dataset import QaRecord, load_articles, load_qa_dataset

# One subject in so many is left out of the collection.
LEFT_OUT_OF = 4


@dataclass(frozen=True, slots=True)
class WeightQuestion:
    """A question that weights are fitted on or measured with.

    `article_id` is the article with the answer, which the collection has if the question is `answerable`; `answers` are
    the accepted texts and `language` is theirs. Weights are fitted on it if it is `fitted`, and measured with the
    others. `dataset` is the name of its data set.
    """

    dataset: str
    question: str
    language: str
    article_id: str
    answers: tuple[str, ...]
    answerable: bool
    fitted: bool


@dataclass(frozen=True, slots=True)
class QuestionSample:
    """Questions, the data sets they are from, how they were split, and the articles of the collection (JSON lines)."""

    questions: tuple[WeightQuestion, ...]
    datasets: tuple[TrainingSet, ...]
    split: str
    articles: tuple[str, ...]


def sample_questions(
    paths: Sequence[Path], articles: Path | None, held_out: frozenset[str], count: int, seed: int
) -> QuestionSample:
    """A sample of `count` answerable questions of data sets and as many unanswerable ones.

    Subjects are told apart by their titles. Half of them, by a hash, have the questions to fit on, the others those to
    measure with. Of the Vietnamese questions every other one loses its diacritics. Raises `GoldError` naming the line,
    and when there are too few questions.
    """
    known = load_articles(articles) if articles else {}
    records = [(path, each) for path in paths for each in load_qa_dataset(path, known, held_out) if each.answers]
    random.Random(seed).shuffle(records)
    questions: list[WeightQuestion] = []
    for answerable in (True, False):
        found = [(path, each) for path, each in records if _is_left_out(each, seed) is not answerable][:count]
        if len(found) < count:
            where = "in the collection" if answerable else "left out of it"
            raise GoldError(f"only {len(found)} of the questions are over subjects {where}; ask for fewer than {count}")
        questions += [
            _question(path, each, answerable=answerable, bare=number % 2 == 1, seed=seed)
            for number, (path, each) in enumerate(found)
        ]
    fitted = Counter(each.dataset for each in questions if each.fitted)
    return QuestionSample(
        questions=tuple(questions),
        datasets=tuple(
            TrainingSet(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), fitted[path.name])
            for path in dict.fromkeys(paths)
        ),
        split=(
            f"{count} answerable questions and {count} about subjects left out of the collection, drawn with seed "
            f"{seed}; fitted on those over half of the subjects, told by the SHA-256 of their titles"
        ),
        articles=tuple(_article_lines(each for _, each in records if not _is_left_out(each, seed))),
    )


def _question(path: Path, record: QaRecord, *, answerable: bool, bare: bool, seed: int) -> WeightQuestion:
    return WeightQuestion(
        dataset=path.name,
        question=fold(record.question) if bare and record.language == "vi" else record.question,
        language=record.language,
        article_id=_article_id(record),
        answers=tuple(dict.fromkeys(record.text[start:end] for start, end in record.answers)),
        answerable=answerable,
        fitted=_hash(f"half {seed} {_subject(record)}") % 2 == 0,
    )


def _article_lines(records: Iterable[QaRecord]) -> Iterable[str]:
    """A line of JSON for each context, as the loader of articles reads it."""
    for name, each in {_article_id(each): each for each in records}.items():
        fields = {"id": name, "title": each.title, "text": each.text, "source": "", "published": None}
        yield json.dumps(fields, ensure_ascii=False) + "\n"


def _article_id(record: QaRecord) -> str:
    return hashlib.sha256(f"{record.title}\n{record.text}".encode()).hexdigest()[:16]


def _is_left_out(record: QaRecord, seed: int) -> bool:
    return _hash(f"left out {seed} {_subject(record)}") % LEFT_OUT_OF == 0


def _subject(record: QaRecord) -> str:
    return record.title or record.text


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
