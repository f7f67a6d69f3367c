from __future__ import annotations

import re
import string
import subprocess
import sys
from collections import Counter
from typing import Any

import ir_measures
import numpy as np
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

EXACT = 1e-9
IDS = [f"d{number}" for number in range(12)]
judgements = st.dictionaries(st.sampled_from(IDS), st.integers(0, 3), max_size=8)
# Few scores, so that there are ties.
runs = st.dictionaries(st.sampled_from(IDS), st.integers(0, 4), max_size=12)
depths = st.sampled_from([1, 3, 5, 10])


def ranking_of(scores: dict[str, int]) -> list[str]:
    """The documents as trec_eval orders them: by falling score, and those of one score by falling id."""
    return sorted(scores, key=lambda doc: (scores[doc], doc), reverse=True)


def measured(ranking: list[str], qrels: dict[str, int], k: int) -> list[float]:
    return [recall_at_k(ranking, qrels, k), mrr_at_k(ranking, qrels, k), ndcg_at_k(ranking, qrels, k)]


def reference(runs: dict[str, dict[str, int]], qrels: dict[str, int], k: int) -> list[float]:
    """Means over the questions. RR@k is RR of the first k: of ties MS MARCO's own script, which is RR@k there, orders
    the other way round than trec_eval, which is all else."""
    judged = [ir_measures.Qrel(query, doc, grade) for query in runs for doc, grade in qrels.items()]

    def calculated(measure: Any, depth: int | None) -> float:
        run = [
            ir_measures.ScoredDoc(query, doc, float(scores[doc]))
            for query, scores in runs.items()
            for doc in ranking_of(scores)[:depth]
        ]
        return float(ir_measures.calc_aggregate([measure], judged, run)[measure]) if run else 0.0

    return [calculated(ir_measures.R @ k, None), calculated(ir_measures.RR, k), calculated(ir_measures.nDCG @ k, None)]


@settings(max_examples=60)
@given(runs, judgements, depths)
def test_rankings_are_measured_as_ir_measures_does(scores: dict[str, int], qrels: dict[str, int], k: int) -> None:
    found = measured(ranking_of(scores), qrels, k)
    if scores and any(qrels.values()):
        assert found == pytest.approx(reference({"q": scores}, qrels, k), abs=EXACT)
    else:  # nothing is found, or nothing is to be found
        assert found == [0, 0, 0]


@settings(max_examples=20)
@given(runs, runs, judgements.filter(lambda qrels: any(qrels.values())), depths)
def test_a_question_without_a_ranking_counts_as_nought_in_the_mean(
    one: dict[str, int], other: dict[str, int], qrels: dict[str, int], k: int
) -> None:
    asked = {"q1": one, "q2": other, "q3": {}}
    own = np.mean([measured(ranking_of(scores), qrels, k) for scores in asked.values()], axis=0)
    assert list(own) == pytest.approx(reference(asked, qrels, k), abs=EXACT)


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


def squad_tokens(text: str) -> list[str]:
    """What SQuAD v1.1 compares: lower case, without punctuation, then without articles, parted at blanks."""
    bare = "".join(letter for letter in text.lower() if letter not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", bare).split()


def squad_f1(answer: str, reference: str) -> float:
    said, wanted = squad_tokens(answer), squad_tokens(reference)
    same = sum((Counter(said) & Counter(wanted)).values())
    if not same:
        return 0.0
    precision, recall = same / len(said), same / len(wanted)
    return 2 * precision * recall / (precision + recall)


english = st.lists(
    st.builds(
        lambda before, word, behind: before + word + behind,
        st.sampled_from(["", "", "", "(", '"', "'", "$"]),
        st.sampled_from(["the", "A", "an", "The", "bridge", "dam", "River", "anthem"])
        | st.text(string.ascii_letters, min_size=1, max_size=6)
        | st.integers(1, 2030).map(str)
        | st.integers(1000, 10**7).map("{:,}".format),
        st.sampled_from(["", "", "", ",", ".", ";", ":", "?", "!", ")", '"', "'", "..."]),
    ),
    max_size=8,
).map(" ".join)


@settings(max_examples=300)
@given(english, st.lists(english, max_size=3))
def test_english_answers_are_compared_as_squad_does(answer: str, references: list[str]) -> None:
    exact = float(any(squad_tokens(answer) == squad_tokens(each) for each in references))
    assert exact_match(answer, references, english=True) == exact
    # Two texts of no words are the same here, as in SQuAD 2.0; in v1.1, where none is empty, their F1 is not defined.
    both = [each for each in references if squad_tokens(answer) or squad_tokens(each)]
    f1 = max((squad_f1(answer, each) for each in both), default=0.0)
    assert token_f1(answer, both, english=True) == pytest.approx(f1, abs=EXACT)


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


def chance_of_order(probabilities: list[float], true: list[bool]) -> float:
    """AUROC as it is defined: over all pairs of a true one and a false one."""
    above, below = ([p for p, told in zip(probabilities, true, strict=True) if told is kind] for kind in (True, False))
    pairs = [(high > low) + (high == low) / 2 for high in above for low in below]
    return sum(pairs) / len(pairs) if pairs else 0.5


@given(st.lists(st.tuples(st.sampled_from([0, 0.2, 0.5, 0.5 + 1e-12, 1]) | st.floats(0, 1), st.booleans())))
def test_probabilities_are_measured_as_defined(pairs: list[tuple[float, bool]]) -> None:
    probabilities, true = [p for p, _ in pairs], [is_true for _, is_true in pairs]
    assert auroc(probabilities, true) == pytest.approx(chance_of_order(probabilities, true), abs=EXACT)
    distances = [(p - is_true) ** 2 for p, is_true in pairs]
    brier = sum(distances) / len(distances) if distances else 0.0
    assert brier_score(probabilities, true) == pytest.approx(brier, abs=EXACT)


def test_measures_of_one_kind_alone_are_defined() -> None:
    assert auroc([0.2, 0.9], [False, False]) == auroc([0.2], [True]) == 0.5
    assert brier_score([0.5, 1.0], [True, True]) == 0.125
    assert brier_score([0.5, 0.0], [False, False]) == 0.125


def test_nothing_heavy_is_loaded_before_it_is_used() -> None:
    program = "import sys, rag.evaluation.metrics; print({'sklearn', 'scipy', 'ir_measures'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30))
def test_measures_of_probabilities_stay_in_range(pairs: list[tuple[float, bool]]) -> None:
    probabilities, true = [p for p, _ in pairs], [is_true for _, is_true in pairs]
    for measure in (auroc, expected_calibration_error, brier_score):
        assert 0 <= measure(probabilities, true) <= 1 + 1e-9
