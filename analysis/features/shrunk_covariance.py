"""Covariance shrunk towards equal correlations of zero, estimated on standardised columns.

Ledoit and Wolf (2004, "A well-conditioned estimator for large-dimensional covariance matrices"): the sample matrix and
a multiple of the identity are mixed in the proportion that minimises the expected squared error. Columns are
standardised first, else one asset in a larger unit decides how much all others are shrunk.
"""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats


@dataclass(frozen=True, slots=True, eq=False)
class ShrunkCovariance:
    """``correlation`` and ``covariance`` (k, k) per bar, ``deviation`` (k), and the share of the target, 0..1.

    The diagonal of the correlation is 1 and that of the covariance the sample variance with divisor n.
    """

    correlation: Floats
    covariance: Floats
    deviation: Floats
    shrinkage: float


def shrunk_covariance(returns: Floats) -> ShrunkCovariance:
    """Return the estimate from complete rows of returns (n, k), n of 2 or more.

    A column that does not vary has deviation 0 and no correlation with the others. ``ValueError`` where a value is
    missing or there are too few rows.
    """
    if returns.ndim != 2 or len(returns) < 2 or not np.isfinite(returns).all():
        raise ValueError("expected complete rows of returns, at least two of them")
    centred = returns - returns.mean(axis=0)
    deviation = np.where(np.ptp(returns, axis=0) > 0, np.sqrt((centred**2).mean(axis=0)), 0.0)
    standard = np.divide(centred, deviation, out=np.zeros_like(centred), where=deviation > 0)
    sample = standard.T @ standard / len(standard)
    shrinkage = ledoit_wolf_shrinkage(standard)
    correlation = (1 - shrinkage) * sample
    np.fill_diagonal(correlation, 1.0)
    return ShrunkCovariance(correlation, correlation * np.outer(deviation, deviation), deviation, shrinkage)


def ledoit_wolf_shrinkage(centred: Floats) -> float:
    """Return the optimal share of the target mean variance * identity, 0..1, from centred columns (n, k)."""
    n, k = centred.shape
    squares = centred**2
    mean_variance = squares.sum() / (n * k)
    product = float(((centred.T @ centred) ** 2).sum()) / n**2
    noise = (float((squares.T @ squares).sum()) / n - product) / (k * n)
    distance = product / k - mean_variance**2
    if not (distance > 0 and noise > 0):
        return 0.0
    return float(min(noise, distance) / distance)
