"""Hansen's (2005) test of superior predictive ability: does any of several models lose less than the benchmark?

Everything is a loss: of returns pass their negative. The best of many tries looks good by chance; the p-value is that
of the best one among what the bootstrap of all of them together shows where none is better. Politis and Romano's (1994)
stationary bootstrap keeps runs of bars together; it is seeded, so that equal losses have one answer.
"""

from typing import NamedTuple

import numpy as np

from analysis.arrays import Floats
from analysis.features.stationary_bootstrap import stationary_rows


class SuperiorAbility(NamedTuple):
    """Hansen's consistent p-value, the best model's column, and how much less it lost per bar (negative: more)."""

    p: float
    best: int
    gain: float


def superior_ability(
    benchmark: Floats, models: Floats, *, block: float, draws: int, seed: int
) -> SuperiorAbility:
    """Test losses (n) of a benchmark against those (n, m) of the models, mean block length ``block`` bars.

    Gains are studentised; models far worse than the benchmark do not dilute the test (threshold sqrt(2 log log n)).
    A model that equals the benchmark everywhere cannot win. ``ValueError`` below 20 bars or where a loss is unknown.
    """
    gains = benchmark[:, None] - models
    n = len(gains)
    if n < 20 or not np.isfinite(gains).all():
        raise ValueError("expected at least 20 complete bars of losses")
    mean = gains.mean(axis=0)
    rows = stationary_rows(n, block, draws, seed)
    drawn = np.array([gains[row].mean(axis=0) for row in rows])
    error = np.sqrt(_bootstrap_variance(gains - mean, 1 / block))
    varies = error > 0
    unit = np.where(varies, error, 1.0)
    score = np.where(varies, np.sqrt(n) * mean / unit, 0.0)
    centre = np.where(score >= -np.sqrt(2 * np.log(np.log(n))), mean, 0.0)
    null = np.where(varies, np.sqrt(n) * (drawn - centre) / unit, 0.0).max(axis=1)
    best = int(np.argmax(score))
    p = float(np.mean(np.maximum(null, 0.0) > max(float(score[best]), 0.0))) if score[best] > 0 else 1.0
    return SuperiorAbility(p, best, float(mean[best]))


def _bootstrap_variance(away: Floats, q: float) -> Floats:
    """Return n times the variance (m) that the stationary bootstrap gives the mean of columns (n, m) of mean 0."""
    n = len(away)
    variance = (away**2).mean(axis=0)
    for lag in range(1, n):
        weight = (1 - lag / n) * (1 - q) ** lag + lag / n * (1 - q) ** (n - lag)
        if weight < 1e-6:
            continue
        variance = variance + 2 * weight * (away[lag:] * away[:-lag]).sum(axis=0) / n
    return np.asarray(np.maximum(variance, 0.0))
