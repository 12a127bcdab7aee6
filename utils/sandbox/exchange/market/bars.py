"""Bars as arrays, and the one way in which finer bars become coarser ones."""

from collections.abc import Sequence
from dataclasses import dataclass
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
        return Bars(*[column[index] for column in self.columns()])

    def columns(self) -> list[Column]:
        """All columns in the order of the fields."""
        return [
            self.open_time,
            self.open,
            self.high,
            self.low,
            self.close,
            self.volume,
            self.quote,
            self.trades,
            self.taker_base,
            self.taker_quote,
        ]

    def between(self, first_open: int, last_open: int) -> "Bars":
        """Rows with `first_open <= open_time <= last_open` (ms)."""
        start, stop = self.open_time.searchsorted((first_open, last_open + 1)).tolist()
        return self if stop - start == len(self.open_time) else self.part(slice(start, stop))


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
    starts, ends = runs(opens)
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


def runs(opens: IntArray) -> tuple[IntArray, IntArray]:
    """Where each run of equal open times begins, and its last place."""
    breaks = np.flatnonzero(opens[1:] != opens[:-1])
    return np.concatenate([[0], breaks + 1]), np.concatenate([breaks, [len(opens) - 1]])


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
