"""How far below its peak a price is: running series, rolling windows, the worst episode.

Drawdown is a positive fraction of the peak: 1 - price / highest price so far. A NaN price is NaN in the running
series, makes the rolling windows that hold it NaN, and is passed over by ``worst``.
"""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.features.windows import divide, rolling, rolling_max


def running_drawdown(price: Floats) -> Floats:
    """Return 1 - P_t / max of P up to t, 0..1, 0 at a peak."""
    return 1 - divide(price, np.fmax.accumulate(price)) if len(price) else np.empty(0)


def running_duration(price: Floats) -> Floats:
    """Return the bars since the price last stood at its highest so far; 0 at a peak, NaN where the price is NaN."""
    depth = running_drawdown(price)
    rows = np.arange(len(price))
    latest = np.maximum.accumulate(np.where(depth == 0, rows, -1)) if len(price) else rows
    return np.where(np.isnan(depth), np.nan, rows - latest).astype(np.float64)


def rolling_drawdown(price: Floats, n: int) -> Floats:
    """Return the deepest drawdown inside the last n prices, peak and trough both among them."""
    return rolling(price, n, lambda block: _depths(block).max(axis=1))


def rolling_current(price: Floats, n: int) -> Floats:
    """Return how far the price is below the highest of the last n."""
    return 1 - price / rolling_max(price, n)


def rolling_duration(price: Floats, n: int) -> Floats:
    """Return the longest unbroken stretch below a peak inside the last n prices, in bars."""
    return rolling(price, n, _longest)


def rolling_ulcer(price: Floats, n: int) -> Floats:
    """Return the Ulcer index of the last n prices as a fraction: sqrt(mean drawdown squared), Martin & McCann (1989).

    Each drawdown is from the highest price since the window's start. Published figures are 100 times this.
    """
    return rolling(price, n, lambda block: np.sqrt(np.mean(_depths(block) ** 2, axis=1)))


def _depths(block: Floats) -> Floats:
    return 1 - block / np.maximum.accumulate(block, axis=1)


def _longest(block: Floats) -> Floats:
    depths, columns = _depths(block), np.arange(block.shape[1])
    latest = np.maximum.accumulate(np.where(depths == 0, columns, 0), axis=1)
    longest = np.max(columns - latest, axis=1).astype(np.float64)
    return np.where(np.isnan(depths).any(axis=1), np.nan, longest)


@dataclass(frozen=True, slots=True)
class Episode:
    """The deepest drawdown of a path; rows count from the array's start."""

    depth: float  # positive fraction of the peak
    peak: int
    trough: int
    recovered: int | None  # first row back at the peak or above; None while still under it
    duration: int  # bars from peak to recovery, or to the last row


def worst(price: Floats) -> Episode | None:
    """Return the deepest drawdown of the whole path, the first of equals; None where the price never fell."""
    depth = running_drawdown(price)
    if not (depth > 0).any():
        return None
    trough = int(np.nanargmax(depth))
    peak = int(np.flatnonzero(depth[:trough] == 0)[-1])
    back = np.flatnonzero(price[trough:] >= price[peak])
    recovered = trough + int(back[0]) if len(back) else None
    end = len(price) - 1 if recovered is None else recovered
    return Episode(float(depth[trough]), peak, trough, recovered, end - peak)
