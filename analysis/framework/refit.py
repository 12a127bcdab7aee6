"""When something is fitted anew: at fixed UTC moments, a number of bars apart, on a fixed number of bars before."""

import numpy as np

from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS


def refit_times(bars: Bars, fit_bars: int, refit_bars: int, *, last: int | None = None) -> tuple[int, ...]:
    """Return the refit moments (UTC ms, multiples of ``refit_bars`` bars since the epoch) up to the last close.

    Each has ``fit_bars`` closed bars before it. ``last`` keeps those alone whose fits the last so many rows use.
    """
    closes = bars.close_time
    if len(closes) < fit_bars:
        return ()
    step = refit_bars * SHORTEST_MS[bars.interval]
    first = int(closes[fit_bars - 1]) // step + 1
    if last is not None and len(closes) > last:
        first = max(first, int(closes[len(closes) - last]) // step)
    return tuple(step * k for k in range(first, int(closes[-1]) // step + 1))


def rows_before(bars: Bars, refit_time: int, count: int) -> slice:
    """Return the rows of the ``count`` bars that closed before a refit time; ``ValueError`` where there are fewer."""
    stop = int(np.searchsorted(bars.close_time, refit_time))
    if stop < count:
        raise ValueError(f"a fit needs {count} bars before {refit_time}, has {stop}")
    return slice(stop - count, stop)


def rows_served(bars: Bars, refit_time: int, refit_bars: int) -> slice:
    """Return the rows between a refit time and the next one: those that its fit answers for."""
    step = refit_bars * SHORTEST_MS[bars.interval]
    start, stop = np.searchsorted(bars.close_time, (refit_time, refit_time + step))
    return slice(int(start), int(stop))
