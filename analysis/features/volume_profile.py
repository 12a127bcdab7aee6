"""Volume-weighted prices: rolling and anchored VWAP, point of control and value area."""

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.windows import CHUNK, divide, rolling_max, rolling_min, rolling_sum, trailing


def known_quote_volume(volume: Floats, quote_volume: Floats) -> Floats:
    """Return the quote volume, NaN where it is 0 although base volume traded: the recording has no such column."""
    return np.where((quote_volume == 0) & (volume > 0), np.nan, quote_volume)


def bar_price(volume: Floats, quote_volume: Floats) -> Floats:
    """Return each bar's own average price, quote volume / base volume; NaN where nothing traded or none is known."""
    return divide(known_quote_volume(volume, quote_volume), volume)


def rolling_vwap(volume: Floats, quote_volume: Floats, n: int) -> Floats:
    """Return sum of quote volume / sum of base volume over the last n bars.

    NaN where nothing traded, and where the quote volume of a bar in the window is not known.
    """
    return divide(rolling_sum(known_quote_volume(volume, quote_volume), n), rolling_sum(volume, n))


def anchored_vwap(
    open_time: NDArray[np.int64], volume: Floats, quote_volume: Floats, period_ms: int, origin_ms: int = 0
) -> Floats:
    """Return the VWAP since the current period's start (UTC day: 86,400,000 ms; week: from Monday).

    A period whose first bar is not among the rows is NaN: its VWAP would depend on where the rows begin. So are the
    rows of a period from a bar on whose quote volume is not known.
    """
    if not len(open_time):
        return np.empty(0)
    period = (open_time - origin_ms) // period_ms
    first = np.flatnonzero(np.diff(period, prepend=period[0] - 1))
    begin = np.repeat(first, np.diff(first, append=len(period)))
    unknown = np.isnan(known_quote_volume(volume, quote_volume))
    value = divide(_since(quote_volume, begin), _since(volume, begin))
    whole = ((open_time[0] - origin_ms) % period_ms == 0) | (begin > 0)
    return np.where(whole & (_since(unknown.astype(np.float64), begin) == 0), value, np.nan)


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
    NaN where nothing traded, the price did not vary, or a bar that traded has no price.
    """
    result = np.full((3, len(price)), np.nan)
    if len(price) < n:
        return result[0], result[1], result[2]
    priced = np.isfinite(price)
    low = rolling_min(np.where(priced, price, np.inf), n)[n - 1 :]
    high = rolling_max(np.where(priced, price, -np.inf), n)[n - 1 :]
    whole = rolling_max((~priced & (volume > 0)).astype(np.float64), n)[n - 1 :] == 0
    valid = whole & (high > low)
    base, width = np.where(valid, low, 0.0), np.where(valid, high - low, 1.0) / bins
    traded = np.where(priced, price, 0.0), np.where(priced, volume, 0.0)  # no volume stands at the price of 0
    mass = _mass(trailing(traded[0], n), trailing(traded[1], n), base, width, bins)
    first, last = _value_area(mass, share)
    centre = np.argmax(mass, axis=1) + 0.5
    edges = np.stack([base + centre * width, base + first * width, base + (last + 1) * width])
    result[:, n - 1 :] = np.where(valid, edges, np.nan)
    return result[0], result[1], result[2]


def _mass(prices: Floats, volumes: Floats, base: Floats, width: Floats, bins: int) -> Floats:
    mass = np.empty((len(prices), bins))
    for start in range(0, len(prices), CHUNK):
        rows = slice(start, start + CHUNK)
        cell = _cells(prices[rows], base[rows], width[rows], bins)
        held = np.bincount(cell.ravel(), volumes[rows].ravel(), minlength=len(cell) * bins)
        mass[rows] = held.reshape(len(cell), bins)
    return mass


def _cells(prices: Floats, base: Floats, width: Floats, bins: int) -> NDArray[np.intp]:
    height = prices - base[:, None]
    height *= (1 / width)[:, None]
    np.clip(height, 0, bins - 1, out=height)  # before the cast, which has no number for what is far outside
    cell = height.astype(np.intp)
    cell += np.arange(0, len(cell) * bins, bins)[:, None]
    return cell


def _value_area(mass: Floats, share: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows, bins = mass.shape
    padded = np.full((rows, bins + 2), -1.0)  # a wall on either side that is never the heavier one
    padded[:, 1:-1] = mass
    flat, before = padded.ravel(), np.arange(rows) * (bins + 2)
    below = before + np.argmax(mass, axis=1)  # where the next row down stands in ``flat``
    above = below + 2
    held, target = flat[below + 1], share * mass.sum(axis=1)
    for _ in range(bins - 1):
        unfilled = held < target
        if not unfilled.any():
            break
        lower, upper = flat[below], flat[above]
        up = upper >= lower
        held += np.where(unfilled, np.maximum(lower, upper), 0.0)
        above += unfilled & up
        below -= unfilled & ~up
    return below - before, above - before - 2
