"""Module B's readings beside the bars, at each bar: premium, funding, quarterly basis, implied volatility."""

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Times
from analysis.features.robust import robust_z
from analysis.features.windows import on_last
from analysis.framework.reasons import Reason
from analysis.regime.inputs import Funding, Implied, Quarterly
from config.c_volat import VolatilityConfig
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, HOUR

BPS = 10_000.0
PERCENT = 100.0
DAYS_PER_YEAR = 365
FUNDING_HOURS = 8
DELIVERY_HOUR = 8 * HOUR
FRIDAY = 4
THURSDAY = 3  # the weekday of 1970-01-01, Monday being 0


def premium_rows(
    bars: Bars, premium: Bars | Reason, config: VolatilityConfig, last: int | None
) -> dict[str, Floats]:
    """Return the premium index at each bar in bps and, for the ``last`` rows, its robust z among its past values."""
    if isinstance(premium, Reason):
        return _unknown(bars, "premium_bps", "premium_z")
    level = BPS * at_bars(bars, premium.open_time, premium.close)
    n = config.premium_bars
    (z,) = on_last(last, n + 1, lambda x: (robust_z(x, n, config.rank_min_bars),), level)
    return {"premium_bps": level, "premium_z": z}


def funding_rows(bars: Bars, funding: Funding | Reason) -> dict[str, Floats]:
    """Return the last settled rate per eight hours in bps; the interval is the time since the settlement before."""
    if isinstance(funding, Reason):
        return _unknown(bars, "funding_8h")
    hours = np.round(np.diff(funding.time) / HOUR)
    rate = funding.rate[1:] * FUNDING_HOURS / np.where(hours > 0, hours, np.nan)
    return {"funding_8h": BPS * latest(bars, funding.time[1:], rate)}


def basis_rows(bars: Bars, quarterly: Quarterly | Reason, config: VolatilityConfig) -> dict[str, Floats]:
    """Return (quarterly / index - 1) * 365 / days to delivery in percent, and those days; NaN too near delivery."""
    if isinstance(quarterly, Reason):
        return _unknown(bars, "basis_annual", "days_to_delivery")
    future = at_bars(bars, quarterly.bars.open_time, quarterly.bars.close)
    index = at_bars(bars, quarterly.index.open_time, quarterly.index.close)
    days = (_deliveries(bars.close_time, quarterly.delivery) - bars.close_time) / DAY
    days = np.where(np.isfinite(future), days, np.nan)
    usable = (days >= config.delivery_days) & (index > 0)
    basis = PERCENT * (future / np.where(usable, index, np.nan) - 1) * DAYS_PER_YEAR / days
    return {"basis_annual": basis, "days_to_delivery": days}


def implied_rows(bars: Bars, implied: Implied | Reason, config: VolatilityConfig) -> dict[str, Floats]:
    """Return 30-day implied volatility in annual percent: at each bar what was recorded last, now's on the last."""
    if isinstance(implied, Reason):
        return _unknown(bars, "iv30")
    age = int(config.option_age_hours * HOUR)
    volatility = latest(bars, implied.known_at, implied.recorded, age)
    if implied.now is not None:
        volatility[-1] = implied.now
    return {"iv30": volatility}


def at_bars(bars: Bars, open_time: Times, values: Floats) -> Floats:
    """Return another series' values (of ascending ``open_time``) at each bar that opens with one of its own."""
    result = np.full(len(bars), np.nan)
    if len(open_time):
        there = np.minimum(np.searchsorted(open_time, bars.open_time), len(open_time) - 1)
        same = open_time[there] == bars.open_time
        result[same] = values[there[same]]
    return result


def latest(bars: Bars, known_at: Times, values: Floats, age_ms: int | None = None) -> Floats:
    """Return the newest value known at each close, no older than ``age_ms`` where that is given."""
    result = np.full(len(bars), np.nan)
    place = np.searchsorted(known_at, bars.close_time, side="right") - 1
    found = place >= 0
    if age_ms is not None and len(known_at):
        found &= bars.close_time - known_at[np.maximum(place, 0)] <= age_ms
    result[found] = values[place[found]]
    return result


def quarterly_delivery(moments: Times) -> NDArray[np.int64]:
    """Return when the quarterly future that is current at each moment is delivered (all UTC ms).

    Last Friday of March, June, September or December, 08:00 UTC; at that moment the next quarter becomes current.
    """
    quarter = moments.astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64) // 3
    this, following = _last_friday(3 * quarter + 2), _last_friday(3 * quarter + 5)
    return np.where(moments < this, this, following)


def _deliveries(moments: Times, listed: int | None) -> NDArray[np.int64]:
    """By the rule, except the contract of the last moment, whose listed date is known for a live question."""
    by_rule = quarterly_delivery(moments)
    return by_rule if listed is None else np.where(by_rule == by_rule[-1], listed, by_rule)


def _last_friday(month: NDArray[np.int64]) -> NDArray[np.int64]:
    """Months since 1970-01 to 08:00 UTC of their last Friday, ms."""
    last_day = (month + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - 1
    return (last_day - (last_day + THURSDAY - FRIDAY) % 7) * DAY + DELIVERY_HOUR


def _unknown(bars: Bars, *names: str) -> dict[str, Floats]:
    return {name: np.full(len(bars), np.nan) for name in names}
