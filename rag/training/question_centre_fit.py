"""The centres of questions: the mean vector of those of each language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import GoldError
from rag.models.question_centres import QuestionCentres
from rag.training.qa_dataset import lines

# Of fewer questions the mean says as much of their subjects as of their language.
FEWEST = 50
_DIGITS = 4


def load_questions(path: Path) -> dict[str, list[str]]:
    """The questions by language of a file with `question` and `language` a line. Raises `GoldError` naming the line."""

    def asked(fields: dict[str, Any]) -> tuple[str, str]:
        question, language = fields["question"], fields["language"]
        if not (isinstance(question, str) and isinstance(language, str)):
            raise ValueError("question and language are texts")
        return language, question

    found: defaultdict[str, list[str]] = defaultdict(list)
    for language, question in lines(path, asked):
        found[language].append(question)
    if not any(len(each) >= FEWEST for each in found.values()):
        raise GoldError(f"{path}: has too few questions; give {FEWEST} or more of a language")
    return dict(found)


def fit_question_centres(
    questions: Mapping[str, Sequence[str]], embed: Callable[[list[str]], NDArray[np.float32]], share: float
) -> QuestionCentres:
    """The centres of the languages of which there are enough questions, in order of language."""
    enough = {language: [*asked] for language, asked in sorted(questions.items()) if len(asked) >= FEWEST}
    means = {language: embed(asked).mean(axis=0, dtype=np.float64) for language, asked in enough.items()}
    return QuestionCentres(share, {language: tuple(mean.round(_DIGITS).tolist()) for language, mean in means.items()})
