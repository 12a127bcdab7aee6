"""How coins move together: correlations with their intervals, covariances, and what the common part holds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import rankdata

from analysis.arrays import Floats

Z_95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True, eq=False)
class Correlations:
    """``value`` with the ends of its 95 % interval, (k, k) each; the diagonal is 1."""

    value: Floats
    low: Floats
    high: Floats


def pearson(returns: Floats) -> Correlations:
    """Return product-moment correlations of complete rows (n, k), with Fisher's (1921) interval."""
    return _with_interval(_correlation(returns), len(returns), np.ones_like)


def rank_correlation(returns: Floats) -> Correlations:
    """Return Spearman's correlations, with the interval of Bonett and Wright (2000): variance (1 + rho^2 / 2)."""
    ranks = np.asarray(rankdata(returns, axis=0))
    return _with_interval(_correlation(ranks), len(returns), lambda rho: 1 + rho**2 / 2)


def _correlation(values: Floats) -> Floats:
    centred = values - values.mean(axis=0)
    size = np.sqrt((centred**2).sum(axis=0))
    standard = np.divide(centred, size, out=np.full_like(centred, np.nan), where=size > 0)
    found = np.asarray(np.clip(standard.T @ standard, -1.0, 1.0), dtype=np.float64)
    np.fill_diagonal(found, 1.0)
    return found


def _with_interval(value: Floats, n: int, variance: Callable[[Floats], Floats]) -> Correlations:
    if n < 4:
        return Correlations(value, np.full_like(value, np.nan), np.full_like(value, np.nan))
    inner = np.clip(value, -1 + 1e-15, 1 - 1e-15)
    error = Z_95 * np.sqrt(variance(value) / (n - 3))
    low, high = np.tanh(np.arctanh(inner) - error), np.tanh(np.arctanh(inner) + error)
    for edge in (low, high):
        np.fill_diagonal(edge, 1.0)
    return Correlations(value, low, high)


def partial_correlation(correlation: Floats) -> Floats:
    """Return each pair's correlation given all others, from the inverse of a positive definite one (k, k)."""
    precision = np.linalg.inv(correlation)
    size = np.sqrt(np.diag(precision))
    found = -precision / np.outer(size, size)
    np.fill_diagonal(found, 1.0)
    return np.asarray(np.clip(found, -1.0, 1.0))


def covariance(returns: Floats) -> Floats:
    """Return the covariance of complete rows (n, k) with the divisor n - 1."""
    return np.atleast_2d(np.cov(returns, rowvar=False))


def ewma_covariance(returns: Floats, decay: float) -> Floats:
    """Return the exponentially weighted covariance of complete rows, mean 0: weights decay^age, normalised to one.

    RiskMetrics (1996).
    """
    weights = decay ** np.arange(len(returns) - 1, -1, -1.0)
    return np.asarray((returns * (weights / weights.sum())[:, None]).T @ returns)


def absorption_ratio(correlation: Floats, vectors: int) -> float:
    """Return the share of all variance that the ``vectors`` largest eigenvectors hold (Kritzman and others 2011)."""
    values = np.linalg.eigvalsh(correlation)
    return float(values[-vectors:].sum() / values.sum())


def first_shares(blocks: Floats) -> Floats:
    """Return the share of the first eigenvector of each correlation matrix in (m, k, k)."""
    values = np.linalg.eigvalsh(blocks)
    return np.asarray(values[:, -1] / values.sum(axis=1))


def dispersion(returns: Floats) -> Floats:
    """Return the standard deviation across coins of each row (n, k), with the divisor k - 1; needs two columns."""
    return np.asarray(np.std(returns, axis=1, ddof=1))


def mean_off_diagonal(matrix: Floats) -> float:
    """Return the mean over all pairs."""
    k = len(matrix)
    return float((matrix.sum() - np.trace(matrix)) / (k * (k - 1)))
