"""Do assets fall from their peaks together? Correlation of drawdowns beside what independent walks show.

Drawdowns are so persistent that those of two independent random walks correlate above 0.5 in a quarter of cases, at
any length: a level says nothing without that null. Their bar-to-bar changes have no such null and are shown beside it.
"""

from typing import NamedTuple

import numpy as np

from analysis.arrays import Floats
from analysis.features.drawdown import running_drawdown


class DrawdownCorrelation(NamedTuple):
    """Mean over the pairs of assets: of drawdowns, of their changes; ``p`` of the former among independent walks.

    ``null_high`` is the level that 95 % of independent walks stay below.
    """

    level: float
    changes: float
    p: float
    null_high: float


def drawdown_correlation(returns: Floats, draws: int, seed: int) -> DrawdownCorrelation:
    """Return the mean correlations of the columns of complete log returns (n, k), and the null by shuffling.

    The null gives every asset its own returns in an order of its own, ``draws`` times. NaN with fewer than two
    columns that ever fall.
    """
    generator = np.random.default_rng(seed)
    level, changes = _mean_pair(drawdowns(returns)), _mean_pair(np.diff(drawdowns(returns), axis=0))
    if not np.isfinite(level):
        return DrawdownCorrelation(level, changes, float("nan"), float("nan"))
    null = np.array([_mean_pair(drawdowns(generator.permuted(returns, axis=0))) for _ in range(draws)])
    known = null[np.isfinite(null)]
    p = (1 + int((known >= level).sum())) / (1 + len(known))
    return DrawdownCorrelation(level, changes, p, float(np.quantile(known, 0.95)))


def drawdowns(returns: Floats) -> Floats:
    """Return the running drawdown of each column (n + 1, k), from the price before the first return."""
    price = np.exp(np.vstack([np.zeros(returns.shape[1]), np.cumsum(returns, axis=0)]))
    return np.column_stack([running_drawdown(column) for column in price.T])


def _mean_pair(columns: Floats) -> float:
    moving = columns[:, np.ptp(columns, axis=0) > 0]
    if moving.shape[1] < 2:
        return float("nan")
    correlation = np.atleast_2d(np.corrcoef(moving.T))
    return float(correlation[np.triu_indices(len(correlation), 1)].mean())
