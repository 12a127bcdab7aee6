"""Several assets simulated together: residuals of one past bar are drawn as one, which keeps how they hang together.

Filtered historical simulation of Barone-Adesi, Giannopoulos & Vosper (1999) for a basket: every asset has its own
variance recursion (``analysis/features/filtered_returns.py``), every bar of a path draws one past row for all of them.
"""

from collections.abc import Sequence

import numpy as np

from analysis.arrays import Floats
from analysis.features.filtered_returns import Recursion


def complete_rows(columns: Floats) -> Floats:
    """Return the rows of (n, k) in which every asset is known."""
    return np.asarray(columns[np.isfinite(columns).all(axis=1)])


def joint_returns(
    residuals: Floats,
    recursions: Sequence[Recursion],
    next_variance: Floats,
    *,
    bars: int,
    paths: int,
    seed: int,
) -> Floats:
    """Return (paths, k) log returns over ``bars`` bars of k assets with residuals (n, k), all of them known.

    ``next_variance`` (k) is each asset's forecast for the coming bar. One bar needs no drawing: every row is a path.
    ``ValueError`` where the shapes do not belong together or there is nothing to draw.
    """
    count, assets = residuals.shape
    if bars < 1 or paths < 1 or not count or len(recursions) != assets or len(next_variance) != assets:
        raise ValueError("joint simulation needs bars, paths, rows, and one recursion and variance per asset")
    if bars == 1:
        return np.asarray(residuals * np.sqrt(next_variance))
    omega, alpha, beta = np.array([(r.omega, r.alpha, r.beta) for r in recursions]).T
    generator = np.random.default_rng(seed)
    variance = np.broadcast_to(next_variance, (paths, assets)).astype(np.float64)
    total = np.zeros((paths, assets))
    for _ in range(bars):
        step = residuals[generator.integers(count, size=paths)] * np.sqrt(variance)
        total += step
        variance = omega + alpha * step**2 + beta * variance
    return total


def component_shortfall(pnl: Floats, confidence: float) -> Floats:
    """Return (k) each asset's mean loss in the tail of the whole: they add up to its expected shortfall.

    ``pnl`` (n, k) is profit and loss of the assets in one currency. With a = (1 - confidence) * n the tail is the worst
    a rows by their sum, the last of them in part, as in ``tail_loss.historical`` (Euler shares: Tasche 1999).
    """
    if not 0.5 < confidence < 1 or not len(pnl):
        raise ValueError("a tail needs rows and a confidence between 0.5 and 1, such as 0.95")
    size = round((1 - confidence) * len(pnl), 9)
    whole = int(size)
    worst = np.argsort(pnl.sum(axis=1), kind="stable")[: whole + 1]
    weights = np.ones(len(worst))
    weights[-1] = size - whole
    return np.asarray(-(weights @ pnl[worst]) / size)
