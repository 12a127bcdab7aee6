"""What a test does to a market while it runs: jumps, halts and delistings."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from utils.sandbox.exchange.market.factor import FloatArray
from utils.sandbox.exchange.market.intervals import IntArray


@dataclass(slots=True)
class CoinEvents:
    """Ordered events of one coin: `jumps` as (UTC ms, log size), `halts` as [from, to) with an open end as None."""

    jumps: list[tuple[int, float]] = field(default_factory=list)
    halts: list[tuple[int, int | None]] = field(default_factory=list)
    delisted_ms: int | None = None

    def jump(self, time_ms: int, size: float) -> None:
        """Move the price by the fraction `size` from `time_ms` on (0.05 = up 5 %)."""
        if size <= -1:
            raise ValueError("a jump cannot take the price below zero")
        self.jumps.append((time_ms, math.log1p(size)))

    def halt(self, time_ms: int, for_ms: int | None) -> None:
        """Stop trading for `for_ms`, or until further notice."""
        self.halts.append((time_ms, None if for_ms is None else time_ms + for_ms))

    def is_halted(self, time_ms: int) -> bool:
        """Whether trading stands still."""
        return any(start <= time_ms and (end is None or time_ms < end) for start, end in self.halts)

    def is_delisted(self, time_ms: int) -> bool:
        """Whether the symbol is gone."""
        return self.delisted_ms is not None and time_ms >= self.delisted_ms

    def shift(self, times: IntArray) -> FloatArray:
        """Sum of the jumps that have happened by each moment."""
        total = np.zeros(len(times))
        for moment, size in self.jumps:
            total += size * (times >= moment)
        return total

    def traded(self, times: IntArray) -> NDArray[np.bool_]:
        """Which moments lie outside every halt and before the delisting."""
        open_market = np.ones(len(times), dtype=np.bool_)
        for start, end in self.halts:
            stop = np.iinfo(np.int64).max if end is None else end
            open_market &= ~((times >= start) & (times < stop))
        if self.delisted_ms is not None:
            open_market &= times < self.delisted_ms
        return open_market
