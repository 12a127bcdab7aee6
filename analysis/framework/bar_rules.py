"""What may be concluded from bars: the rules about holes, silence and bars without trades, for every module.

*Holes.* The return over missing bars is unknown. History begins anew after a hole longer than a day (24 bars, where
those are longer), and where the price level changes more than fivefold between a close and the next open.
*Silence.* The age of bars is that of the last one. After more than 3 bars that did not come, scalars lose quality;
after more than 20 there is no score. *No trades.* Where more than half the bars of the window, or the last 24, are
without a trade, there is no score: neither calm nor safe can be told from nothing. *Refits.*
Something is fitted anew at fixed UTC moments, a number of bars apart, on a fixed number of bars before.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.windows import lag
from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.question import MarketInputs
from analysis.framework.reasons import Message, Reason
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, SHORTEST_MS

HOLE_BARS: Final = 24
LEVEL_CHANGE: Final = 5.0
QUIET_BARS: Final = 3
"""Bars that may fail to come before scalars lose quality."""
SILENT_BARS: Final = 20
"""Bars that may fail to come before there is no score."""
TRADED_BARS: Final = DRAWN_BARS
"""The window that is counted for bars without a trade."""
UNTRADED_BARS: Final = 24
"""Newest bars that must not all be without a trade."""

_JOINED: Final = 1.5  # opens at most so many bars apart follow each other; months differ in length


@dataclass(frozen=True, slots=True, eq=False)
class BarHistory:
    """Bars of one continuous history; ``since`` is when it begins anew after a break (UTC ms), ``None`` without one."""

    bars: Bars
    since: int | None = None

    @property
    def notes(self) -> tuple[Message, ...]:
        """The note for the card where history begins anew."""
        return () if self.since is None else (Message("anew", {"since": moment_text(self.since)}),)


def continuous(bars: Bars) -> BarHistory:
    """Return the bars since the last break."""
    breaks = np.flatnonzero(_breaks(bars))
    if not len(breaks):
        return BarHistory(bars)
    return BarHistory(bars.tail(len(bars) - int(breaks[-1])), int(bars.open_time[breaks[-1]]))


def histories(bars: Bars) -> tuple[Bars, ...]:
    """Return the continuous histories that the breaks divide the bars into, the oldest first."""
    edges = [0, *np.flatnonzero(_breaks(bars)).tolist(), len(bars)]
    until = [*bars.close_time[[stop - 1 for stop in edges[1:]]].tolist()]
    return tuple(
        bars.closed(last + 1).tail(stop - start)
        for (start, stop), last in zip(pairwise(edges), until, strict=True)
    )


def newest_break(*histories: BarHistory) -> int:
    """Return when the youngest of several histories of one instrument begins anew (UTC ms), 0 where none does."""
    return max(history.since or 0 for history in histories)


def opened_since(bars: Bars, since: int) -> Bars:
    """Return the bars that opened at or after ``since`` (UTC ms)."""
    return bars.tail(int((bars.open_time >= since).sum()))


def follows(bars: Bars) -> NDArray[np.bool_]:
    """Return per bar whether it follows the row before it; ``False`` for the first and after missing bars."""
    joined = np.zeros(len(bars), np.bool_)
    joined[1:] = np.diff(bars.open_time) <= _JOINED * SHORTEST_MS[bars.interval]
    return joined


def bar_returns(bars: Bars) -> Floats:
    """Return the log return of each bar, NaN in the first one and after missing bars."""
    logs = np.log(bars.close)
    return np.where(follows(bars), logs - lag(logs, 1), np.nan)


def bridged(bars: Bars) -> Bars:
    """Return the bars with prices before each hole scaled to the open after it, so that nothing moves over a hole.

    For formulas that read ratios of prices; the newest prices stay as they are.
    """
    after = np.flatnonzero(~follows(bars))[1:]
    if not len(after):
        return bars
    steps = np.ones(len(bars))
    steps[after - 1] = bars.open[after] / bars.close[after - 1]
    factor = np.cumprod(steps[::-1])[::-1]
    prices = {name: getattr(bars, name) * factor for name in ("open", "high", "low", "close")}
    return replace(bars, **prices)


def missed_bars(inputs: MarketInputs) -> int:
    """Return how many whole bars have passed since the last one."""
    return _missed(inputs.bars, inputs.as_of)


def _missed(bars: Bars, as_of: int) -> int:
    return max(0, as_of - int(bars.close_time[-1]) - 1) // SHORTEST_MS[bars.interval]


def freshness(inputs: MarketInputs) -> float:
    """Return the factor on every scalar's quality: 1 up to ``QUIET_BARS`` missed bars, 0 from ``SILENT_BARS`` on."""
    return float(np.clip((SILENT_BARS - missed_bars(inputs)) / (SILENT_BARS - QUIET_BARS), 0.0, 1.0))


def silence(inputs: MarketInputs) -> Reason | None:
    """Return that bars have failed to come, ``None`` where at most ``QUIET_BARS`` have."""
    return None if missed_bars(inputs) <= QUIET_BARS else _silent(inputs.bars)


def _silent(bars: Bars) -> Reason:
    return Reason("silent", {"since": moment_text(int(bars.close_time[-1]) + 1)})


def untraded_rows(bars: Bars) -> NDArray[np.bool_]:
    """Return per bar whether its window has too few bars with a trade for a score."""
    without = np.concatenate([[0], np.cumsum(bars.volume == 0)])
    row = np.arange(1, len(bars) + 1)

    def within(count: int) -> NDArray[np.int64]:
        return np.asarray(without[row] - without[np.maximum(row - count, 0)], dtype=np.int64)

    mostly = 2 * within(TRADED_BARS) > np.minimum(row, TRADED_BARS)
    return np.asarray(mostly | (within(UNTRADED_BARS) == UNTRADED_BARS), dtype=np.bool_)


def score_barrier(inputs: MarketInputs) -> Reason | None:
    """Return why no score can rest on these bars, whatever the module; ``None`` where one can."""
    return unusable(inputs.bars, inputs.as_of)


def unusable(bars: Bars, as_of: int) -> Reason | None:
    """Return why nothing can rest on these bars at a moment (UTC ms); ``None`` where something can."""
    if _missed(bars, as_of) > SILENT_BARS:
        return _silent(bars)
    return _hardly_traded(bars) if untraded_rows(bars.tail(TRADED_BARS))[-1] else None


def moment_text(moment: int) -> str:
    """Return a moment (UTC ms) as a date, with the time where it is not midnight."""
    at = datetime.fromtimestamp(moment / 1000, UTC)
    return f"{at:%Y-%m-%d}" if moment % DAY == 0 else f"{at:%Y-%m-%d %H:%M} UTC"


def _breaks(bars: Bars) -> NDArray[np.bool_]:
    """Return per bar whether history begins anew with it."""
    step = SHORTEST_MS[bars.interval]
    found = np.zeros(len(bars), np.bool_)
    hole = np.diff(bars.open_time) - step
    change = np.abs(np.log(bars.open[1:] / bars.close[:-1]))
    found[1:] = (hole > max(DAY, HOLE_BARS * step)) | (change > np.log(LEVEL_CHANGE))
    return found


def _hardly_traded(bars: Bars) -> Reason:
    newest = bars.volume[-UNTRADED_BARS:]
    window = newest if len(newest) == UNTRADED_BARS and not newest.any() else bars.volume[-TRADED_BARS:]
    return Reason("hardly_traded", {"empty": int((window == 0).sum()), "bars": len(window)})


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
