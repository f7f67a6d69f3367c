"""Measures of rankings and answers: pure functions, named as the field names them.

Those of rankings are the same as in ir-measures, which takes 2.5 ms for what takes 13 µs here, of one ranking.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from rag.text.words import words

_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_ENGLISH_ARTICLES = frozenset(("a", "an", "the"))


def recall_at_k(ranking: Sequence[str], qrels: Mapping[str, int], k: int) -> float:
    """Share of the relevant ids among the first `k`; 0 for an empty ranking."""
    relevant = {doc for doc, grade in qrels.items() if grade > 0}
    return len(relevant & set(ranking[:k])) / len(relevant) if relevant else 0.0


def mrr_at_k(ranking: Sequence[str], qrels: Mapping[str, int], k: int) -> float:
    """1 / rank of the first relevant id among the first `k`, else 0."""
    return next((1 / rank for rank, doc in enumerate(ranking[:k], start=1) if qrels.get(doc, 0) > 0), 0.0)


def ndcg_at_k(ranking: Sequence[str], qrels: Mapping[str, int], k: int) -> float:
    """Discounted gain of the first `k` over that of the ideal ranking (gain = grade, discount = log2(rank + 1))."""
    ideal = _discounted(sorted((grade for grade in qrels.values() if grade > 0), reverse=True)[:k])
    return _discounted([max(0, qrels.get(doc, 0)) for doc in ranking[:k]]) / ideal if ideal else 0.0


def answer_tokens(text: str, *, english: bool = False) -> list[str]:
    """Words without case and punctuation.

    Of English text the articles are dropped, as SQuAD does (`an` is a word in Vietnamese); unlike there a mark inside a
    word parts it: well-known are two words, and 1,234 and 1.234 are one number.
    """
    tokens: list[str] = []
    for word in words(text):
        # Where no blank parts words, characters are compared, as MLQA does: a dictionary may part them in two ways.
        tokens += word if _UNSPACED.search(word) else [word]
    return [token for token in tokens if not (english and token in _ENGLISH_ARTICLES)]


def exact_match(answer: str, references: Collection[str], *, english: bool = False) -> float:
    """1 if the tokens are those of a reference, else 0."""
    tokens = answer_tokens(answer, english=english)
    return float(any(tokens == answer_tokens(reference, english=english) for reference in references))


def token_f1(answer: str, references: Collection[str], *, english: bool = False) -> float:
    """F1 of the tokens against the best reference, 0 to 1 (SQuAD)."""
    return max(
        (_f1(answer_tokens(answer, english=english), answer_tokens(r, english=english)) for r in references),
        default=0.0,
    )


def contains(text: str, references: Collection[str]) -> float:
    """1 if the words of a reference stand in the text in one run, else 0."""
    held = f" {' '.join(answer_tokens(text))} "
    return float(any(f" {' '.join(answer_tokens(reference))} " in held for reference in references))


def precision_recall_f1(found: Collection[str], true: Collection[str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of a set of ids; 0 where undefined."""
    both = len(set(found) & set(true))
    precision = both / len(found) if found else 0.0
    recall = both / len(true) if true else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if both else 0.0


def auroc(probabilities: Sequence[float], true: Sequence[bool]) -> float:
    """Chance that a true one got a higher probability than a false one, a tie counting half; 0.5 where undefined."""
    if len({*map(bool, true)}) < 2:
        return 0.5
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score([*map(bool, true)], probabilities))


def expected_calibration_error(probabilities: Sequence[float], true: Sequence[bool], bins: int = 10) -> float:
    """Mean distance (0 to 1) of the probabilities from the share of true ones, over equally wide bins; 0 for none."""
    filled: dict[int, list[tuple[float, bool]]] = {}
    for probability, is_true in zip(probabilities, true, strict=True):
        filled.setdefault(min(int(probability * bins), bins - 1), []).append((probability, is_true))
    gaps = (abs(sum(p for p, _ in held) - sum(is_true for _, is_true in held)) for held in filled.values())
    return sum(gaps) / len(probabilities) if probabilities else 0.0


def brier_score(probabilities: Sequence[float], true: Sequence[bool]) -> float:
    """Mean squared distance (0 to 1) of the probabilities from what came true; 0 for none."""
    if not true:
        return 0.0
    from sklearn.metrics import brier_score_loss

    return float(brier_score_loss([*map(int, true)], probabilities, pos_label=1))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` (0 to 1) of the values do not exceed; 0 for none."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else 0.0


def _discounted(grades: Sequence[int]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))


def _f1(answer: Sequence[str], reference: Sequence[str]) -> float:
    if not answer or not reference:
        return float(answer == reference)
    same = sum((Counter(answer) & Counter(reference)).values())
    return 2 * same / (len(answer) + len(reference))
