"""A statistic that is a ratio of sums over moments, such as a correlation or a hit rate, with errors that know of time.

All assets of one moment are one observation, since they move together; neighbouring moments share what lies ahead.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.confidence import CONFIDENCE
from analysis.features.price_impact import long_run_variance
from analysis.features.stationary_bootstrap import stationary_rows

DRAWS_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True, eq=False)
class RowRatio:
    """What each moment (n) adds to ``above`` and ``below``, summed over assets; 0 where it has nothing to say."""

    above: Floats
    below: Floats

    @property
    def value(self) -> float:
        """Sum of ``above`` over sum of ``below``; NaN where nothing counts."""
        total = float(self.below.sum())
        return float(self.above.sum()) / total if total != 0 else float("nan")

    @property
    def influence(self) -> Floats:
        """How far each moment pulls the ratio, (n), summing to 0."""
        total = float(self.below.sum())
        return np.asarray((self.above - self.value * self.below) / total)

    def error(self, lags: int) -> float:
        """Return Newey and West's (1987) standard error with Bartlett weights over ``lags`` moments."""
        return hac_error(self.influence, lags)

    def drawn(self, block: float, draws: int, seed: int) -> Floats:
        """Return the ratio in each of ``draws`` stationary bootstraps of the moments, mean block length ``block``."""
        return drawn_ratios((self,), block, draws, seed)[:, 0]


def hac_error(influence: Floats, lags: int) -> float:
    """Return Newey and West's (1987) standard error of a statistic from the influence of each moment (n)."""
    return float(np.sqrt(long_run_variance(influence, min(lags, len(influence) - 1))))


def drawn_ratios(ratios: tuple[RowRatio, ...], block: float, draws: int, seed: int) -> Floats:
    """Return several ratios over the same moments in the same stationary bootstraps, (draws, ratios)."""
    above = np.column_stack([ratio.above for ratio in ratios])
    below = np.column_stack([ratio.below for ratio in ratios])
    found = np.empty((draws, len(ratios)))
    for start in range(0, draws, DRAWS_AT_ONCE):
        count = min(DRAWS_AT_ONCE, draws - start)
        for row, chosen in enumerate(stationary_rows(len(above), block, count, seed + start), start):
            total = below[chosen].sum(axis=0)
            found[row] = np.where(
                total != 0, above[chosen].sum(axis=0) / np.where(total != 0, total, 1.0), np.nan
            )
    return found


def interval_of(drawn: Floats, level: float = CONFIDENCE) -> tuple[float, float]:
    """Return the central interval of drawn values by their quantiles; NaN draws do not count."""
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2]).tolist()
    return low, high
