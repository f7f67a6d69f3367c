"""Candidates -> their scores: both legs and the words of each, summed under weights."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
from numpy.typing import NDArray

from rag.retrieval.candidates import Candidates
from rag.retrieval.fusion_weights import fusion_weights

Scores = NDArray[np.float32]


def fuse(candidates: Candidates) -> Scores:
    """The scores (n,) of candidates, higher is better, comparable within one question only.

    Words say little across languages: a chunk in another language than the question is scored by its nearness alone,
    but for phrases and codes.
    """
    weights, own = fusion_weights(), ~candidates.foreign
    dense = weights.dense * standardised(candidates.nearness + candidates.offsets)
    lexical = np.zeros_like(dense)
    lexical[own] = standardised(candidates.bm25[own])
    words = candidates.words @ np.array(astuple(weights)[2:7], dtype=np.float32)
    across = weights.other_language + weights.phrase * candidates.words[:, -1]
    scores: Scores = dense + np.where(candidates.foreign, across, weights.lexical * lexical + words)
    return scores


def standardised(scores: Scores) -> Scores:
    """Scores (n,) less their mean, over their standard deviation; zeros when all are equal."""
    deviation = scores.std() if len(scores) else 0.0
    centred: Scores = scores - scores.mean() if len(scores) else scores
    return centred / deviation if deviation > 1e-9 else np.zeros_like(centred)
