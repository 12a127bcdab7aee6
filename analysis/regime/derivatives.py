"""Module B's values of the derivatives markets at each bar: premium, funding, quarterly basis, implied volatility."""

import numpy as np

from analysis.arrays import Floats
from analysis.features.alignment import at_same_time, last_known
from analysis.features.robust import robust_z
from analysis.features.windows import on_last
from analysis.sources.funding import SettledFunding
from analysis.sources.implied_volatility import ImpliedVolatility
from analysis.sources.quarterly import Quarterly
from config.c_volat import VolatilityConfig
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, HOUR
from utils.units import BASIS_POINTS, PERCENT

DAYS_PER_YEAR = 365
FUNDING_HOURS = 8


def premium_values(
    bars: Bars, premium: Bars | None, config: VolatilityConfig, tail: int | None
) -> dict[str, Floats]:
    """Return the premium index at each bar in bps and, for the ``tail`` rows, its robust z among its past values."""
    if premium is None:
        return _unknown(bars, "premium_bps", "premium_z")
    level = BASIS_POINTS * at_same_time(bars.open_time, premium.open_time, premium.close)
    n = config.premium_bars
    (z,) = on_last(tail, n + 1, lambda x: (robust_z(x, n, config.rank_min_bars),), level)
    return {"premium_bps": level, "premium_z": z}


def funding_values(bars: Bars, funding: SettledFunding | None) -> dict[str, Floats]:
    """Return the last settled rate per eight hours in bps; the interval is the time since the settlement before."""
    if funding is None:
        return _unknown(bars, "funding_8h")
    hours = np.round(np.diff(funding.time) / HOUR)
    rate = funding.rate[1:] * FUNDING_HOURS / np.where(hours > 0, hours, np.nan)
    return {"funding_8h": BASIS_POINTS * last_known(bars.close_time, funding.time[1:], rate)}


def basis_values(bars: Bars, quarterly: Quarterly | None, config: VolatilityConfig) -> dict[str, Floats]:
    """Return (quarterly / index - 1) * 365 / days to delivery in percent, and those days; NaN too near delivery."""
    if quarterly is None:
        return _unknown(bars, "basis_annual", "days_to_delivery")
    future = at_same_time(bars.open_time, quarterly.bars.open_time, quarterly.bars.close)
    index = at_same_time(bars.open_time, quarterly.index.open_time, quarterly.index.close)
    days = (quarterly.deliveries(bars.close_time) - bars.close_time) / DAY
    days = np.where(np.isfinite(future), days, np.nan)
    usable = (days >= config.delivery_days) & (index > 0)
    basis = PERCENT * (future / np.where(usable, index, np.nan) - 1) * DAYS_PER_YEAR / days
    return {"basis_annual": basis, "days_to_delivery": days}


def implied_values(bars: Bars, implied: ImpliedVolatility | None, config: VolatilityConfig) -> Floats:
    """Return 30-day implied volatility (n) in percent per year: at each bar what was recorded last, now's on the last.

    A recorded figure older than ``option_age_hours`` is left out.
    """
    if implied is None:
        return np.full(len(bars), np.nan)
    age = int(config.option_age_hours * HOUR)
    volatility = last_known(bars.close_time, implied.known_at, implied.recorded, age)
    if implied.now is not None:
        volatility[-1] = implied.now
    return volatility


def _unknown(bars: Bars, *names: str) -> dict[str, Floats]:
    return {name: np.full(len(bars), np.nan) for name in names}
