"""The training mixture: the records of several data sets in their shares, with unanswerable ones among them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from rag.errors import GoldError
from rag.text.normalize import fold
from rag.training.hard_negatives import HardNegatives
from rag.training.qa_dataset import (
    Context,
    QaRecord,
    load_articles,
    load_qa_dataset,
    neighbouring_contexts,
    on_parallel_texts,
    without_answer,
)

# The share of answerable questions that are put before a context which does not answer them.
UNANSWERABLE_SHARE = 0.3
# The share of Vietnamese questions that are typed without diacritics.
WITHOUT_DIACRITICS_SHARE = 0.2
# At most so many records of a data set that has no answers at all: with more, a reader learns from it that texts in its
# language do not answer.
MOST_UNANSWERABLE = 300


def training_mixture(
    paths: Sequence[Path], articles: Path | None, held_out: frozenset[str], negatives: HardNegatives, seed: int
) -> list[QaRecord]:
    """The records of data sets, mixed as `mix` does, without those over held-out contexts.

    A data set that is named twice counts twice. `articles` is the file of those that a data set refers to by id. Raises
    `GoldError` naming the line, and when nothing is left to train on.
    """
    known: dict[str, Context] = load_articles(articles) if articles else {}
    rng = random.Random(seed)
    datasets = [records for path in paths if (records := load_qa_dataset(path, known, held_out))]
    if not datasets:
        raise GoldError("no questions are left to train on; give data sets over texts that are not held out")
    answerable = [records for records in datasets if any(each.answers for each in records)]
    chosen = list(answerable)
    for records in datasets:
        if records not in answerable:
            chosen += _balanced(records, answerable, rng)
    return mix(chosen, negatives, seed)


def mix(datasets: Iterable[Sequence[QaRecord]], negatives: HardNegatives, seed: int) -> list[QaRecord]:
    """All records, shuffled, a share of them made unanswerable and a share of the Vietnamese without diacritics.

    An unanswerable record has a hard negative for its context, or where there is none a neighbour of its own.
    """
    rng = random.Random(seed)
    mixed: list[QaRecord] = []
    for records in datasets:
        near = neighbouring_contexts(records)
        for each in records:
            made = each
            if each.answers and rng.random() < UNANSWERABLE_SHARE:
                others = without_answer(each, negatives(each) or near[each.text])
                made = rng.choice(others) if others else each
            bare = each.language == "vi" and rng.random() < WITHOUT_DIACRITICS_SHARE
            mixed.append(replace(made, question=fold(made.question)) if bare else made)
    rng.shuffle(mixed)
    return mixed


def parallel_records(
    paths: Sequence[Path], articles: Path | None, held_out: frozenset[str], language: str
) -> list[QaRecord]:
    """The questions of data sets in other languages before the parallel texts in `language`; see `on_parallel_texts`.

    Raises `GoldError` naming the line, and when there are none.
    """
    records = _all_records(paths, articles, held_out)
    texts = [each.text for each in records if each.language == language]
    found = list(on_parallel_texts([each for each in records if each.language != language], texts))
    if not found:
        raise GoldError(f"no text in {language} is parallel to one in another language; give data sets that are")
    return found


def sample_records(
    paths: Sequence[Path], articles: Path | None, held_out: frozenset[str], count: int, language: str, seed: int
) -> list[QaRecord]:
    """A random sample of at most `count` answerable records that are not in `language`, in their order.

    Raises `GoldError` naming the line, and when there are none.
    """
    records = _all_records(paths, articles, held_out)
    found = [each for each in records if each.answers and each.language != language]
    if not found:
        raise GoldError(f"no question in another language than {language} is answered; give data sets with answers")
    return [found[i] for i in sorted(random.Random(seed).sample(range(len(found)), min(count, len(found))))]


def _all_records(paths: Sequence[Path], articles: Path | None, held_out: frozenset[str]) -> list[QaRecord]:
    known = load_articles(articles) if articles else {}
    return [record for path in paths for record in load_qa_dataset(path, known, held_out)]


def _balanced(
    records: Sequence[QaRecord], answerable: Sequence[Sequence[QaRecord]], rng: random.Random
) -> list[list[QaRecord]]:
    """Some records of a data set without answers, and, over the same texts, questions that these do answer."""
    texts = [each.text for each in records]
    others = [each for some in answerable for each in some if each.language != records[0].language]
    return [rng.sample(records, min(MOST_UNANSWERABLE, len(records))), list(on_parallel_texts(others, texts))]
