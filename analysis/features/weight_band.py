"""How far the weights of a method follow from which days its past happened to have: a bootstrap band of each weight.

The days are drawn anew in runs (Politis and Romano 1994) and the weights estimated from each draw as they were from the
days themselves. What the draws do not touch is held: the coins, the limits, the market's weights and views.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.allocation import Outlook, WeightLimits, method_weights
from analysis.features.allocation_methods import BAND_SHARE
from analysis.features.shrunk_covariance import ShrunkCovariance
from analysis.features.stationary_bootstrap import stationary_rows

Estimate = Callable[[Floats], ShrunkCovariance]
"""From complete rows of returns (n, k)."""
FEWEST_SHARE: Final = 0.5
"""Of the draws that must give weights."""


@dataclass(frozen=True, slots=True)
class WeightRule:
    """How weights follow from returns: by which method, from which estimate, within which outlook and limits."""

    method: str
    estimate: Estimate
    outlook: Outlook
    limits: WeightLimits

    def weights(self, returns: Floats) -> Floats:
        """Return the weights (k) from complete rows of returns (n, k); errors as those of `method_weights`."""
        return method_weights(self.method, self.estimate(returns), self.outlook, self.limits)


@dataclass(frozen=True, slots=True)
class Redraws:
    """How the past is drawn anew: mean length of a run (rows), how many draws, from which seed."""

    block: float
    count: int
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class WeightBand:
    """``low`` and ``high`` (k) ends of each weight."""

    low: Floats
    high: Floats


def weight_band(returns: Floats, rule: WeightRule, redraws: Redraws) -> WeightBand | None:
    """Return the central 95 % of each weight among the draws, widened to the weight itself where that lies outside.

    ``returns`` (n, k) are complete rows. A draw in which a coin does not move or the method does not converge is left
    out; ``None`` where fewer than half remain.
    """
    drawn = drawn_weights(returns, rule, redraws)
    if len(drawn) < FEWEST_SHARE * redraws.count:
        return None
    weights = rule.weights(returns)
    low, high = np.quantile(drawn, [(1 - BAND_SHARE) / 2, (1 + BAND_SHARE) / 2], axis=0)
    return WeightBand(np.minimum(low, weights), np.maximum(high, weights))


def drawn_weights(returns: Floats, rule: WeightRule, redraws: Redraws) -> Floats:
    """Return the weights (d, k) in each draw that gives any."""
    found = []
    for rows in stationary_rows(len(returns), redraws.block, redraws.count, redraws.seed):
        try:
            found.append(rule.weights(returns[rows]))
        except (ValueError, ArithmeticError):
            continue
    return np.array(found).reshape(-1, returns.shape[1])
