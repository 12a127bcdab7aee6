"""Pure functions: stored rows in the shape of the exchange's statistics."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from utils.binance_api.intervals import SHORTEST_MS
from utils.binance_api.positioning.rows import OpenInterestHistory, RatioHistory, Statistic, TakerHistory
from utils.store.observations import Window


def open_interest(symbol: str, period: str, windows: Sequence[Window]) -> OpenInterestHistory:
    """Return open interest from its base and quote windows."""
    stamp, known, (base, usd) = _aligned(windows)
    return OpenInterestHistory(symbol, period, stamp, known, base, usd, np.full(len(stamp), np.nan))


def ratio(symbol: str, period: str, windows: Sequence[Window]) -> RatioHistory:
    """Return a long/short ratio; the shares follow from it."""
    stamp, known, (value,) = _aligned(windows)
    return RatioHistory(symbol, period, stamp, known, value, value / (1 + value), 1 / (1 + value))


def taker(symbol: str, period: str, windows: Sequence[Window]) -> TakerHistory:
    """Return taker volumes; the ratio is NaN where nothing was sold."""
    stamp, known, (buy, sell) = _aligned(windows)
    bought_per_sold = np.divide(buy, sell, out=np.full(len(buy), np.nan), where=sell > 0)
    return TakerHistory(symbol, period, stamp, known, bought_per_sold, buy, sell)


def complete(kept: Statistic, rows: int, moment: int) -> bool:
    """Return whether the newest ``rows`` rows that can be known at ``moment`` (UTC ms) are complete."""
    step = SHORTEST_MS[kept.period]
    newest = kept.tail(rows)
    if len(newest) < rows:
        return False
    fresh = moment - int(newest.known_at[-1]) < step
    return fresh and int(newest.stamp[-1] - newest.stamp[0]) == (rows - 1) * step


def _aligned(
    windows: Sequence[Window],
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[NDArray[np.float64]]]:
    """Return the stamps that all windows have, the times from which all were known, and the values."""
    stamp = windows[0].ts
    for window in windows[1:]:
        stamp = np.intersect1d(stamp, window.ts, assume_unique=True)
    places = [np.searchsorted(window.ts, stamp) for window in windows]
    known = [window.known_at[at] for window, at in zip(windows, places, strict=True)]
    values = [window.value[at] for window, at in zip(windows, places, strict=True)]
    return stamp, np.maximum.reduce(known), values
