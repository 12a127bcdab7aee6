"""Where leveraged positions would be liquidated: estimated from open interest, and seen in the exchange's sample.

*Estimated.* Each rise of open interest opens as much long as short at the mean price of its time, over a mix of
leverages; a fall closes all live positions in proportion; a level that the mark price has crossed is gone. Who held
what before the first value is not known.
*Seen.* The exchange publishes at most one liquidation per symbol and second.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.liquidation import Brackets, liquidation_prices

MINUTE_S: Final = 60
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


def row_of(prices: Floats, grid: Floats) -> Floats:
    """Return the row of a log grid in which each price lies, NaN outside it or where a price is unknown."""
    step = np.log(grid[1] / grid[0])
    rows = np.rint(np.log(np.where(prices > 0, prices, np.nan) / grid[0]) / step)
    return np.where((rows >= 0) & (rows < len(grid)), rows, np.nan)


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
