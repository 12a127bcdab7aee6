"""Volume-weighted prices: rolling and anchored VWAP, point of control and value area."""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from analysis.features.windows import CHUNK, Floats, divide, rolling_sum

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
MONDAY_MS = 4 * DAY_MS  # 1970-01-05, the first Monday after the Unix epoch


def bar_price(volume: Floats, quote_volume: Floats) -> Floats:
    """Return each bar's own average price, quote volume / base volume; NaN where nothing traded."""
    return divide(quote_volume, volume)


def rolling_vwap(volume: Floats, quote_volume: Floats, n: int) -> Floats:
    """Return sum of quote volume / sum of base volume over the last n bars; NaN where nothing traded."""
    return divide(rolling_sum(quote_volume, n), rolling_sum(volume, n))


def anchored_vwap(
    open_time: NDArray[np.int64], volume: Floats, quote_volume: Floats, period_ms: int, origin_ms: int = 0
) -> Floats:
    """Return the VWAP since the current period's start (UTC day: 86,400,000 ms; week: from Monday).

    A period whose first bar is not among the rows is NaN: its VWAP would depend on where the rows begin.
    """
    if not len(open_time):
        return np.empty(0)
    period = (open_time - origin_ms) // period_ms
    first = np.flatnonzero(np.diff(period, prepend=period[0] - 1))
    begin = np.repeat(first, np.diff(first, append=len(period)))
    base = _since(volume, begin)
    value = divide(_since(quote_volume, begin), base)
    whole = (open_time[0] - origin_ms) % period_ms == 0
    return np.where((begin > 0) | whole, value, np.nan)


def _since(values: Floats, begin: NDArray[np.int64]) -> Floats:
    total = np.concatenate([[0.0], np.cumsum(values)])
    sums = total[1:] - total[begin]
    return np.where(np.abs(sums) <= 1e-13 * total[1:], 0.0, sums)  # what cancellation leaves is not volume


def volume_profile(
    price: Floats, volume: Floats, n: int, bins: int, share: float
) -> tuple[Floats, Floats, Floats]:
    """Return point of control, value-area low and high over the last n bars, in units of price.

    Each bar's volume stands at its own average price, in ``bins`` equal rows between the window's lowest and
    highest such price. The point of control is the middle of the row with most volume; the value area grows from it
    towards the heavier neighbour until it holds ``share`` of the volume (Steidlmayer's market profile).
    NaN where nothing traded or the price did not vary.
    """
    shape = (3, len(price))
    result = np.full(shape, np.nan)
    for rows, prices, volumes in _blocks(price, volume, n):
        result[:, rows] = _profile(prices, volumes, bins, share)
    return result[0], result[1], result[2]


def _blocks(price: Floats, volume: Floats, n: int) -> Iterator[tuple[slice, Floats, Floats]]:
    if len(price) < n:
        return
    prices, volumes = sliding_window_view(price, n), sliding_window_view(volume, n)
    for start in range(0, len(prices), CHUNK):
        stop = min(start + CHUNK, len(prices))
        yield slice(start + n - 1, stop + n - 1), prices[start:stop], volumes[start:stop]


def _profile(prices: Floats, volumes: Floats, bins: int, share: float) -> Floats:
    low, high = prices.min(axis=1), prices.max(axis=1)
    if not np.isfinite(low).all():  # a bar without trades has no price and no volume
        quiet = ~np.isfinite(prices)
        low = np.where(quiet, np.inf, prices).min(axis=1)
        high = np.where(quiet, -np.inf, prices).max(axis=1)
        prices, volumes = np.where(quiet, low[:, None], prices), np.where(quiet, 0.0, volumes)
    valid = high > low
    base, width = np.where(valid, low, 0.0), np.where(valid, high - low, 1.0) / bins
    if not valid.all():
        prices = np.where(valid[:, None], prices, 0.0)
    mass = _mass(prices, volumes, base, width, bins)
    first, last = _value_area(mass, share)
    centre = np.argmax(mass, axis=1) + 0.5
    edges = np.stack([base + centre * width, base + first * width, base + (last + 1) * width])
    return np.where(valid, edges, np.nan)


def _mass(prices: Floats, volumes: Floats, base: Floats, width: Floats, bins: int) -> Floats:
    rows = len(prices)
    cell = ((prices - base[:, None]) * (1 / width)[:, None]).astype(np.int32)
    np.clip(cell, 0, bins - 1, out=cell)
    cell += np.arange(rows, dtype=np.int32)[:, None] * np.int32(bins)
    mass = np.bincount(cell.ravel(), volumes.ravel(), minlength=rows * bins)
    return np.asarray(mass.reshape(rows, bins), dtype=np.float64)


def _value_area(mass: Floats, share: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows, bins = np.arange(len(mass)), mass.shape[1]
    padded = np.pad(mass, ((0, 0), (1, 1)), constant_values=-1.0)  # a wall that is never the heavier side
    first = np.argmax(mass, axis=1)
    last = first.copy()
    held, target = mass[rows, first].copy(), share * mass.sum(axis=1)
    for _ in range(bins - 1):
        open_rows = held < target
        below, above = padded[rows, first], padded[rows, last + 2]
        up = open_rows & (above >= below)
        down = open_rows & ~up
        held += np.where(up, above, 0.0) + np.where(down, below, 0.0)
        last, first = last + up, first - down
    return first, last
