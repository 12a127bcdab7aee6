"""VaR violations: which bars lost more than was forecast a bar before, how often, and whether they come alone."""

from math import nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.var_backtest import christoffersen, kupiec
from analysis.features.var_violations import counted_not_above
from analysis.risk.forecasts import Forecasts
from analysis.risk.inputs import RiskInputs, rank_bars
from analysis.risk.specs import LEVELS, Method, Statistic
from analysis.risk.tail_metrics import BACKTESTS
from config.c_risk import RiskExposureConfig


class Violations(NamedTuple):
    """Rows that lost more than their forecast, and rows that can be judged, (n) each."""

    violated: NDArray[np.bool_]
    known: NDArray[np.bool_]


def backtest_values(
    inputs: RiskInputs, returns: Floats, ahead: Forecasts, config: RiskExposureConfig
) -> dict[str, float]:
    """Return by metric id the share of violations (percent) and the p-values over the past year."""
    first = max(0, len(returns) - rank_bars(config, inputs.bars.interval))
    found = violations(returns, ahead, first, config)
    judged = {(method, level): _statistics(rows, level) for (method, level), rows in found.items()}
    return {spec.id: judged[spec.method, spec.level][spec.statistic] for spec in BACKTESTS}


def violations(
    returns: Floats, ahead: Forecasts, first: int, config: RiskExposureConfig
) -> dict[tuple[Method, int], Violations]:
    """Return the violations of every one-bar forecast by method and level, rows from ``first`` on."""
    historic = historical_violations(returns, first, config)
    found: dict[tuple[Method, int], Violations] = {}
    for column, level in enumerate(LEVELS):
        found["historical", level] = historic[level]
        found["cornish_fisher", level] = forecast_violations(returns, ahead.cornish[column], first)
        found["filtered", level] = forecast_violations(returns, ahead.filtered[column], first)
    return found


def _statistics(rows: Violations, level: int) -> dict[Statistic, float]:
    bars, count = int(rows.known.sum()), int(rows.violated.sum())
    return {
        "failures": 100 * (count / bars if bars else nan),
        "kupiec": kupiec(count, bars, level / 100).p_value,
        "christoffersen": christoffersen(rows.violated, rows.known).p_value,
    }


def forecast_violations(returns: Floats, forecasts: Floats, first: int) -> Violations:
    """Return for rows from ``first`` on which lost more than was forecast a row before, and which can be judged."""
    before = np.concatenate([[nan], forecasts[:-1]])[first:]
    known = np.isfinite(before) & np.isfinite(returns[first:])
    return Violations(known & (-np.expm1(returns[first:]) > before), known)


def historical_violations(returns: Floats, first: int, config: RiskExposureConfig) -> dict[int, Violations]:
    """Return the same by level for the historical forecast by the ``fit_bars`` known returns before each row."""
    rows = np.flatnonzero(np.isfinite(returns))
    n = config.fit_bars
    ranks = {level: int(round((1 - level / 100) * n, 9)) for level in LEVELS}
    start = max(n, int(np.searchsorted(rows, first)))
    known, count = np.zeros(len(returns), np.bool_), np.full(len(returns), n + 1)
    known[rows[start:]] = True
    count[rows] = counted_not_above(returns[rows], n, max(ranks.values()), start)  # serves every level
    return {level: Violations(count[first:] <= rank, known[first:]) for level, rank in ranks.items()}


def recent_violations(returns: Floats, ahead: Forecasts, bars: int) -> Floats:
    """Return the share of the last ``bars`` rows that lost more than their own filtered 95 % forecast.

    NaN where fewer than half of them can be judged.
    """
    violated, known = forecast_violations(returns, ahead.filtered[0], 0)
    count = _trailing_count(known, bars)
    share = _trailing_count(violated, bars) / np.maximum(count, 1)
    return np.where(count >= bars / 2, share, np.nan)


def _trailing_count(flags: NDArray[np.bool_], n: int) -> Floats:
    total = np.concatenate([np.zeros(n), np.cumsum(flags)])
    return np.asarray(total[n:] - total[:-n], dtype=np.float64)
