"""Where leveraged positions would be liquidated: estimated from open interest, and seen in the exchange's sample.

*Estimated.* Each rise of open interest opens as much long as short at the mean price of its time, over a mix of
leverages; a fall closes all live positions in proportion; a level that the mark price has crossed is gone. Who held
what before the first value is not known.
*Seen.* The exchange publishes at most one liquidation per symbol and second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Times
from analysis.features.as_of import newest_at
from analysis.features.liquidation import Brackets, liquidation_prices
from analysis.features.windows import divide
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import HOUR

MINUTE_S: Final = 60
ROOM: Final = 1.12
"""A map reaches so many times beyond the extremes of its bars."""
LONG, SHORT = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Steps of time (n) of the model: open interest in base units at their ends, mean price, extremes of the mark."""

    held: Floats
    mean_price: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, eq=False)
class LeverageMix:
    """Leverages (k) of new positions with their shares of the notional, and the size of one position (USDT)."""

    leverages: Floats
    shares: Floats
    notional: float


def log_grid(low: float, high: float, levels: int) -> Floats:
    """Return the middles of so many price rows between two prices, equally wide in log price."""
    edges = np.linspace(np.log(low), np.log(high), levels + 1)
    return np.asarray(np.exp((edges[1:] + edges[:-1]) / 2))


def grid_beyond(bars: Bars, levels: int) -> Floats:
    """Return the price rows of a map: from the lowest price of its bars to the highest, and ``ROOM`` beyond both."""
    return log_grid(float(bars.low.min()) / ROOM, float(bars.high.max()) * ROOM, levels)


def leverage_mix(leverages: Sequence[float], weights: Sequence[float], notional: float) -> LeverageMix:
    """Return the mix of leverages (k) in which positions of one size (USDT) are opened in proportion to weights (k)."""
    shares = np.array(weights, dtype=np.float64)
    return LeverageMix(np.array(leverages, dtype=np.float64), shares / shares.sum(), notional)


def row_of(prices: Floats, grid: Floats) -> Floats:
    """Return the row of a log grid in which each price lies, NaN outside it or where a price is unknown."""
    step = np.log(grid[1] / grid[0])
    rows = np.rint(np.log(np.where(prices > 0, prices, np.nan) / grid[0]) / step)
    return np.where((rows >= 0) & (rows < len(grid)), rows, np.nan)


def steps_of(stamp: Times, held: Floats, traded: Bars, mark: Bars) -> Steps:
    """Return the model's steps, each from the stamp before (an hour before the first) to its own."""
    starts = np.concatenate([stamp[:1] - HOUR, stamp[:-1]])
    spent, amount = (
        _within(traded, column, starts, stamp, np.add) for column in (traded.quote_volume, traded.volume)
    )
    return Steps(
        held,
        divide(spent, amount),
        _within(mark, mark.low, starts, stamp, np.minimum),
        _within(mark, mark.high, starts, stamp, np.maximum),
    )


def _within(bars: Bars, column: Floats, starts: Times, ends: Times, joined: np.ufunc) -> Floats:
    """Return a column joined over the bars that lie within each stretch, NaN where none does."""
    first, stop = (np.searchsorted(bars.open_time, edge) for edge in (starts, ends))
    result, filled = np.full(len(starts), np.nan), stop > first
    if filled.any():
        # pairs of borders: every second stretch is one between two of ours
        borders = np.column_stack([first[filled], stop[filled]]).ravel()
        padded = np.append(column, column[-1:])
        result[filled] = joined.reduceat(padded, borders)[::2]
    return result


def estimated_levels(steps: Steps, grid: Floats, mix: LeverageMix, brackets: Brackets) -> Floats:
    """Return the notional (USDT) whose liquidation price lies in each row of the grid after each step: (2, m, n).

    First the longs, then the shorts. Liquidation prices by ``liquidation_prices``; leverages above the bracket's
    maximum are left out. A level opened in a step can be crossed from the next one on.
    """
    entries = np.where(steps.mean_price > 0, steps.mean_price, np.nan)
    prices = liquidation_prices(entries[:, None], mix.leverages[None], mix.notional, brackets)
    rows = np.stack([row_of(side, grid) for side in prices])
    offered = np.isfinite(np.stack(prices)).all(axis=0)
    shares = np.where(offered, mix.shares, 0.0)
    shares = shares / np.where(shares.sum(axis=1, keepdims=True) > 0, shares.sum(axis=1, keepdims=True), 1.0)
    live, result = np.zeros((2, len(grid))), np.zeros((2, len(grid), len(steps.held)))
    for step in range(len(steps.held)):
        live[LONG, grid >= steps.low[step]] = 0.0
        live[SHORT, grid <= steps.high[step]] = 0.0
        before = steps.held[step - 1] if step else np.nan
        change = steps.held[step] - before
        if change > 0 and np.isfinite(entries[step]):
            _open(live, rows[:, step], change * entries[step] * shares[step])
        elif change < 0:
            live *= steps.held[step] / before
        result[:, :, step] = live
    return result


def _open(live: Floats, rows: Floats, notionals: Floats) -> None:
    for side in (LONG, SHORT):
        inside = np.isfinite(rows[side])
        np.add.at(live[side], rows[side][inside].astype(np.intp), notionals[inside])


def levels_at(known_at: Times, levels: Floats, moments: Times, max_age: int) -> Floats:
    """Return the newest of the levels (2, m, n) known at each moment (k, UTC ms): (2, m, k).

    ``known_at`` (n) is when each step was known; NaN where that is more than ``max_age`` ms before the moment.
    """
    rows = newest_at(known_at, np.arange(len(known_at), dtype=np.float64), moments, max_age)
    known = np.isfinite(rows)
    found = levels[:, :, np.where(known, rows, 0).astype(np.intp)]
    found[:, :, ~known] = np.nan
    return np.asarray(found)


def within_reach(grid: Floats, price: float, reach: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows (m) lie below a price and which above it, by at most a share ``reach`` of it."""
    below = (grid < price) & (grid >= price * (1 - reach))
    above = (grid > price) & (grid <= price * (1 + reach))
    return below, above


def densest(grid: Floats, amounts: Floats) -> float:
    """Return the price of the row with the largest amount (m), NaN where none is above 0."""
    return float(grid[np.argmax(amounts)]) if np.nanmax(amounts, initial=0.0) > 0 else np.nan


def bucketed(times: Times, prices: Floats, amounts: Floats, opens: Times, grid: Floats) -> Floats:
    """Return the sum of amounts per row of the grid and bar, (m, n); bars by their opens (UTC ms), none before them."""
    result = np.zeros((len(grid), len(opens)))
    rows, bars = row_of(prices, grid), np.searchsorted(opens, times, side="right") - 1
    inside = np.isfinite(rows) & (bars >= 0)
    np.add.at(result, (rows[inside].astype(np.intp), bars[inside]), amounts[inside])
    return result


def seen_share(times: Times) -> float:
    """Return the estimated share of liquidations that a sample of at most one per second shows; NaN without any.

    In a minute with a liquidation in s of its 60 seconds, Poisson arrivals have come at -60 ln(1 - s / 60); in a full
    minute half a second is taken for empty. Liquidations cluster within seconds more than that: the share is an upper
    estimate.
    """
    if not len(times):
        return np.nan
    seconds = np.unique(times // 1000)
    _, filled = np.unique(seconds // MINUTE_S, return_counts=True)
    busy = np.minimum(filled, MINUTE_S - 0.5) / MINUTE_S
    return float(len(seconds) / (-MINUTE_S * np.log1p(-busy)).sum())
