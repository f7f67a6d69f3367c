"""The fit of what tells whether a question is self-contained: logistic regression over vectors."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import GoldError
from rag.query.entities import entities, with_kind
from rag.query.self_contained import BELIEVED_FROM, SelfContainedWeights, length_of, probability, refers
from rag.text.language import language_of
from rag.text.normalize import clean
from rag.text.words import words
from rag.training.qa_dataset import lines

# How weakly weights are kept small (scikit-learn's C), and to how many digits they are kept.
_STRENGTH, _DIGITS = 10.0, 3
# One text in so many is not fitted on, but measured.
_APART = 3
# What is asked in so many words may need a turn before it; what is cut to fewer or is longer tells nothing.
_MOST_DEPENDENT, _SHORTEST_CUT, _LONGEST_CUT = 9, 2, 14
_FEWEST = 20
# Kinds of questions that are no question after a fact, or need a turn before them, or none, whatever they say.
_OTHER_KINDS = frozenset(("collection", "order", "small_talk", "summary", "vague"))
# A preposition that has lost its name.
_LOST = re.compile(
    r"\b(?:của|ở|tại|trên|về|từ|cho|với|thuộc|trong|và|do|bởi|tới|đến|giữa) "
    r"(?=(?:là|bao|có|được|gì|như|vào|nào|thì|đã)\b|[?,]|$)"
)
SPLIT = f"one text in {_APART}, by its hash, is measured and not fitted on"


@dataclass(frozen=True, slots=True)
class SelfContainedExample:
    """A question, whether it needs no turn before it, and whether it is measured and not fitted on."""

    question: str
    is_self_contained: bool
    apart: bool


def load_self_contained(path: Path, most: int, seed: int) -> list[SelfContainedExample]:
    """The Vietnamese questions of a file, of at most `most` drawn lines, as they are typed and in small letters.

    A line holds `question`, and perhaps `history`, `kind`, and in `passage_id`, `article` or `articles` the text that
    it is asked of. One without a history needs none if it has a name or is asked of no text; without its names it does.
    One with a history needs it if it is short and has no name. What refers in so many words is left out. Raises
    `GoldError` naming the line, and for too few questions.
    """
    found = [row for row in lines(path, _row) if row is not None]
    drawn = random.Random(seed).sample(found, min(most, len(found)))
    examples = [example for row in drawn for example in _examples(*row)]
    if len(examples) < _FEWEST:
        raise GoldError(f"{path}: has {len(examples)} questions that tell; give {_FEWEST} or more")
    return examples


def fit_self_contained(
    examples: Sequence[SelfContainedExample], embed: Callable[[list[str]], NDArray[np.float32]]
) -> tuple[SelfContainedWeights, dict[str, float]]:
    """The weights fitted to questions, and measures on those that are apart.

    Raises `GoldError` where those that are fitted on, or those apart, are not of both kinds.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    kinds = {(each.is_self_contained, each.apart) for each in examples}
    if len(kinds) < 4:
        raise GoldError(
            "questions that need a turn before them, or that need none, are of too few texts; give more sets"
        )
    vectors = embed([each.question for each in examples])
    lengths = np.array([length_of(each.question) for each in examples])
    labels = np.array([each.is_self_contained for each in examples])
    apart = np.array([each.apart for each in examples])
    features = np.column_stack([vectors, lengths])
    model = LogisticRegression(C=_STRENGTH, max_iter=3000, class_weight="balanced").fit(
        features[~apart], labels[~apart]
    )
    *vector, length = np.round(model.coef_[0], _DIGITS).tolist()
    weights = SelfContainedWeights(round(float(model.intercept_[0]), _DIGITS), tuple(vector), length)
    likely = np.array([probability(each.question, v, weights) for each, v in zip(examples, vectors, strict=True)])
    measures = {
        "questions": float(apart.sum()),
        "AUROC": float(roc_auc_score(labels[apart], likely[apart])),
        "self-contained: told": float((likely[apart & labels] >= BELIEVED_FROM).mean()),
        "not self-contained: told": float((likely[apart & ~labels] < BELIEVED_FROM).mean()),
    }
    return weights, {name: round(value, 3) for name, value in measures.items()}


def without_names(question: str) -> str | None:
    """A question without its names and the words for their kinds; None where nothing is left that can be asked."""
    cut = question
    for name in sorted((each for each in entities(question) if not each.is_number), key=lambda each: -each.start):
        end = name.start + len(name.text)
        cut = cut[: end - len(with_kind(question, name))] + cut[end:]
    cut = " ".join(_LOST.sub("", " ".join(cut.split())).split()).strip(" ,")
    left = len(words(cut))
    if left == len(words(question)) or not _SHORTEST_CUT <= left <= _LONGEST_CUT:
        return None
    return cut[:1].upper() + cut[1:]


_Row = tuple[str, bool, str | None]


def _row(fields: dict[str, Any]) -> _Row | None:
    """A question that may tell, whether it has a history, and what it is asked of."""
    question = clean(fields["question"])
    if fields.get("kind") in _OTHER_KINDS or language_of(question) != "vi" or refers(question):
        return None
    of = fields.get("passage_id") or fields.get("article") or next(iter(fields.get("articles") or ()), None)
    return question, bool(fields.get("history")), of and str(of)


def _examples(question: str, has_history: bool, of: str | None) -> Iterator[SelfContainedExample]:
    apart = int(hashlib.sha256((of or question).encode()).hexdigest(), 16) % _APART == 0
    named = any(not each.is_number for each in entities(question))
    asked: list[tuple[str, bool]] = []
    if not has_history:
        if named or of is None:
            asked.append((question, True))
        if named and (cut := without_names(question)) and not refers(cut):
            asked.append((cut, False))
    elif not named and len(words(question)) <= _MOST_DEPENDENT:
        asked.append((question, False))
    for text, is_self_contained in asked:
        for typed in (text, text.lower().rstrip(" ?")):
            yield SelfContainedExample(typed, is_self_contained, apart)
