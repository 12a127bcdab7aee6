"""Who holds a perpetual: leveraged longs and shorts with true entry prices, and what a move of the price does to them.

Time goes in steps of five minutes. In each, a share of the turnover opens positions (as many contracts long as
short), a share of the old ones is closed, and those whose liquidation price was touched are liquidated. Contracts
that a liquidation takes from one side are closed by the other, so both sides stay equal: that is open interest.
"""

import math
from dataclasses import dataclass

import numpy as np

from utils.sandbox.exchange.market.bars import Bars
from utils.sandbox.exchange.market.factor import FloatArray
from utils.sandbox.exchange.market.intervals import DAY_MS, INTERVALS

STEP = INTERVALS["5m"]
STEP_MS = STEP.ms
LEVERAGES = (3, 5, 10, 20, 50, 100)
SHARES = (0.20, 0.22, 0.25, 0.18, 0.10, 0.05)
"""Leverage of new positions, and the share of contracts opened with each."""
MAINTENANCE = 0.005
OPENED_SHARE = 0.25
"""Contracts of new positions per traded contract."""
MEAN_LIFE_STEPS = 2.5 * DAY_MS / STEP_MS
BIN = 0.001
"""Entries are kept in bins of the logarithm of the price."""
HALF_BINS = 1_500
BINS = 2 * HALF_BINS
SEEDED_LEVERAGES = 3
LONG, SHORT = 0, 1
Place = tuple[int, int, int]
"""Side, leverage class and bin of the entry."""


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


FACTORS = [[trigger_factor(side, leverage) for leverage in LEVERAGES] for side in (LONG, SHORT)]
LOG_FACTORS = np.log(FACTORS)


class Population:
    """The holders of one perpetual since `start_ms`. Prices are in USDT, contracts in the perpetual's unit.

    A step touches a dozen places; plain lists do that several times faster than arrays.
    """

    def __init__(self, price: float, contracts_per_step: float, start_ms: int) -> None:
        self.next_ms = start_ms
        self.times: list[int] = []
        self.held: list[float] = []
        self.forced: list[Forced] = []
        self._origin = float(np.log(price)) - HALF_BINS * BIN
        self._entries = [[[0.0] * BINS for _ in LEVERAGES] for _ in (LONG, SHORT)]
        self._scale = [1.0, 1.0]
        self._highest = [-1] * len(LEVERAGES)
        self._lowest = [BINS] * len(LEVERAGES)
        self._held = OPENED_SHARE * contracts_per_step * MEAN_LIFE_STEPS
        self._seed_positions(self._held)

    @property
    def open_interest(self) -> float:
        """Contracts held by each side."""
        return self._held

    def positions(self, side: int) -> list[tuple[int, float, float]]:
        """All positions of a side as (leverage, entry price, contracts)."""
        scale = self._scale[side]
        return [
            (leverage, self._price_of(index), amount * scale)
            for leverage, held in zip(LEVERAGES, self._entries[side], strict=True)
            for index, amount in enumerate(held)
            if amount > 0
        ]

    def touched(self, step_ms: int, low: float, high: float) -> list[Forced]:
        """Positions that prices down to `low` and up to `high` liquidate; nothing is changed."""
        longs, shorts = self._borders(np.array([low]), LONG), self._borders(np.array([high]), SHORT)
        return [self._forced(step_ms, *place) for place in self._reached(longs[0], shorts[0])]

    def _reached(self, longs: list[float], shorts: list[float]) -> list[Place]:
        """The places whose entry lies at or beyond the border of their side and leverage class."""
        found: list[Place] = []
        for row, border in enumerate(longs):
            if border <= (highest := self._highest[row]):
                held = self._entries[LONG][row]
                found += [
                    (LONG, row, index) for index in range(_within_bins(border), highest + 1) if held[index]
                ]
        for row, border in enumerate(shorts):
            if border >= (lowest := self._lowest[row]):
                held = self._entries[SHORT][row]
                found += [
                    (SHORT, row, index) for index in range(lowest, _within_bins(border) + 1) if held[index]
                ]
        return found

    def _forced(self, step_ms: int, side: int, row: int, index: int) -> Forced:
        entry, amount = self._price_of(index), self._entries[side][row][index] * self._scale[side]
        return Forced(step_ms, side, LEVERAGES[row], entry, entry * FACTORS[side][row], amount)

    def live(self, bars: Bars, tick: float, lot: float) -> None:
        """Go through finished bars of five minutes (ticks and lots)."""
        bars = bars.part(bars.open_time >= self.next_ms)
        longs, shorts = self._borders(bars.low * tick, LONG), self._borders(bars.high * tick, SHORT)
        closes, volumes = (bars.close * tick).tolist(), (bars.volume * lot).tolist()
        for i, opened in enumerate(bars.open_time.tolist()):
            reached = self._reached(longs[i], shorts[i])
            forced = [self._forced(opened, *place) for place in reached]
            if forced:
                self._liquidate(reached, forced)
            self._step(opened, forced, closes[i], volumes[i])
            self.next_ms = opened + STEP_MS

    def _step(self, opened: int, forced: list[Forced], close: float, volume: float) -> None:
        self._scale = [scale * (1.0 - 1.0 / MEAN_LIFE_STEPS) for scale in self._scale]
        self._held *= 1.0 - 1.0 / MEAN_LIFE_STEPS
        self._open(close, OPENED_SHARE * volume)
        self.forced += forced
        self.times.append(opened + STEP_MS)
        self.held.append(self._held)

    def _liquidate(self, reached: list[Place], forced: list[Forced]) -> None:
        lost = [0.0, 0.0]
        for place, one in zip(reached, forced, strict=True):
            side, row, index = place
            self._entries[side][row][index] = 0.0
            lost[one.side] += one.contracts
        left = max(0.0, self._held - sum(lost))
        for side in (LONG, SHORT):
            self._scale[side] *= left / (self._held - lost[side]) if self._held > lost[side] else 0.0
        self._held = left
        for side, row in {place[:2] for place in reached}:
            self._edge(side, row)

    def _open(self, price: float, contracts: float) -> None:
        index = self._index(price)
        self._held += contracts
        for side, scale in enumerate(self._scale):
            for held, share in zip(self._entries[side], SHARES, strict=True):
                held[index] += contracts * share / scale
        if index > min(self._highest):
            self._highest = [max(highest, index) for highest in self._highest]
        if index < max(self._lowest):
            self._lowest = [min(lowest, index) for lowest in self._lowest]

    def _seed_positions(self, contracts: float) -> None:
        """Holders from before the beginning, with entries spread around the first price."""
        spread = np.exp(-0.5 * (np.arange(-40, 41) / 15.0) ** 2)
        spread *= contracts / spread.sum()
        whole = sum(SHARES[:SEEDED_LEVERAGES])
        for offset, amount in zip(range(-40, 41), spread.tolist(), strict=True):
            for side in (LONG, SHORT):
                for held, share in zip(self._entries[side], SHARES[:SEEDED_LEVERAGES], strict=False):
                    held[HALF_BINS + offset] += amount * share / whole
        for row in range(SEEDED_LEVERAGES):
            self._highest[row], self._lowest[row] = HALF_BINS + 40, HALF_BINS - 40

    def _edge(self, side: int, row: int) -> None:
        """Find the highest long or the lowest short entry of a leverage class, from where it was inwards."""
        held = self._entries[side][row]
        if side == LONG:
            left = range(self._highest[row], -1, -1)
            self._highest[row] = next((index for index in left if held[index]), -1)
        else:
            left = range(self._lowest[row], BINS)
            self._lowest[row] = next((index for index in left if held[index]), BINS)

    def _borders(self, prices: FloatArray, side: int) -> list[list[float]]:
        """The last entry bin that each price (row) liquidates in each leverage class (column)."""
        level = (np.log(prices)[:, None] - LOG_FACTORS[side] - self._origin) / BIN
        borders: list[list[float]] = (np.ceil(level) if side == LONG else np.floor(level)).tolist()
        return borders

    def _index(self, price: float) -> int:
        return min(max(round((math.log(price) - self._origin) / BIN), 0), BINS - 1)

    def _price_of(self, index: int) -> float:
        return math.exp(self._origin + index * BIN)


def _within_bins(border: float) -> int:
    return min(max(int(border), 0), BINS - 1)
