from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from rag.answering.answerability import INFORMATIVE, Kind, Signals, probability
from rag.answering.answerability_weights import answerability_weights
from rag.answering.evidence import Evidence
from rag.assistant import Assistant
from rag.config import Config, LlmSettings, ModelSettings
from rag.errors import CollectionLocked, CollectionNotFound, GoldError
from rag.evaluation.calibration import FEWEST, Judged, calibrate, held_out, measures, put_calibration, refit, table
from rag.evaluation.gold import GoldQuestion
from rag.index.write_lock import write_lock

DEFAULT = answerability_weights().kinds
RANDOM = np.random.default_rng(7)


def judged(count: int, kind: str = "same", name: str = "q") -> list[Judged]:
    """Questions of which every other one is held, with a cosine that tells, on another scale than the default's."""
    made = []
    for number in range(count):
        held = number % 2 == 0
        cosine = 0.5 + 0.1 * held + float(RANDOM.normal(0, 0.05))
        noise = RANDOM.uniform(0, 1, 4).tolist()
        made.append(Judged(f"{name}{number}", Signals(cast(Kind, kind), cosine, *noise), held))
    return made


def test_weights_that_foretell_better_are_found() -> None:
    report = refit(judged(400), 0.4)
    assert report.better
    assert report.fitted + report.checked == 400
    assert min(report.fitted, report.checked) > 150
    assert report.after.auroc > 0.85
    assert report.after.expected_calibration_error < report.before.expected_calibration_error
    assert set(report.weights) == {"same"}
    assert report.after.refusal_f1 > report.before.refusal_f1


def test_the_order_of_the_questions_decides_nothing() -> None:
    questions = judged(200)
    one, two = refit(questions, 0.4), refit(questions[::-1], 0.4)
    assert one.weights["same"] == pytest.approx(two.weights["same"])
    assert one.after.brier_score == pytest.approx(two.after.brier_score)


def test_signals_that_tell_nothing_weigh_nothing() -> None:
    weights = refit(judged(300, "cross"), 0.4).weights["cross"]
    assert len(weights) == len(DEFAULT["cross"])
    assert {place for place, weight in enumerate(weights) if weight} <= set(INFORMATIVE["cross"])


def test_a_kind_with_too_few_questions_keeps_its_default() -> None:
    report = refit([*judged(300), *judged(FEWEST, "words", "w")], 0.4)
    assert set(report.weights) == {"same"}
    signals = Signals("words", 0.0, 0.5, 0.5, 1.0, 0.1)
    assert probability(signals, report.weights) == probability(signals, DEFAULT)


@pytest.mark.parametrize("questions", [[], judged(60), [each for each in judged(400) if each.held]])
def test_too_few_questions_are_an_error(questions: list[Judged]) -> None:
    with pytest.raises(GoldError, match=f"needs {FEWEST} of both"):
        refit(questions, 0.4)


def test_measures_counted_by_hand() -> None:
    # Under these weights the probability is that of the cosine's logit.
    calibration = {"same": (0.0, 1.0, 0.0, 0.0, 0.0, 0.0)}
    sure, unsure = (Signals("same", cosine, 0.0, 0.0, 0.0, 0.0) for cosine in (60.0, -60.0))
    found = measures(
        [Judged("a", sure, True), Judged("b", unsure, True), Judged("c", unsure, False), Judged("d", sure, False),
         Judged("e", None, False)],
        calibration,
        0.4,
    )  # fmt: skip
    assert found.refusal_precision == pytest.approx(2 / 3)
    assert found.refusal_recall == pytest.approx(2 / 3)
    assert found.answerable_refused == 0.5
    assert found.brier_score == pytest.approx(2 / 5)
    # Of the six pairs of a held and another: a wins two and ties with d; b loses to d, ties with c and wins over e.
    assert found.auroc == pytest.approx((2 + 0.5 + 0.5 + 1) / 6)


def test_what_was_not_found_is_refused_at_any_threshold() -> None:
    assert measures([Judged("a", None, False)], {}, 0.0).refusal_recall == 1.0


def test_the_half_held_back_is_the_one_that_is_checked() -> None:
    gold = [GoldQuestion(each.id, each.id, (), {}, ()) for each in judged(200)]
    checked = held_out(gold)
    assert len(checked) == refit(judged(200), 0.4).checked
    assert checked == held_out(gold[::-1])[::-1]


def test_a_report_is_plain_and_a_table_has_a_line_for_each_measure() -> None:
    report = refit(judged(200), 0.4)
    assert json.loads(json.dumps(asdict(report)))["weights"]["same"] == list(report.weights["same"])
    assert len(list(table(report))) == 1 + len(asdict(report.before))


class Asked:
    """An assistant with made-up signals, that remembers what it was asked."""

    config = Config()

    def __init__(self) -> None:
        self.questions = {each.id: each for each in judged(200)}

    def evidence(self, question: str, history: object, only: object, today: object) -> Evidence:
        return Evidence((), (), 0.0, self.questions[question].signals)


def test_every_question_is_asked() -> None:
    gold = [GoldQuestion(f"q{n}", f"q{n}", (), {"a": 1} if n % 2 == 0 else {}, ()) for n in range(200)]
    told: list[tuple[int, int]] = []
    report = calibrate(cast(Assistant, Asked()), gold, lambda _, done, of: told.append((done, of)))
    assert told[-1] == (200, 200)
    assert report.better


def test_a_collection_keeps_its_weights_and_readers_see_them(tmp_path: Path, models_folder: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "cau.txt").write_text("Khánh thành cầu Vàng\nCầu Vàng dài 450 m.", encoding="utf-8")
    folder = tmp_path / "index"
    models, llm = ModelSettings(cache=models_folder), LlmSettings(model="none")
    assistant = Assistant(Config(index=folder, models=models, llm=llm))
    with pytest.raises(CollectionNotFound):
        put_calibration(folder, {})
    assistant.ingest([docs])
    question = "Cầu Vàng dài bao nhiêu mét?"
    before = assistant.ask(question)
    builds = sorted((folder / "derived").iterdir())
    weights = {"same": (-60.0, 0.0, 0.0, 0.0, 0.0, 0.0)}
    put_calibration(folder, weights)
    after = assistant.ask(question)
    assert (before.status, after.status) == ("answered", "refused")
    assert after.confidence < 1e-9
    assert after.fingerprint.calibration == weights["same"]
    assert after.fingerprint.generation == before.fingerprint.generation + 1
    assert sorted((folder / "derived").iterdir()) == builds
    (docs / "ga.txt").write_text("Ga mới\nGa Hòa Bình có sáu sân ga.", encoding="utf-8")
    assistant.ingest([docs])
    assert assistant.ask(question).status == "refused"
    with write_lock(folder), pytest.raises(CollectionLocked):
        put_calibration(folder, {})
    put_calibration(folder, {})
    again = assistant.ask(question)
    assert (again.status, again.fingerprint.calibration) == ("answered", DEFAULT["read"])
