"""Logistic regression: weights under which signals foretell whether something is true."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# The inverse of the penalty on standardised weights: it keeps a few hundred questions from giving extreme weights.
INVERSE_PENALTY = 1.0
_TOLERANCE, _STEPS = 1e-10, 200


def logistic_weights(rows: NDArray[np.float64], true: NDArray[np.bool_]) -> tuple[float, ...]:
    """The weights (f,), to four decimals, of the signals in rows (n, f), of which the first is a constant one.

    scikit-learn's logistic regression on standardised signals with an L2 penalty, its weights put back to the scale of
    the signals. A signal that is the same in all rows weighs nothing. Raises `ValueError` when all or none are true.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler()
    scaled = scaler.fit_transform(rows[:, 1:])
    model = LogisticRegression(C=INVERSE_PENALTY, solver="newton-cholesky", tol=_TOLERANCE, max_iter=_STEPS)
    model.fit(scaled, true)
    weights = model.coef_[0] / scaler.scale_
    constant = model.intercept_[0] - weights @ scaler.mean_
    return tuple(round(float(weight), 4) for weight in (constant, *weights))
