"""What a test does to a market while it runs: jumps, halts, delistings, regimes, liquidations, funding intervals."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

from utils.sandbox.exchange.market.contract import Liquidation
from utils.sandbox.exchange.market.factor import FloatArray
from utils.sandbox.exchange.market.intervals import DAY_MS, IntArray

Level = Callable[[IntArray], FloatArray]
"""Log price of the coin's own path at moments (UTC ms), before any event."""


@dataclass(frozen=True, slots=True)
class OrderedRegime:
    """From `from_ms` to `to_ms` (open end: None) moves are `vol` times as large, with `drift` log units per day."""

    from_ms: int
    to_ms: int | None
    vol: float
    drift: float

    def shift(self, times: IntArray, level: Level) -> FloatArray:
        """What the regime adds to the log price."""
        end = np.iinfo(np.int64).max if self.to_ms is None else self.to_ms
        inside = np.clip(times, self.from_ms, end)
        moved = level(inside) - level(np.array([self.from_ms], dtype=np.int64))
        return np.asarray((self.vol - 1.0) * moved + self.drift * (inside - self.from_ms) / DAY_MS)


@dataclass(slots=True)
class CoinEvents:
    """Ordered events of one coin: `jumps` as (UTC ms, log size), `halts` as [from, to) with an open end as None.

    `funding` holds (UTC ms, hours between settlements from then on); `level` is the path that regimes stretch.
    Before `listed_ms` (UTC) there is nothing of a coin; a `spot_only` one has no perpetual, a `perpetual_only` one no
    spot market.
    """

    jumps: list[tuple[int, float]] = field(default_factory=list)
    halts: list[tuple[int, int | None]] = field(default_factory=list)
    delisted_ms: int | None = None
    listed_ms: int | None = None
    spot_only: bool = False
    perpetual_only: bool = False
    liquidations: list[Liquidation] = field(default_factory=list)
    regimes: list[OrderedRegime] = field(default_factory=list)
    funding: list[tuple[int, int]] = field(default_factory=list)
    level: Level | None = None

    def jump(self, time_ms: int, size: float) -> None:
        """Move the price by the fraction `size` from `time_ms` on (0.05 = up 5 %)."""
        if size <= -1:
            raise ValueError("a jump cannot take the price below zero")
        self.jumps.append((time_ms, math.log1p(size)))

    def halt(self, time_ms: int, for_ms: int | None) -> None:
        """Stop trading for `for_ms`, or until further notice."""
        self.halts.append((time_ms, None if for_ms is None else time_ms + for_ms))

    def describe(self) -> dict[str, object]:
        """The events as JSON."""
        return {
            "jumps": self.jumps,
            "halts": self.halts,
            "delisted_ms": self.delisted_ms,
            "listed_ms": self.listed_ms,
            "spot_only": self.spot_only,
            "perpetual_only": self.perpetual_only,
            "liquidations": [asdict(one) for one in self.liquidations],
            "regimes": [asdict(one) for one in self.regimes],
            "funding": self.funding,
        }

    def is_empty(self) -> bool:
        """Whether prices are those of the path."""
        ordered = self.jumps or self.halts or self.regimes
        return not ordered and self.delisted_ms is None and self.listed_ms is None

    def is_halted(self, time_ms: int) -> bool:
        """Whether trading stands still."""
        return any(start <= time_ms and (end is None or time_ms < end) for start, end in self.halts)

    def is_delisted(self, time_ms: int) -> bool:
        """Whether the symbol is gone."""
        return self.delisted_ms is not None and time_ms >= self.delisted_ms

    def shift(self, times: IntArray) -> FloatArray:
        """What jumps and regimes have added to the log price by each moment."""
        total = np.zeros(len(times))
        if self.level is not None:
            for regime in self.regimes:
                total += regime.shift(times, self.level)
        for moment, size in self.jumps:
            total += size * (times >= moment)
        return total

    def traded(self, times: IntArray) -> NDArray[np.bool_]:
        """Which moments lie outside every halt, after the listing and before the delisting."""
        open_market = times >= (self.listed_ms or 0)
        for start, end in self.halts:
            stop = np.iinfo(np.int64).max if end is None else end
            open_market &= ~((times >= start) & (times < stop))
        if self.delisted_ms is not None:
            open_market &= times < self.delisted_ms
        return open_market
