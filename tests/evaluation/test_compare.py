from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import GoldError
from rag.evaluation.compare import compare, randomisation_p
from rag.evaluation.outcome import Fault, Outcome
from rag.evaluation.summary import interval, mean_of, ranks, reliability, risk_coverage, summary

RNG = np.random.default_rng(3)


def outcome(
    name: str, fault: Fault | None = None, confidence: float = 0.5, scores: Mapping[str, float] | None = None
) -> Outcome:
    return Outcome(
        id=name,
        question=name,
        standalone_question=name,
        answerable=True,
        expected=("ba",),
        relevant=("a",),
        tags={"kind": "plain" if name.endswith("0") else "bare"},
        answer="Ba.",
        short=None,
        status="answered",
        confidence=confidence,
        fault=fault,
        ranking=("a",) if fault is None else ("b", "a"),
        read=("a",),
        quotes=("Ba.",),
        signals={},
        scores={"right": float(fault is None), **(scores or {})},
    )


def run(right: int, of: int = 100) -> list[Outcome]:
    """So many of the questions answered right, the first ones."""
    return [outcome(f"q{n:03}", None if n < right else "wrong sentence") for n in range(of)]


def test_a_change_beyond_noise_is_told_and_one_within_is_not() -> None:
    found = compare(run(60), run(75))
    assert (found.better, found.worse) == (("right",), ())
    assert found.verdict.startswith("better: right +0.150 [")
    assert found.verdict.endswith("worse: nothing beyond noise")
    assert compare(run(75), run(60)).worse == ("right",)
    same = compare(run(60), run(61))
    assert (same.better, same.worse) == ((), ())
    assert same.verdict == "better: nothing beyond noise; worse: nothing beyond noise"


def test_less_of_a_mistake_is_better() -> None:
    before = [outcome(f"q{n}", scores={"answerable refused": float(n < 30)}) for n in range(100)]
    after = [outcome(f"q{n}", scores={"answerable refused": 0.0}) for n in range(100)]
    found = compare(before, after)
    assert found.better == ("answerable refused",)
    assert (found.differences["answerable refused"].better, found.differences["answerable refused"].worse) == (30, 0)
    assert compare(after, before).worse == ("answerable refused",)


def test_questions_are_paired_by_id_and_those_of_one_run_left_out() -> None:
    found = compare(run(50, 60), list(reversed(run(52, 70))))
    assert found.questions == 60
    assert found.differences["right"].same == 58
    assert set(found.mended) == {"q050", "q051"}
    assert found.broken == ()


def test_a_measure_counts_where_both_runs_have_it() -> None:
    before = [outcome("a", scores={"short answer right": 1.0}), outcome("b")]
    after = [outcome("a", scores={"short answer right": 0.0}), outcome("b", scores={"short answer right": 1.0})]
    difference = compare(before, after).differences["short answer right"]
    assert (difference.before, difference.after, difference.worse, difference.same) == (1.0, 0.0, 1, 0)


def test_p_is_that_of_all_signs() -> None:
    # Of the 8 ways to sign three equal changes two are as extreme.
    assert randomisation_p(np.array([1.0, 1.0, 1.0, 0.0])) == pytest.approx(2 / 8)
    assert randomisation_p(np.zeros(5)) == 1.0


def test_noise_is_seldom_taken_for_a_change() -> None:
    found = 0
    for _ in range(40):
        left, right = RNG.random(80) < 0.7, RNG.random(80) < 0.7
        before = [outcome(f"q{n}", None if ok else "wrong sentence") for n, ok in enumerate(left)]
        after = [outcome(f"q{n}", None if ok else "wrong sentence") for n, ok in enumerate(right)]
        comparison = compare(before, after)
        found += bool(comparison.better or comparison.worse)
    assert found <= 6  # 2 of 40 are to be expected


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_an_interval_holds_its_mean(values: list[float]) -> None:
    mean = mean_of(values)
    assert mean.low - 1e-6 <= mean.value <= mean.high + 1e-6
    assert mean_of(values) == mean


def test_an_interval_of_many_is_that_of_the_normal_law() -> None:
    low, high = interval((RNG.random(2000) < 0.5).astype(np.float64))
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 2000), rel=0.1)


def test_what_a_report_plots() -> None:
    outcomes = [outcome("q0", None, 0.95), outcome("q1", "wrong sentence", 0.15), outcome("q2", None, 0.92)]
    assert ranks(outcomes)["1"] == 2
    assert ranks(outcomes)["2"] == 1
    assert ranks([replace(outcomes[0], ranking=())])["none"] == 1
    assert reliability(outcomes) == [(0.15, 1.0, 1), (0.935, 1.0, 2)]
    assert risk_coverage(outcomes) == [(0.333333, 0.0), (0.666667, 0.0), (1.0, 0.333333)]
    assert ranks([]) == {}
    assert reliability([]) == []
    assert risk_coverage([]) == []


def test_faults_are_counted_in_the_order_of_the_stages() -> None:
    outcomes = [outcome("a", "wrong sentence"), outcome("b", "article not found"), outcome("c"), outcome("d")]
    assert list(summary(outcomes).faults.items()) == [("article not found", 1), ("wrong sentence", 1)]


def test_a_measure_that_is_gone_is_worse() -> None:
    before = [outcome(f"q{n}", scores={"recall@1": 1.0}) for n in range(20)]
    found = compare(before, [outcome(f"q{n}") for n in range(15)])
    assert found.worse == ("recall@1",)
    assert found.verdict.endswith("worse: recall@1 is no more")
    assert found.missing == 5


def test_runs_of_other_questions_are_not_compared() -> None:
    with pytest.raises(GoldError, match="none of these questions"):
        compare(run(3, 5), [])
    with pytest.raises(GoldError, match="the id 'q000' is another question"):
        compare([replace(each, question="Gì?") for each in run(3, 5)], run(3, 5))


def test_a_share_of_few_is_not_sure() -> None:
    mean = mean_of([1.0] * 3)
    assert (mean.value, mean.high) == (1.0, 1.0)
    assert mean.low == pytest.approx(0.4385, abs=1e-3)  # Wilson's
