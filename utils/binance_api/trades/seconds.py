"""Sums of trades per second in a ring buffer: O(1) per trade, O(n) to read n seconds."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.binance_api.trades.columns import FloatColumn, IntColumn

MS_PER_SECOND = 1000
_NEVER = -1


@dataclass(frozen=True, slots=True, eq=False)
class SecondSeries:
    """Consecutive seconds, oldest first, arrays of length n; a second without trades has zeros and NaN prices.

    ``second`` is the UTC second (ms // 1000), ``volume`` base units, ``signed_volume`` buying minus selling
    aggressors, ``count`` trades, ``high`` and ``low`` quote units.
    """

    second: NDArray[np.int64]
    volume: NDArray[np.float64]
    signed_volume: NDArray[np.float64]
    count: NDArray[np.int64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WindowSums:
    """Sums over the last whole seconds; ``high`` and ``low`` are ``None`` without trades."""

    seconds: int
    volume: float
    signed_volume: float
    count: int
    high: float | None
    low: float | None


class SecondRing:
    """The newest ``size`` seconds of trades."""

    __slots__ = ("_count", "_high", "_low", "_second", "_signed", "_volume", "late", "newest", "size")

    def __init__(self, size: int) -> None:
        if size < 1:
            raise ValueError(f"a ring needs at least one second, was {size}")
        self.size = size
        self.newest = _NEVER
        self.late = 0
        self._second = IntColumn(size, _NEVER)
        self._volume = FloatColumn(size)
        self._signed = FloatColumn(size)
        self._count = IntColumn(size)
        self._high = FloatColumn(size)
        self._low = FloatColumn(size)

    def add(self, time_ms: int, price: float, quantity: float, signed: float) -> None:
        """Add one trade to its second; one older than the ring is counted in ``late`` and ignored."""
        second = time_ms // MS_PER_SECOND
        slot = second % self.size
        held = self._second.cells
        if held[slot] == second:
            self._volume.cells[slot] += quantity
            self._signed.cells[slot] += signed
            self._count.cells[slot] += 1
            if price > self._high.cells[slot]:
                self._high.cells[slot] = price
            elif price < self._low.cells[slot]:
                self._low.cells[slot] = price
        elif second > self.newest - self.size:
            held[slot] = second
            self._volume.cells[slot] = quantity
            self._signed.cells[slot] = signed
            self._count.cells[slot] = 1
            self._high.cells[slot] = self._low.cells[slot] = price
            self.newest = max(self.newest, second)
        else:
            self.late += 1

    def series(self, seconds: int, until_second: int) -> SecondSeries:
        """Return ``seconds`` consecutive seconds ending with ``until_second``, seconds without trades included.

        Raises:
            ValueError: more seconds than the ring has, or a window that begins before its oldest second.
        """
        if not 1 <= seconds <= self.size:
            raise ValueError(f"the ring holds {self.size} seconds, {seconds} were asked")
        wanted = np.arange(until_second - seconds + 1, until_second + 1, dtype=np.int64)
        if self.newest - self.size >= wanted[0]:
            raise ValueError(f"seconds before {self.newest - self.size + 1} are no longer held")
        slots = wanted % self.size
        there = self._second.view[slots] == wanted
        return SecondSeries(
            wanted,
            np.where(there, self._volume.view[slots], 0.0),
            np.where(there, self._signed.view[slots], 0.0),
            np.where(there, self._count.view[slots], 0),
            np.where(there, self._high.view[slots], math.nan),
            np.where(there, self._low.view[slots], math.nan),
        )

    def window(self, seconds: int, until_second: int) -> WindowSums:
        """Return the sums of ``series`` over the same window."""
        rows = self.series(seconds, until_second)
        count = int(rows.count.sum())
        return WindowSums(
            seconds,
            float(rows.volume.sum()),
            float(rows.signed_volume.sum()),
            count,
            float(np.nanmax(rows.high)) if count else None,
            float(np.nanmin(rows.low)) if count else None,
        )
