"""The fit of what tells the terms that a follow-up lacks: logistic regression over questions that people completed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import GoldError
from rag.query.history_terms import keys_of
from rag.query.term_selection import Candidate, FollowUpWeights, candidates, chosen_places, probability
from rag.text.normalize import clean
from rag.training.qa_dataset import lines

# How strongly weights are kept small (scikit-learn's C), and to how many digits they are kept.
_STRENGTH, _DIGITS = 0.3, 3
# So many turns before a question are read, and of each text so many characters.
_TURNS, _CHARS = 6, 600
# One conversation in so many is not fitted on, but measured.
_APART = 3
_FEWEST = 20
_THRESHOLDS = [share / 50 for share in range(10, 40)]
SPLIT = f"one conversation in {_APART}, by the hash of its first question, is measured and not fitted on"


@dataclass(frozen=True, slots=True)
class FollowUpExample:
    """A question, the turns before it, and the words of the question as somebody made it stand alone.

    `is_rewrite` says that `complete` is such a question; else it is the text that answers it. `apart` says that it is
    measured and not fitted on.
    """

    question: str
    turns: tuple[tuple[str, str], ...]
    complete: str
    is_rewrite: bool
    apart: bool


@dataclass(frozen=True, eq=False, slots=True)
class _Labelled:
    """The candidates of an example, which of them it lacks, and how much it counts."""

    candidates: list[Candidate]
    lacks: NDArray[np.bool_]
    weight: float


def load_followups(path: Path) -> list[FollowUpExample]:
    """The questions with a history of a file with `question`, `history`, and `rewrite` or `evidence` a line.

    Entries of the history hold `question` and `answer`, or `speaker` (user or agent) and `text`. Raises `GoldError`
    naming the line, and for too few questions.
    """

    def example(fields: dict[str, Any]) -> FollowUpExample:
        complete = fields["rewrite"] if "rewrite" in fields else fields["evidence"]
        turns = turns_of(fields["history"])
        first = turns[0][0] if turns else ""
        shown = tuple((question[:_CHARS], answer[:_CHARS]) for question, answer in turns[-_TURNS:])
        question = clean(fields["question"]).strip()
        return FollowUpExample(question, shown, clean(complete).strip(), "rewrite" in fields, is_apart(first))

    found = [each for each in lines(path, example) if each.turns and each.question]
    if len(found) < _FEWEST:
        raise GoldError(f"{path}: has {len(found)} questions with a history; give {_FEWEST} or more")
    return found


def is_apart(first_question: str) -> bool:
    """Whether the conversation that begins with that question is measured and not fitted on."""
    return int(hashlib.sha256(first_question.encode()).hexdigest(), 16) % _APART == 0


def turns_of(history: Sequence[dict[str, str]]) -> tuple[tuple[str, str], ...]:
    """The questions and answers of a history; what an agent says belongs to the question before it."""
    turns: list[tuple[str, str]] = []
    for entry in history:
        if "question" in entry:
            turns.append((clean(entry["question"]), clean(entry["answer"])))
        elif entry["speaker"] == "user":
            turns.append((clean(entry["text"]), ""))
        elif turns:
            turns[-1] = (turns[-1][0], clean(entry["text"]))
    return tuple(turns)


def fit_followups(sets: Mapping[str, Sequence[FollowUpExample]]) -> tuple[FollowUpWeights, dict[str, float]]:
    """The weights fitted on all but the conversations kept apart, and measures on these, by the names of the sets.

    Each set counts the same. A question that somebody made to stand alone lacks nothing, so it teaches that too.
    """
    fitted = [
        _labelled(example, 1 / len(examples))
        for examples in sets.values()
        for each in examples
        if not each.apart
        for example in _with_alone(each)
    ]
    weights = _fitted(fitted)
    likely = [_likely(each, weights) for each in fitted]
    least = max(_THRESHOLDS, key=lambda least: _agreement(fitted, likely, least))
    weights = FollowUpWeights(weights.constant, weights.signals, least)
    measures: dict[str, float] = {}
    for name, examples in sets.items():
        for measure, value in _measured([each for each in examples if each.apart], weights):
            measures[f"{name}: {measure}"] = round(value, 3)
    return weights, measures


def _with_alone(example: FollowUpExample) -> list[FollowUpExample]:
    """An example, and the question that it was made, which lacks nothing."""
    return [example, _alone(example)] if example.is_rewrite else [example]


def _alone(example: FollowUpExample) -> FollowUpExample:
    return FollowUpExample(example.complete, example.turns, example.complete, example.is_rewrite, example.apart)


def _labelled(example: FollowUpExample, weight: float) -> _Labelled:
    complete = keys_of(example.complete)
    found = candidates(example.question, example.turns)
    lacks = [sum(key in complete for key in each.place.term.keys) * 2 > len(each.place.term.keys) for each in found]
    return _Labelled(found, np.array(lacks, np.bool_), weight)


def _fitted(examples: Sequence[_Labelled]) -> FollowUpWeights:
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    names = DictVectorizer()
    rows = names.fit_transform([each.signals for example in examples for each in example.candidates])
    lacks = np.concatenate([example.lacks for example in examples])
    counts = np.concatenate([np.full(len(example.lacks), example.weight) for example in examples])
    model = LogisticRegression(C=_STRENGTH, max_iter=2000).fit(rows, lacks, counts / counts.mean())
    values = zip(names.get_feature_names_out().tolist(), np.round(model.coef_[0], _DIGITS).tolist(), strict=True)
    return FollowUpWeights(
        round(float(model.intercept_[0]), _DIGITS), {name: value for name, value in values if value}, 0.5
    )


def _agreement(examples: Sequence[_Labelled], likely: Sequence[NDArray[np.float64]], least: float) -> float:
    """The weighted mean F1 (0 to 1) of the terms that are added; 1 where none is and none is lacking."""
    scores = [_f1(_chosen(each, found, least), each.lacks) for each, found in zip(examples, likely, strict=True)]
    return float(np.average(scores, weights=[each.weight for each in examples]))


def _likely(example: _Labelled, weights: FollowUpWeights) -> NDArray[np.float64]:
    return np.array([probability(each.signals, weights) for each in example.candidates], np.float64)


def _chosen(example: _Labelled, likely: NDArray[np.float64], least: float) -> NDArray[np.bool_]:
    chosen = np.zeros(len(likely), np.bool_)
    signals = example.candidates[0].signals if example.candidates else {}
    follows = bool(signals.get("question refers") or signals.get("question elliptical"))
    chosen[chosen_places(likely.tolist(), least, follows=follows)] = True
    return chosen


def _f1(chosen: NDArray[np.bool_], lacks: NDArray[np.bool_]) -> float:
    whole = int(chosen.sum() + lacks.sum())
    return 2 * int((chosen & lacks).sum()) / whole if whole else 1.0


def _measured(examples: Sequence[FollowUpExample], weights: FollowUpWeights) -> Iterator[tuple[str, float]]:
    """Of the terms lacking the share that is added, of those added the right ones, of rewrites those changed."""
    labelled = [_labelled(each, 1.0) for each in examples]
    pairs = [(_chosen(each, _likely(each, weights), weights.least), each.lacks) for each in labelled]
    added, wanted = (sum(int(part.sum()) for part in parts) for parts in zip(*pairs, strict=True))
    right = sum(int((chosen & lacks).sum()) for chosen, lacks in pairs)
    alone = [_labelled(_alone(each), 1.0) for each in examples if each.is_rewrite]
    changed = [bool(_chosen(each, _likely(each, weights), weights.least).any()) for each in alone]
    yield "questions", float(len(examples))
    yield "recall", right / max(wanted, 1)
    yield "precision", right / max(added, 1)
    if changed:
        yield "rewrites changed", sum(changed) / len(changed)
