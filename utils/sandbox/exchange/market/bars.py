"""Bars as arrays, and the one way in which finer bars become coarser ones."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.sandbox.exchange.market.intervals import IntArray, Interval

Column = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Bars:
    """OHLCV bars in ascending order, one array per column.

    Simulated bars count in whole ticks, lots and tick-lots (int64), so sums are exact; recorded bars hold the
    numbers themselves (float64).
    """

    open_time: IntArray
    open: Column
    high: Column
    low: Column
    close: Column
    volume: Column
    quote: Column
    trades: Column
    taker_base: Column
    taker_quote: Column

    def __len__(self) -> int:
        return len(self.open_time)

    def part(self, index: slice | NDArray[np.bool_]) -> "Bars":
        """The rows chosen by a slice or a mask."""
        return Bars(*(column[index] for column in self.columns()))

    def columns(self) -> list[Column]:
        """All columns in the order of the fields."""
        return [getattr(self, name) for name in COLUMNS]

    def between(self, first_open: int, last_open: int) -> "Bars":
        """Rows with `first_open <= open_time <= last_open` (ms)."""
        start = int(np.searchsorted(self.open_time, first_open, side="left"))
        stop = int(np.searchsorted(self.open_time, last_open, side="right"))
        return self.part(slice(start, stop))


COLUMNS = tuple(field.name for field in fields(Bars))


def no_bars(dtype: type = np.int64) -> Bars:
    """Zero bars."""
    times = np.empty(0, dtype=np.int64)
    return Bars(times, *(np.empty(0, dtype=dtype) for _ in range(9)))


def joined(parts: Sequence[Bars]) -> Bars:
    """The bars of several stretches, one after the other."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return no_bars()
    if len(filled) == 1:
        return filled[0]
    return Bars(*(np.concatenate(columns) for columns in zip(*(p.columns() for p in filled), strict=True)))


def aggregate(bars: Bars, interval: Interval, shift_ms: int = 0) -> Bars:
    """Coarser bars: first open, highest high, lowest low, last close, sums of the rest.

    Buckets without any finer bar do not appear.
    """
    if not len(bars):
        return bars
    opens = interval.floor(bars.open_time, shift_ms)
    starts = np.flatnonzero(np.r_[True, opens[1:] != opens[:-1]])
    ends = np.r_[starts[1:], len(opens)] - 1
    return Bars(
        open_time=opens[starts],
        open=bars.open[starts],
        high=np.maximum.reduceat(bars.high, starts),
        low=np.minimum.reduceat(bars.low, starts),
        close=bars.close[ends],
        volume=np.add.reduceat(bars.volume, starts),
        quote=np.add.reduceat(bars.quote, starts),
        trades=np.add.reduceat(bars.trades, starts),
        taker_base=np.add.reduceat(bars.taker_base, starts),
        taker_quote=np.add.reduceat(bars.taker_quote, starts),
    )


def whole(bars: Bars) -> Bars:
    """One bar over all of them, or none when there are none."""
    if not len(bars):
        return bars
    return Bars(
        bars.open_time[:1],
        bars.open[:1],
        bars.high.max(keepdims=True),
        bars.low.min(keepdims=True),
        bars.close[-1:],
        *(column.sum(keepdims=True) for column in bars.columns()[5:]),
    )
