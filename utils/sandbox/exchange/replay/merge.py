"""One series of bars out of several recordings: the finest recording that covers a bucket makes it."""

from collections.abc import Sequence

import numpy as np

from utils.sandbox.exchange.market.bars import Bars, aggregate, joined, no_bars
from utils.sandbox.exchange.market.intervals import Interval
from utils.sandbox.exchange.replay.recordings import Recording


def usable(recordings: Sequence[Recording], interval: Interval) -> list[Recording]:
    """Recordings that `interval` can be made of: complete columns first, then the finest first."""
    fitting = [r for r in recordings if interval.is_month or interval.ms % r.interval.ms == 0]
    return sorted(fitting, key=lambda r: (not r.full, r.interval.ms, -r.end_ms))


def merged(recordings: Sequence[Recording], interval: Interval, shift_ms: int = 0) -> Bars:
    """All buckets that lie completely inside a recording, ascending.

    A bucket that is cut by the very beginning of what was recorded is kept: trading began there. Gaps inside a
    recording stay gaps.
    """
    sources = usable(recordings, interval)
    if not sources:
        return no_bars(np.float64)
    beginning = min(source.first_ms for source in sources)
    parts: list[Bars] = []
    taken = np.empty(0, dtype=np.int64)
    for source in sources:
        bars = _inside(source, interval, shift_ms, beginning)
        fresh = bars.part(~np.isin(bars.open_time, taken))
        taken = np.concatenate([taken, fresh.open_time])
        parts.append(fresh)
    return _sorted(joined(parts))


def unfinished(recordings: Sequence[Recording], interval: Interval, now_ms: int, shift_ms: int = 0) -> Bars:
    """The bucket that holds `now_ms`, from the finer bars that have closed by then; none without such bars."""
    opened = interval.open_of(now_ms, shift_ms)
    for source in usable(recordings, interval):
        closed = source.bars.between(opened, now_ms - source.interval.ms)
        if len(closed) and source.interval.ms < interval.ms:
            return aggregate(closed, interval, shift_ms)
    return no_bars(np.float64)


def _inside(source: Recording, interval: Interval, shift_ms: int, beginning: int) -> Bars:
    bars = aggregate(source.bars, interval, shift_ms)
    complete = bars.open_time >= source.first_ms
    if source.first_ms == beginning:
        complete[:] = True
    ends = np.array([interval.step(int(bars.open_time[-1]), 1, shift_ms)])
    complete[-1:] &= ends <= source.end_ms
    return bars.part(complete)


def _sorted(bars: Bars) -> Bars:
    order = np.argsort(bars.open_time, kind="stable")
    return Bars(*[column[order] for column in bars.columns()])
