"""Equal risk contributions: every asset adds the same share to the variance of the whole.

Maillard, Roncalli and Teiletche (2010); solved by cyclical coordinate descent on w' C w / 2 - sum(log w) / k, whose
minimum, scaled to sum 1, is the only long-only solution (Griveau-Billion, Richard and Roncalli 2013).
"""

from typing import Final

import numpy as np

from analysis.arrays import Floats

SWEEPS: Final = 1000
TOLERANCE: Final = 1e-10
"""Largest departure of a risk contribution from 1 / k at which the descent ends."""
_RIDGE: Final = 1e-10
"""Added to the correlations' diagonal: a singular matrix with a riskless mix of longs has no minimum without it."""


def equal_risk_weights(covariance: Floats) -> Floats:
    """Return long-only weights (k) that sum to 1 and whose risk contributions are equal, from variances above 0.

    ``ValueError`` where a variance is not positive; ``ArithmeticError`` where the descent does not converge, as where
    a mix of longs has no risk at all and any multiple of it is as good.
    """
    deviation = np.sqrt(np.diag(covariance))
    if not (deviation > 0).all():
        raise ValueError("expected positive variances")
    correlation = covariance / np.outer(deviation, deviation) + _RIDGE * np.eye(len(deviation))
    scaled = _descend(correlation) / deviation
    return np.asarray(scaled / scaled.sum())


def risk_contributions(weights: Floats, covariance: Floats) -> Floats:
    """Return each asset's share (k) of the variance of the whole, w_i (C w)_i / w' C w; they sum to 1.

    NaN where the whole has no variance.
    """
    slope = covariance @ weights
    variance = float(weights @ slope)
    return weights * slope / variance if variance > 0 else np.full(len(weights), np.nan)


def diversification_ratio(weights: Floats, covariance: Floats) -> float:
    """Return the weighted mean of deviations over the deviation of the whole: 1 without any diversification.

    Choueifaty and Coignard (2008). NaN where the whole has no variance.
    """
    variance = float(weights @ covariance @ weights)
    return float(weights @ np.sqrt(np.diag(covariance))) / np.sqrt(variance) if variance > 0 else float("nan")


def _descend(correlation: Floats) -> Floats:
    """Return y with y_i (R y)_i = 1 / k, each coordinate in turn set to the root of its own equation."""
    k = len(correlation)
    y = np.full(k, 1 / np.sqrt(correlation.sum()))
    slope = correlation @ y
    for _ in range(SWEEPS):
        for i in range(k):
            others = slope[i] - correlation[i, i] * y[i]
            found = (np.sqrt(others**2 + 4 * correlation[i, i] / k) - others) / (2 * correlation[i, i])
            slope += correlation[:, i] * (found - y[i])
            y[i] = found
        if np.abs(k * y * slope - 1).max() <= TOLERANCE:
            return y
    raise ArithmeticError("equal risk contributions were not reached")
