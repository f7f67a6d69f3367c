"""The fit of the kinds of questions: softmax regression over vectors and words, thresholds by cross-validation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import GoldError
from rag.query.question_kind import KINDS, QuestionKind, QuestionKindWeights, gram_signals, grams, rule_signals
from rag.training.qa_dataset import lines

# In so many questions a word or a pair stands before it counts; how strongly weights are kept small (scikit-learn's C).
_FEWEST, _STRENGTH = 3, 20.0
# A kind is believed from the probability on at which so many are right, of questions that were not trained on.
_PRECISION = 0.9
_FOLDS = 5
_DIGITS = 3

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class KindExample:
    """A question and its kind."""

    question: str
    kind: QuestionKind


def load_kind_examples(path: Path) -> list[KindExample]:
    """The questions of a file with `question` and `kind` a line. Raises `GoldError` naming the line."""

    def example(fields: dict[str, Any]) -> KindExample:
        if fields["kind"] not in KINDS:
            raise ValueError(f"{fields['kind']!r} is no kind of question")
        if not isinstance(fields["question"], str):
            raise ValueError(f"{fields['question']!r} is not a text")
        return KindExample(fields["question"], fields["kind"])

    found = list(lines(path, example))
    counts = Counter(each.kind for each in found)
    if rare := [kind for kind in KINDS if counts[kind] < _FOLDS]:
        raise GoldError(f"{path}: has too few questions of the kind {rare[0]}; give {_FOLDS} or more of each")
    return found


def fit_question_kinds(
    examples: Sequence[KindExample], embed: Callable[[list[str]], NDArray[np.float32]]
) -> tuple[QuestionKindWeights, dict[str, float]]:
    """The weights fitted to questions, and measures of the same fit on questions that it did not see."""
    vectors = embed([each.question for each in examples])
    labels = np.array([KINDS.index(each.kind) for each in examples])
    folds = np.zeros(len(examples), np.int64)
    for kind in range(len(KINDS)):  # every fold has some of each kind of which there are enough
        places = np.flatnonzero(labels == kind)
        folds[places] = np.random.default_rng(kind).permutation(len(places)) % _FOLDS
    unseen = np.zeros((len(examples), len(KINDS)))
    for fold in range(_FOLDS):
        kept = folds != fold
        own = [each for each, keep in zip(examples, kept.tolist(), strict=True) if keep]
        vocabulary = _vocabulary(own)
        model = _fitted(_features(own, vectors[kept], vocabulary), labels[kept])
        others = [each for each, keep in zip(examples, kept.tolist(), strict=True) if not keep]
        unseen[np.ix_(~kept, model.classes_)] = model.predict_proba(_features(others, vectors[~kept], vocabulary))
    vocabulary = _vocabulary(examples)
    model = _fitted(_features(examples, vectors, vocabulary), labels)
    least: dict[str, float] = {
        kind: _threshold(unseen, labels, place) for place, kind in enumerate(KINDS) if kind != "fact"
    }
    return _weights(model, vectors.shape[1], vocabulary, least), _measures(unseen, labels, least)


def _vocabulary(examples: Sequence[KindExample]) -> list[str]:
    counts = Counter(gram for each in examples for gram in set(grams(each.question)))
    return sorted(gram for gram, count in counts.items() if count >= _FEWEST)


def _features(examples: Sequence[KindExample], vectors: NDArray[np.float32], vocabulary: Sequence[str]) -> Any:
    """A sparse matrix, a row each: of thousands of words a question has a dozen."""
    from scipy import sparse

    places = {gram: place for place, gram in enumerate(vocabulary)}
    found = sparse.lil_matrix((len(examples), len(vocabulary)))
    for row, each in enumerate(examples):
        for gram, value in gram_signals(each.question, places).items():
            found[row, places[gram]] = value
    rules = np.array([rule_signals(each.question) for each in examples])
    return sparse.csr_matrix(sparse.hstack([vectors.astype(np.float64), rules, found]))


def _fitted(features: Any, labels: NDArray[np.int64]) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=_STRENGTH, max_iter=2000).fit(features, labels)


def _threshold(likely: Rows, labels: NDArray[np.int64], kind: int) -> float:
    chosen = likely.argmax(axis=1) == kind
    for threshold in np.arange(0.2, 1.0, 0.02).tolist():
        believed = chosen & (likely[:, kind] >= threshold)
        if believed.any() and (labels[believed] == kind).mean() >= _PRECISION:
            return float(round(threshold, 2))
    return 1.0


def _weights(model: Any, width: int, vocabulary: Sequence[str], least: dict[str, float]) -> QuestionKindWeights:
    rows = np.round(model.coef_.T, _DIGITS)
    rules = width + len(rule_signals(""))
    return QuestionKindWeights(
        constant=tuple(np.round(model.intercept_, _DIGITS).tolist()),
        vector=tuple(map(tuple, rows[:width].tolist())),
        rules=tuple(map(tuple, rows[width:rules].tolist())),
        grams={gram: tuple(row) for gram, row in zip(vocabulary, rows[rules:].tolist(), strict=True)},
        least=least,
    )


def _measures(likely: Rows, labels: NDArray[np.int64], least: dict[str, float]) -> dict[str, float]:
    best = likely.argmax(axis=1)
    needed = np.array([least.get(KINDS[place], 0.0) for place in best.tolist()])
    told = np.where(likely.max(axis=1) >= needed, best, KINDS.index("fact"))
    measures = {"questions": float(len(labels)), "accuracy, the likeliest": float((best == labels).mean())}
    for place, kind in enumerate(KINDS):
        believed = told == place
        measures[f"{kind}: precision"] = float((labels[believed] == place).mean()) if believed.any() else 0.0
        measures[f"{kind}: recall"] = float(believed[labels == place].mean())
    return {name: round(value, 3) for name, value in measures.items()}
