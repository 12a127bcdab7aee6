"""What came after each bar: the quantities that a score claims to know something about.

Bars of k symbols stand on one regular grid of n rows, with NaN where the exchange had none, so that h rows are h bars
of the clock. Row t is known at the close of bar t; the first price that can be traded after it is the open of t + 1.
"""

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.evidence import forward_returns


def grid_rows(times: Times, step_ms: int) -> Times:
    """Return the regular grid (UTC ms) from the first to the last of ascending ``times``."""
    return np.arange(times.min(), times.max() + step_ms, step_ms, dtype=np.int64)


def on_grid(grid: Times, times: Times, values: Floats) -> Floats:
    """Return values (n) at ``times`` on the rows of ``grid``; NaN where there are none."""
    placed = np.full(len(grid), np.nan)
    at = np.searchsorted(grid, times)
    inside = (at < len(grid)) & (grid[np.minimum(at, len(grid) - 1)] == times)
    placed[at[inside]] = values[inside]
    return placed


def entered_return(opened: Floats, horizon: int) -> Floats:
    """Return the log return (n, k) from the open after each row to the open ``horizon`` bars later; NaN if unknown."""
    result = np.full(opened.shape, np.nan)
    last = len(opened) - horizon - 1
    if last > 0:
        result[:last] = np.log(opened[1 + horizon :]) - np.log(opened[1:-horizon])
    return result


def realised_variance_ahead(returns: Floats, horizon: int) -> Floats:
    """Return the mean squared log return (n, k) of the ``horizon`` bars after each row, per bar."""
    return forward_returns(returns**2, horizon) / horizon


def drawdown_ahead(opened: Floats, low: Floats, horizon: int) -> Floats:
    """Return how far below the open of t + 1 the lowest price of the next ``horizon`` bars lies (n, k), 0..1."""
    result = np.full(opened.shape, np.nan)
    if len(opened) > horizon:
        windows = np.lib.stride_tricks.sliding_window_view(low[1:], horizon, axis=0)
        result[: len(windows)] = np.maximum(1 - windows.min(axis=-1) / opened[1 : len(windows) + 1], 0.0)
    return result
