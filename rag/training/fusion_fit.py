"""The fit of the weights of the fusion: those under which the right passages are the likeliest of the candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rag.evaluation.metrics import mrr_at_k
from rag.models.weights_file import using_weights
from rag.retrieval.fusion import fuse, standardised
from rag.retrieval.fusion_weights import FusionWeights, fusion_weights
from rag.retrieval.nearest_sentence import RERANKED, by_nearest_sentence, sentence_cosines
from rag.retrieval.sentence_vectors import SentenceVectors
from rag.retrieval.word_features import FEATURES
from rag.training.retrieved_question import RetrievedQuestion
from rag.training.softmax_regression import Features, Group, softmax_weights

# Phrases in quotation marks and codes are too few among training questions; their weight stays.
FITTED = ("dense", "lexical", *(name for name in FEATURES if name != "phrase"))
# Cosines of sentences lie within some hundredths; with this factor their weight is of the size of the others.
_COSINE_SCALE = 20.0
_DEPTH = 10


def fit_fusion(questions: Sequence[RetrievedQuestion], vectors: SentenceVectors) -> FusionWeights:
    """The weights fitted on questions; `phrase` and `other_language` stay those in use.

    First those of the candidates' own features by softmax regression, then, among the best candidates under these, that
    of the nearest sentence's cosine. Questions without the right article among their candidates teach nothing.
    """
    found = [(each, each.right) for each in questions if each.right.any()]
    fitted = softmax_weights([(_features(each), right) for each, right in found])
    values = {name: round(float(weight), 3) for name, weight in zip(FITTED, fitted, strict=True)}
    weights = replace(fusion_weights(), **values)
    with using_weights("fusion", weights):
        groups = [group for each in questions if (group := _sentence_group(each, vectors))]
    score, sentence = softmax_weights(groups)
    return replace(weights, sentence=round(float(_COSINE_SCALE * sentence / score), 1))


def measure_fusion(questions: Sequence[RetrievedQuestion], vectors: SentenceVectors) -> dict[str, float]:
    """Recall@1 and MRR@10 (0 to 1) of the right article under the weights in use, without the reader."""
    ranks: list[float] = []
    firsts: list[float] = []
    for each in questions:
        order, _, _ = by_nearest_sentence(each.query, each.candidates, fuse(each.candidates), vectors)
        ranking = list(dict.fromkeys(each.candidates.chunks[place].article_id for place in order.tolist()))
        ranks.append(mrr_at_k(ranking, {each.question.article_id: 1}, _DEPTH))
        firsts.append(float(ranking[:1] == [each.question.article_id]))
    return {"recall@1": float(np.mean(firsts)), "MRR@10": float(np.mean(ranks))}


def _features(each: RetrievedQuestion) -> Features:
    """The features (n, f) of the candidates, in the order of `FITTED`."""
    candidates = each.candidates
    legs = (standardised(candidates.nearness + candidates.offsets), standardised(candidates.bm25))
    words = np.delete(candidates.words, FEATURES.index("phrase"), axis=1)
    return np.column_stack((*legs, words)).astype(np.float64)


def _sentence_group(each: RetrievedQuestion, vectors: SentenceVectors) -> Group | None:
    """Fused score and scaled cosine of the nearest sentence of the best candidates; None if none of them is right."""
    scores = fuse(each.candidates)
    best = np.argsort(-scores, kind="stable")[:RERANKED]
    right = each.right[best]
    if not right.any():
        return None
    cosines = sentence_cosines(each.query, [each.candidates.chunks[place] for place in best.tolist()], vectors)
    nearest = [own[:, 0].max(initial=-1.0) for own in cosines.values()]
    return np.column_stack((scores[best], _COSINE_SCALE * np.array(nearest))).astype(np.float64), right
