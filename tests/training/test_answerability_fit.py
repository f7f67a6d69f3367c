from __future__ import annotations

import numpy as np
import pytest

from rag.answering.answerability import Kind, Signals
from rag.answering.answerability_weights import answerability_weights
from rag.evaluation.calibration import Judged
from rag.models.weights_file import using_weights
from rag.training.answerability_fit import fit_answerability, measure_answerability


def judged(kind: Kind, count: int, seed: int = 1) -> list[Judged]:
    """Questions of which every other one is answerable, with a cosine and a lead that tell."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        answerable = number % 2 == 0
        signals = Signals(
            kind=kind,
            cosine=0.5 + 0.1 * answerable + float(rng.normal(0, 0.05)),
            content=float(rng.uniform()),
            pairs=float(rng.uniform()),
            named=float(rng.integers(0, 2)),
            lead=0.3 + 0.2 * answerable + float(rng.normal(0, 0.1)),
        )
        made.append(Judged(f"{kind} {number}", signals, answerable))
    return made


def test_kinds_of_which_there_are_enough_are_fitted_and_others_stay() -> None:
    shipped = answerability_weights()
    found = fit_answerability([*judged("same", 200), *judged("cross", 6)])
    assert {kind for kind, weights in found.kinds.items() if weights != shipped.kinds[kind]} == {"same"}
    assert len(found.kinds["same"]) == len(shipped.kinds["same"])


def test_the_unknown_lead_lies_between_those_of_answerable_and_unanswerable_questions() -> None:
    assert fit_answerability(judged("same", 400)).unknown_lead == pytest.approx(0.4, abs=0.03)


def test_fitted_weights_foretell_better() -> None:
    before = measure_answerability(judged("same", 200, 2), 0.4)
    with using_weights("answerability", fit_answerability(judged("same", 200))):
        after = measure_answerability(judged("same", 200, 2), 0.4)
    assert set(after) == {"same: AUROC", "same: Brier score", "same: refusal F1"}
    assert after["same: Brier score"] < before["same: Brier score"]
    assert after["same: AUROC"] > 0.9
