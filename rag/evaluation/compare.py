"""Two runs of the same questions compared question by question: better, worse, or noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.errors import GoldError
from rag.evaluation.outcome import Outcome
from rag.evaluation.summary import MISTAKES, interval

_RESAMPLES, _SEED, LEVEL = 9999, 7, 0.05
# What a verdict speaks of; other measures follow from these, and each more makes a chance find likelier.
VERDICT = (
    "recall@1",
    "nDCG@10",
    "evidence@1 holds answer",
    "a quote holds answer",
    "short answer right",
    "answer contains",
    "refusal recall",
    "answerable refused",
    "says what it must not",
    "right",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """How a measure changed over the questions that both runs have it for.

    `change` is the mean difference with its 95 % bootstrap interval; `better`, `worse` and `same` count questions;
    `p` is that of a paired randomisation test (two-sided, signs exchanged at random), `significant` whether it holds
    among the measures of the verdict by Holm's method.
    """

    before: float
    after: float
    change: float
    low: float
    high: float
    better: int
    worse: int
    same: int
    p: float
    significant: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Differences by measure, and the ids of the questions that became right or wrong.

    `lost` are measures of the verdict that no question has any more, `missing` counts questions that were not asked
    again.
    """

    questions: int
    differences: Mapping[str, Difference]
    mended: tuple[str, ...]
    broken: tuple[str, ...]
    lost: tuple[str, ...] = ()
    missing: int = 0

    @property
    def worse(self) -> tuple[str, ...]:
        """The measures of the verdict that became worse beyond noise, and those that are lost."""
        return self.lost + tuple(
            name for name, each in self.differences.items() if each.significant and _gain(name, each) < 0
        )

    @property
    def better(self) -> tuple[str, ...]:
        """The measures of the verdict that became better beyond noise."""
        return tuple(name for name, each in self.differences.items() if each.significant and _gain(name, each) > 0)

    @property
    def verdict(self) -> str:
        """One line: what is better, what is worse."""
        return f"better: {self._said(self.better)}; worse: {self._said(self.worse)}"

    def _said(self, names: Sequence[str]) -> str:
        return ", ".join(map(self._changed, names)) or "nothing beyond noise"

    def _changed(self, name: str) -> str:
        if name in self.lost:
            return f"{name} is no more"
        found = self.differences[name]
        return f"{name} {found.change:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"


def compare(before: Sequence[Outcome], after: Sequence[Outcome]) -> Comparison:
    """What changed over the questions, by id, that both runs asked; those that only one asked are left out.

    Raises `GoldError` when there is none, or when an id stands for another question.
    """
    old = {outcome.id: outcome for outcome in before}
    pairs = [(old[new.id], new) for new in after if new.id in old]
    if not pairs:
        raise GoldError("the baseline holds none of these questions; compare runs of the same gold questions")
    for was, new in pairs:
        if was.question != new.question:
            raise GoldError(f"the id {new.id!r} is another question in the baseline: {was.question!r}; run it anew")
    names = dict.fromkeys(name for _, new in pairs for name in new.scores)
    differences = {name: found for name in names if (found := _difference(name, pairs))}
    return Comparison(
        questions=len(pairs),
        differences=_holm(differences),
        mended=tuple(new.id for was, new in pairs if was.fault and not new.fault),
        broken=tuple(new.id for was, new in pairs if new.fault and not was.fault),
        lost=tuple(name for name in VERDICT if name not in names and any(name in was.scores for was, _ in pairs)),
        missing=len(old) - len(pairs),
    )


def _difference(name: str, pairs: Sequence[tuple[Outcome, Outcome]]) -> Difference | None:
    both = [(was.scores[name], new.scores[name]) for was, new in pairs if name in was.scores and name in new.scores]
    if not both:
        return None
    table = np.array(both, dtype=np.float64)
    changes: NDArray[np.float64] = table[:, 1] - table[:, 0]
    low, high = interval(changes)
    up, down = int((changes > 0).sum()), int((changes < 0).sum())
    better, worse = (down, up) if name in MISTAKES else (up, down)
    return Difference(
        before=round(float(table[:, 0].mean()), 6),
        after=round(float(table[:, 1].mean()), 6),
        change=round(float(changes.mean()), 6),
        low=low,
        high=high,
        better=better,
        worse=worse,
        same=len(changes) - up - down,
        p=round(randomisation_p(changes), 6),
    )


def randomisation_p(changes: NDArray[np.float64]) -> float:
    """The two-sided p of paired differences (n,) if signs were drawn by lot; 1 when nothing differs."""
    moved = changes[changes != 0]  # those that are 0 stay so under any sign
    if len(moved) < 2:  # a single one is as extreme with either sign
        return 1.0
    from scipy.stats import permutation_test

    return float(
        permutation_test(
            (moved,),
            np.mean,
            permutation_type="samples",
            n_resamples=_RESAMPLES,
            batch=200,
            vectorized=True,
            rng=np.random.default_rng(_SEED),
        ).pvalue
    )


def _holm(differences: Mapping[str, Difference]) -> dict[str, Difference]:
    """The differences, those of the verdict significant by Holm's step-down method."""
    judged = sorted((name for name in VERDICT if name in differences), key=lambda name: differences[name].p)
    significant: set[str] = set()
    for place, name in enumerate(judged):
        if differences[name].p > LEVEL / (len(judged) - place):
            break
        significant.add(name)
    return {name: replace(each, significant=name in significant) for name, each in differences.items()}


def _gain(name: str, difference: Difference) -> float:
    return -difference.change if name in MISTAKES else difference.change
