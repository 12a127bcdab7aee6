"""Module B's volatility cone: realised volatility over periods of days, its present value, and forecasts of it."""

import numpy as np

from analysis.arrays import Floats
from analysis.features.garch import Garch, mean_variance
from analysis.features.windows import rolling_sum
from analysis.regime.forecasts import annual_percent
from analysis.regime.horizons import MONTH_DAYS
from analysis.sources.implied_volatility import ImpliedVolatility
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, SHORTEST_MS

PERIODS = (1, 2, 5, 10, 20, 30, 60, 90)
"""Days."""
QUANTILES = (0.05, 0.5, 0.95)
MIN_PERIODS = 30
"""Overlapping periods, one beginning each day, that a quantile needs."""


def volatility_cone(
    bars: Bars,
    returns: Floats,
    look_back: int,
    garch: Garch | None,
    next_variance: float,
    implied: ImpliedVolatility | None,
    iv30: float = np.nan,
) -> dict[str, Floats]:
    """Return the cone's curves over ``cone_days``, all in percent per year, NaN where unknown.

    Low, mid and high are the 5, 50 and 95 % quantiles of the volatility realised over periods of so many days inside
    the ``look_back`` newest bars, each ending a whole number of days (of bars, where those are longer) before the last
    close; ``now`` is the period that ends there. ``cone_garch`` is the mean volatility that GARCH forecasts for the
    coming period, ``cone_implied`` the implied one, linear in total variance between expiries; where no expiries are
    known it is ``iv30`` at 30 days. A length of which there are too few periods is left out.
    """
    block = max(1, DAY // SHORTEST_MS[bars.interval])
    block_days = block * SHORTEST_MS[bars.interval] / DAY
    daily = _block_sums(returns[-look_back:] ** 2, block)
    days = [d for d in PERIODS if d % block_days == 0 and len(daily) - d / block_days >= MIN_PERIODS - 1]
    realised = [_realised(daily, round(d / block_days), block, bars.interval) for d in days]
    quantiles = [_quantiles(past) for past in realised]
    ahead = [_garch_mean(garch, next_variance, round(d / block_days) * block) for d in days]
    low, mid, high = np.array(quantiles).reshape(-1, len(QUANTILES)).T
    return {
        "cone_days": np.array(days, dtype=np.float64),
        "cone_low": low,
        "cone_mid": mid,
        "cone_high": high,
        "cone_now": np.array([past[-1] for past in realised]),
        "cone_garch": annual_percent(np.array(ahead), bars.interval),
        "cone_implied": _implied_at(days, implied, iv30),
    }


def _block_sums(squares: Floats, block: int) -> Floats:
    """Sums over whole blocks counted back from the newest, oldest first; a block with a missing value is left out."""
    whole = len(squares) // block * block
    sums = squares[len(squares) - whole :].reshape(-1, block).sum(axis=1)
    return np.asarray(sums[np.isfinite(sums)], dtype=np.float64)


def _realised(daily: Floats, blocks: int, block: int, interval: str) -> Floats:
    summed = rolling_sum(daily, blocks)[blocks - 1 :]
    return annual_percent(summed / (blocks * block), interval)


def _quantiles(past: Floats) -> Floats:
    """``numpy.quantile``, linear between neighbours, in a tenth of its time."""
    positions = np.array(QUANTILES) * (len(past) - 1)
    return np.asarray(np.interp(positions, np.arange(len(past)), np.sort(past)), dtype=np.float64)


def _garch_mean(garch: Garch | None, next_variance: float, bars: int) -> float:
    if garch is None:
        return np.nan
    return float(mean_variance(np.array([next_variance]), garch, bars)[0])


def _implied_at(days: list[int], implied: ImpliedVolatility | None, iv30: float) -> Floats:
    if implied is None or not len(implied.term_days):
        return np.where(np.array(days) == MONTH_DAYS, iv30, np.nan)
    wanted, order = np.array(days, dtype=np.float64), np.argsort(implied.term_days)
    listed, volatility = implied.term_days[order], implied.term_iv[order]
    total = np.interp(wanted, listed, volatility**2 * listed, left=np.nan, right=np.nan)
    return np.asarray(np.sqrt(total / wanted), dtype=np.float64)
