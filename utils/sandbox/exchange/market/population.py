"""Who holds a perpetual: leveraged longs and shorts with true entry prices, and what a move of the price does to them.

Time goes in steps of five minutes. In each, a share of the turnover opens positions (as many contracts long as
short), a share of the old ones is closed, and those whose liquidation price was touched are liquidated. Contracts
that a liquidation takes from one side are closed by the other, so both sides stay equal: that is open interest.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.sandbox.exchange.market.bars import Bars
from utils.sandbox.exchange.market.factor import FloatArray
from utils.sandbox.exchange.market.intervals import DAY_MS, INTERVALS

STEP = INTERVALS["5m"]
STEP_MS = STEP.ms
LEVERAGES = (3, 5, 10, 20, 50, 100)
SHARES = np.array([0.20, 0.22, 0.25, 0.18, 0.10, 0.05])
"""Leverage of new positions, and the share of contracts opened with each."""
MAINTENANCE = 0.005
OPENED_SHARE = 0.25
"""Contracts of new positions per traded contract."""
MEAN_LIFE_STEPS = 2.5 * DAY_MS / STEP_MS
BIN = 0.001
"""Entries are kept in bins of the logarithm of the price."""
HALF_BINS = 1_500
LONG, SHORT = 0, 1


@dataclass(frozen=True, slots=True)
class Forced:
    """Contracts of one side, leverage class and entry whose liquidation price was touched in a step."""

    step_ms: int
    side: int
    leverage: int
    entry: float
    trigger: float
    contracts: float


def trigger_factor(side: int, leverage: int) -> float:
    """Liquidation price over entry price."""
    distance = 1.0 / leverage - MAINTENANCE
    return 1.0 - distance if side == LONG else 1.0 + distance


FACTORS = np.array([[trigger_factor(side, leverage) for leverage in LEVERAGES] for side in (LONG, SHORT)])
LOG_FACTORS = np.log(FACTORS)


class Population:
    """The holders of one perpetual since `start_ms`. Prices are in USDT, contracts in the perpetual's unit."""

    def __init__(self, price: float, contracts_per_step: float, start_ms: int) -> None:
        self.next_ms = start_ms
        self.times: list[int] = []
        self.held: list[float] = []
        self.forced: list[Forced] = []
        self._origin = float(np.log(price)) - HALF_BINS * BIN
        self._entries = np.zeros((2, len(LEVERAGES), 2 * HALF_BINS))
        self._scale = np.ones(2)
        self._highest: NDArray[np.int64] = np.full(len(LEVERAGES), -1)
        self._lowest: NDArray[np.int64] = np.full(len(LEVERAGES), 2 * HALF_BINS)
        self._held = OPENED_SHARE * contracts_per_step * MEAN_LIFE_STEPS
        self._seed_positions(self._held)

    @property
    def open_interest(self) -> float:
        """Contracts held by each side."""
        return self._held

    def positions(self, side: int) -> list[tuple[int, float, float]]:
        """All positions of a side as (leverage, entry price, contracts)."""
        held = self._entries[side] * self._scale[side]
        rows, bins = np.nonzero(held > 0)
        return [
            (LEVERAGES[row], self._price_of(index), float(held[row, index]))
            for row, index in zip(rows.tolist(), bins.tolist(), strict=True)
        ]

    def touched(self, step_ms: int, low: float, high: float) -> list[Forced]:
        """Positions that prices down to `low` and up to `high` liquidate; nothing is changed."""
        found: list[Forced] = []
        for side, price in ((LONG, low), (SHORT, high)):
            for row, leverage in enumerate(LEVERAGES):
                held = self._entries[side, row]
                border = self._bin_of(price, side, row)
                reached = held[border:] if side == LONG else held[: border + 1]
                offset = border if side == LONG else 0
                for index in np.flatnonzero(reached).tolist():
                    entry = self._price_of(index + offset)
                    amount = float(reached[index] * self._scale[side])
                    found.append(
                        Forced(step_ms, side, leverage, entry, float(entry * FACTORS[side, row]), amount)
                    )
        return found

    def live(self, bars: Bars, tick: float, lot: float) -> None:
        """Go through finished bars of five minutes (ticks and lots)."""
        bars = bars.part(bars.open_time >= self.next_ms)
        low, high, close = bars.low * tick, bars.high * tick, bars.close * tick
        longs, shorts = self._borders(low, LONG), self._borders(high, SHORT)
        volumes = (bars.volume * lot).tolist()
        for i, opened in enumerate(bars.open_time.tolist()):
            reached = (longs[i] <= self._highest).any() or (shorts[i] >= self._lowest).any()
            forced = self.touched(opened, float(low[i]), float(high[i])) if reached else []
            self._step(opened, forced, float(close[i]), volumes[i])
            self.next_ms = opened + STEP_MS

    def _step(self, opened: int, forced: list[Forced], close: float, volume: float) -> None:
        if forced:
            self._liquidate(forced)
        self._scale *= 1.0 - 1.0 / MEAN_LIFE_STEPS
        self._held *= 1.0 - 1.0 / MEAN_LIFE_STEPS
        self._open(close, OPENED_SHARE * volume)
        self.forced += forced
        self.times.append(opened + STEP_MS)
        self.held.append(self._held)

    def _liquidate(self, forced: list[Forced]) -> None:
        lost = [0.0, 0.0]
        for one in forced:
            self._entries[one.side, LEVERAGES.index(one.leverage), self._index(one.entry)] = 0.0
            lost[one.side] += one.contracts
        left = max(0.0, self._held - sum(lost))
        for side in (LONG, SHORT):
            self._scale[side] *= left / (self._held - lost[side]) if self._held > lost[side] else 0.0
        self._held = left
        self._edges()

    def _open(self, price: float, contracts: float) -> None:
        index = self._index(price)
        self._held += contracts
        self._entries[:, :, index] += contracts * SHARES / self._scale[:, None]
        self._highest = np.maximum(self._highest, index)
        self._lowest = np.minimum(self._lowest, index)

    def _seed_positions(self, contracts: float) -> None:
        """Holders from before the beginning, with entries spread around the first price."""
        spread = np.exp(-0.5 * (np.arange(-40, 41) / 15.0) ** 2)
        spread *= contracts / spread.sum()
        for offset, amount in zip(range(-40, 41), spread.tolist(), strict=True):
            self._entries[:, :3, HALF_BINS + offset] += amount * SHARES[:3] / SHARES[:3].sum()
        self._edges()

    def _edges(self) -> None:
        """The highest long and the lowest short entry of each leverage class."""
        bins = np.arange(2 * HALF_BINS)
        self._highest = np.where(self._entries[LONG] > 0, bins, -1).max(axis=1)
        self._lowest = np.where(self._entries[SHORT] > 0, bins, 2 * HALF_BINS).min(axis=1)

    def _borders(self, prices: FloatArray, side: int) -> FloatArray:
        """The last entry bin that each price (row) liquidates in each leverage class (column)."""
        level = (np.log(prices)[:, None] - LOG_FACTORS[side] - self._origin) / BIN
        return np.asarray(np.ceil(level) if side == LONG else np.floor(level))

    def _bin_of(self, price: float, side: int, row: int) -> int:
        border = self._borders(np.array([price]), side)[0, row]
        return min(max(int(border), 0), 2 * HALF_BINS - 1)

    def _index(self, price: float) -> int:
        return min(max(round((math.log(price) - self._origin) / BIN), 0), 2 * HALF_BINS - 1)

    def _price_of(self, index: int) -> float:
        return math.exp(self._origin + index * BIN)
