"""Backtests of a value-at-risk: is it violated as often as expected, and do violations come independently?"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, xlogy

from analysis.arrays import Floats


class LikelihoodRatio(NamedTuple):
    """A likelihood-ratio statistic and its chi-squared upper-tail probability; NaN where it cannot be judged."""

    statistic: float
    p_value: float


UNKNOWN = LikelihoodRatio(float("nan"), float("nan"))


class Backtest(NamedTuple):
    """How one forecast series did."""

    bars: int  # rows with both a forecast and a loss
    violations: int  # losses above the forecast
    coverage: LikelihoodRatio  # Kupiec, 1 degree of freedom
    independence: LikelihoodRatio  # Christoffersen, 1
    conditional: LikelihoodRatio  # both, 2


def backtest(pnl: Floats, forecasts: Floats, confidence: float) -> Backtest:
    """Return the tests of one-bar forecasts (positive losses) against the same rows' profit and loss.

    Both are fractions of notional; a row's forecast comes from earlier rows. Rows where one is NaN are left out,
    and a step over such a row is no transition.
    """
    known = np.isfinite(pnl) & np.isfinite(forecasts)
    violated = known & (-pnl > forecasts)
    coverage = kupiec(int(violated.sum()), int(known.sum()), confidence)
    independence = christoffersen(violated, known)
    return Backtest(
        int(known.sum()), int(violated.sum()), coverage, independence, _sum_of(coverage, independence)
    )


def kupiec(violations: int, bars: int, confidence: float) -> LikelihoodRatio:
    """Return Kupiec's proportion-of-failures test (1995): 2 ln(L(x/T) / L(p)), p = 1 - confidence; NaN for 0 bars."""
    if not bars:
        return UNKNOWN
    expected, found = 1 - confidence, violations / bars
    return _ratio(
        _log_likelihood(found, violations, bars) - _log_likelihood(expected, violations, bars), freedom=1
    )


def christoffersen(violated: NDArray[np.bool_], known: NDArray[np.bool_]) -> LikelihoodRatio:
    """Return Christoffersen's independence test (1998) on the transitions between neighbouring known rows.

    First-order Markov chain against one violation rate. NaN where no transition leads to a violation or none starts
    from one: clustering cannot be judged then.
    """
    pairs = known[1:] & known[:-1]
    before, after = violated[:-1][pairs], violated[1:][pairs]
    from_violation, from_calm = int(before.sum()), int((~before).sum())
    again, fresh = int((before & after).sum()), int((~before & after).sum())
    if not from_violation or not from_calm or not again + fresh:
        return UNKNOWN
    together = _log_likelihood(
        (again + fresh) / (from_violation + from_calm), again + fresh, from_violation + from_calm
    )
    apart = _log_likelihood(again / from_violation, again, from_violation)
    apart += _log_likelihood(fresh / from_calm, fresh, from_calm)
    return _ratio(apart - together, freedom=1)


def _log_likelihood(rate: float, violations: int, bars: int) -> float:
    return float(xlogy(violations, rate) + xlogy(bars - violations, 1 - rate))


def _sum_of(coverage: LikelihoodRatio, independence: LikelihoodRatio) -> LikelihoodRatio:
    """Christoffersen's conditional coverage: the sum of both statistics, 2 degrees of freedom."""
    return _ratio((coverage.statistic + independence.statistic) / 2, freedom=2)


def _ratio(gain: float, freedom: int) -> LikelihoodRatio:
    if np.isnan(gain):
        return UNKNOWN
    statistic = max(0.0, 2 * gain)
    return LikelihoodRatio(statistic, float(chdtrc(freedom, statistic)))
