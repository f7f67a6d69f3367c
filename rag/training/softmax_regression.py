"""Softmax regression over groups: weights under which the right candidates of each question are the likeliest.

The conditional logit of McFadden (1974), which learning to rank knows as the listwise loss of ListNet (Cao et al.,
2007).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float64]
Group = tuple[Features, NDArray[np.bool_]]
# The penalty on the squares of the weights: it only keeps them finite where a feature parts right from wrong.
_PENALTY = 1e-6
_STEPS, _TOLERANCE = 500, 1e-10


def softmax_weights(groups: Sequence[Group]) -> Features:
    """The weights (f,) of the features, by L-BFGS to the optimum of this convex loss.

    A group is the features (n, f) of the candidates of a question, and which of them are right (n,), at least one. The
    probability of a candidate is the softmax, over its group, of the weighted sum of its features.
    """
    import torch

    width = max(len(features) for features, _ in groups)
    rows = torch.zeros(len(groups), width, groups[0][0].shape[1], dtype=torch.float64)
    absent = torch.ones(len(groups), width, dtype=torch.bool)
    target = torch.zeros(len(groups), width, dtype=torch.float64)
    for place, (features, right) in enumerate(groups):
        rows[place, : len(features)] = torch.from_numpy(features)
        absent[place, : len(features)] = False
        target[place, : len(features)] = torch.from_numpy(right / right.sum())
    weights = torch.zeros(rows.shape[2], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weights],
        max_iter=_STEPS,
        tolerance_grad=_TOLERANCE,
        tolerance_change=_TOLERANCE,
        line_search_fn="strong_wolfe",
    )

    def loss() -> float:
        optimizer.zero_grad()
        logits = (rows @ weights).masked_fill(absent, -torch.inf)
        likelihood = torch.where(target > 0, target * logits.log_softmax(dim=1), 0.0).sum(dim=1)
        value = _PENALTY * weights.square().sum() - likelihood.mean()
        value.backward()  # type: ignore[no-untyped-call]
        return float(value.detach())

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return weights.detach().numpy()
