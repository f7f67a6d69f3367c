"""Reading sets put together: what a reader is taught, in which shares, and what it must not have seen."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from rag.errors import GoldError
from rag.training.examples import HardNegatives, mixture
from rag.training.qa_dataset import Question, Titled, across, load_articles, load_reading

# A set whose texts never answer would teach that its language does not: no more of it is taken than this.
UNANSWERABLE = 300


def training_mixture(
    sets: Sequence[Path], articles: Path | None, held_back: frozenset[str], misses: HardNegatives, seed: int
) -> list[Question]:
    """The questions of reading sets, shuffled, without those over texts that are held back.

    A set that is named twice counts twice.
    `articles` is the file of those that a set refers to by id. Raises `GoldError` naming the line, and when nothing is
    left to learn from.
    """
    known: dict[str, Titled] = load_articles(articles) if articles else {}
    dice = random.Random(seed)
    read = [questions for path in sets if (questions := load_reading(path, known, held_back))]
    if not read:
        raise GoldError("no questions are left to learn from; give reading sets over texts that are not held back")
    answered = [questions for questions in read if any(each.answers for each in questions)]
    taught = list(answered)
    for questions in read:
        if questions not in answered:
            taught += _unanswerable(questions, answered, dice)
    return mixture(taught, misses, seed)


def foreign(sets: Sequence[Path], articles: Path | None, held_back: frozenset[str], language: str) -> list[Question]:
    """The questions of sets in other languages before those texts in `language` that say the same; see `across`.

    Raises `GoldError` naming the line, and when there are none.
    """
    known = load_articles(articles) if articles else {}
    read = [question for path in sets for question in load_reading(path, known, held_back)]
    texts = [each.text for each in read if each.language == language]
    found = list(across([each for each in read if each.language != language], texts))
    if not found:
        raise GoldError(f"no text in {language} says the same as one in another language; give sets that are parallel")
    return found


def drawn(
    sets: Sequence[Path], articles: Path | None, held_back: frozenset[str], count: int, language: str, seed: int
) -> list[Question]:
    """At most `count` answered questions of sets, drawn in their order, that are not in `language`.

    Raises `GoldError` naming the line, and when there are none.
    """
    known = load_articles(articles) if articles else {}
    read = [question for path in sets for question in load_reading(path, known, held_back)]
    found = [each for each in read if each.answers and each.language != language]
    if not found:
        raise GoldError(f"no question in another language than {language} is answered; give sets with answers")
    return [found[i] for i in sorted(random.Random(seed).sample(range(len(found)), min(count, len(found))))]


def _unanswerable(
    questions: Sequence[Question], answered: Sequence[Sequence[Question]], dice: random.Random
) -> list[list[Question]]:
    """Some questions of a set without answers, and, before the same texts, others that they do answer."""
    texts = [each.text for each in questions]
    others = [each for some in answered for each in some if each.language != questions[0].language]
    return [dice.sample(questions, min(UNANSWERABLE, len(questions))), list(across(others, texts))]
