from __future__ import annotations

import ir_measures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.evaluation.metrics import (
    answer_tokens,
    auroc,
    brier_score,
    contains,
    exact_match,
    expected_calibration_error,
    mrr_at_k,
    ndcg_at_k,
    percentile,
    precision_recall_f1,
    recall_at_k,
    token_f1,
)

IDS = [f"d{number}" for number in range(12)]
rankings = st.lists(st.sampled_from(IDS), unique=True, max_size=12)
judgements = st.dictionaries(st.sampled_from(IDS), st.integers(0, 3), max_size=8)


@settings(max_examples=40)
@given(rankings, judgements, st.sampled_from([1, 3, 5, 10]))
def test_rankings_are_measured_as_ir_measures_does(ranking: list[str], qrels: dict[str, int], k: int) -> None:
    judged = [ir_measures.Qrel("q", doc, grade) for doc, grade in qrels.items()]
    run = [ir_measures.ScoredDoc("q", doc, float(-rank)) for rank, doc in enumerate(ranking)]
    if not judged or not run:
        assert recall_at_k(ranking, qrels, k) == mrr_at_k(ranking, qrels, k) == ndcg_at_k(ranking, qrels, k) == 0
        return
    measures = [ir_measures.R @ k, ir_measures.RR @ k, ir_measures.nDCG @ k]
    reference = ir_measures.calc_aggregate(measures, judged, run)
    found = [recall_at_k(ranking, qrels, k), mrr_at_k(ranking, qrels, k), ndcg_at_k(ranking, qrels, k)]
    assert found == pytest.approx([reference[measure] for measure in measures])


def test_rankings_by_hand() -> None:
    qrels = {"a": 1, "b": 2, "c": 0, "d": -1}
    assert recall_at_k(["c", "a"], qrels, 2) == 0.5
    assert mrr_at_k(["c", "d", "a"], qrels, 3) == pytest.approx(1 / 3)
    assert mrr_at_k(["c", "d", "a"], qrels, 2) == 0
    assert ndcg_at_k(["b", "a"], qrels, 2) == 1
    assert ndcg_at_k(["d", "c"], qrels, 2) == 0


def test_answer_tokens() -> None:
    assert answer_tokens("Cầu Hoà Bình, 1.234 m!") == answer_tokens("cầu hòa bình 1234 M")
    assert answer_tokens("The bridge and a dam", english=True) == ["bridge", "and", "dam"]
    assert answer_tokens("an ninh") == ["an", "ninh"]
    assert answer_tokens("北京是首都") == list("北京是首都")


@pytest.mark.parametrize(
    ("answer", "references", "exact", "f1"),
    [
        ("Hà Nội", ["Hà Nội"], 1.0, 1.0),
        ("hà nội.", ["Huế", "Hà Nội"], 1.0, 1.0),
        ("thủ đô Hà Nội", ["Hà Nội"], 0.0, 2 / 3),
        ("Huế", ["Hà Nội"], 0.0, 0.0),
        ("", ["Hà Nội"], 0.0, 0.0),
        ("", [""], 1.0, 1.0),
        ("Hà Nội", [], 0.0, 0.0),
        ("hà hà nội", ["hà nội nội"], 0.0, 2 / 3),
        ("北京", ["北京市"], 0.0, 0.8),
    ],
)
def test_answers(answer: str, references: list[str], exact: float, f1: float) -> None:
    assert exact_match(answer, references) == exact
    assert token_f1(answer, references) == pytest.approx(f1)


@given(st.text(max_size=30), st.text(max_size=30))
def test_f1_is_symmetric_and_one_for_equals(one: str, other: str) -> None:
    assert token_f1(one, [other]) == token_f1(other, [one])
    assert token_f1(one, [one]) == exact_match(one, [one]) == 1
    assert 0 <= token_f1(one, [other]) <= 1
    assert exact_match(one, [other]) <= token_f1(one, [other])


@pytest.mark.parametrize(
    ("text", "references", "held"),
    [
        ("Cầu dài 1.234 m.", ["1,234"], 1.0),
        ("Cầu dài 12345 m.", ["1234"], 0.0),
        ("thủ đô là Hà Nội", ["Huế", "hà nội"], 1.0),
        ("Hà, Nội", ["Hà Nội"], 1.0),
        ("Hà rồi Nội", ["Hà Nội"], 0.0),
        ("Nội Hà", ["Hà Nội"], 0.0),
        ("北京市", ["北京"], 1.0),
        ("gì đó", [], 0.0),
    ],
)
def test_contains(text: str, references: list[str], held: float) -> None:
    assert contains(text, references) == held


def test_precision_recall_f1() -> None:
    assert precision_recall_f1(["a", "b"], ["b", "c", "d"]) == pytest.approx((1 / 2, 1 / 3, 0.4))
    assert precision_recall_f1([], ["a"]) == precision_recall_f1(["a"], []) == (0, 0, 0)
    assert precision_recall_f1(["a"], ["a"]) == (1, 1, 1)


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0, 1))
def test_percentile_is_the_smallest_value_that_is_enough(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6
    below = [value for value in values if value < found]
    assert not below or len(below) < share * len(values) + 1e-6


def test_percentiles_by_hand() -> None:
    values = [float(value) for value in range(1, 101)]
    assert [percentile(values, share) for share in (0, 0.5, 0.95, 1)] == [1, 50, 95, 100]
    assert percentile([], 0.5) == 0


def test_auroc_by_hand() -> None:
    # Of the four pairs one is the wrong way round and one a tie.
    assert auroc([0.9, 0.4, 0.4, 0.6], [True, True, False, False]) == (1 + 1 + 0.5 + 0) / 4
    assert auroc([0.1, 0.9], [False, True]) == 1
    assert auroc([0.1, 0.9], [True, False]) == 0
    assert auroc([], []) == auroc([0.3, 0.4], [True, True]) == 0.5


def test_calibration_error_by_hand() -> None:
    # The bins 0.1-0.2 (mean 0.15, one of two true) and 0.9-1 (mean 0.95, both true).
    found = expected_calibration_error([0.1, 0.2 - 1e-9, 0.9, 1.0], [True, False, True, True])
    assert found == pytest.approx((2 * abs(0.15 - 0.5) + 2 * abs(0.95 - 1)) / 4)
    assert expected_calibration_error([1.0, 0.0], [True, False]) == 0
    assert expected_calibration_error([0.2, 0.8], [True, False], bins=1) == 0
    assert expected_calibration_error([], []) == 0


def test_brier_score_by_hand() -> None:
    assert brier_score([0.9, 0.3], [True, False]) == pytest.approx((0.01 + 0.09) / 2)
    assert brier_score([], []) == 0


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30))
def test_measures_of_probabilities_stay_in_range(pairs: list[tuple[float, bool]]) -> None:
    probabilities, true = [p for p, _ in pairs], [is_true for _, is_true in pairs]
    for measure in (auroc, expected_calibration_error, brier_score):
        assert 0 <= measure(probabilities, true) <= 1 + 1e-9
