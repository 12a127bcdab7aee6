"""A book's resting notional by price over time: samples of the kept book, each a row of price bins around its mid."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from utils.binance_api.book.ladder import Ladder
from utils.units import BASIS_POINTS

SAMPLE_MS: Final = 20_000
SAMPLES_KEPT: Final = 150
"""Fifty minutes of samples."""
BINS: Final = 100
"""Price bins of a sample, half of them on either side of the mid."""
BIN_BPS: Final = 1.0
"""Width of a bin, one price step where that is wider."""
_TOP_FOR_STEP: Final = 50


@dataclass(frozen=True, slots=True, eq=False)
class DepthSamples:
    """n samples on one scale of m prices: ``time`` (UTC ms), ``mid`` (n), ``price`` the middle of each bin (m).

    ``notional`` (n, m) in quote units, NaN where the kept book did not reach. Bins below the mid hold bids, those
    above it asks.
    """

    time: Times
    mid: Floats
    price: Floats
    notional: Floats

    def __len__(self) -> int:
        return len(self.time)


NO_SAMPLES: Final = DepthSamples(np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros((0, 0)))


class DepthMap:
    """The newest samples, taken every 20 seconds when ``due``."""

    def __init__(self, kept: int = SAMPLES_KEPT) -> None:
        self.width = 0.0
        self._kept = kept
        self._count = 0
        self._time = np.zeros(kept, dtype=np.int64)
        self._first = np.zeros(kept, dtype=np.int64)
        self._mid = np.zeros(kept)
        self._notional = np.zeros((kept, BINS), dtype=np.float32)

    def due(self, now_ms: int) -> bool:
        """Whether the last sample is old enough."""
        return not self._count or now_ms - int(self._time[(self._count - 1) % self._kept]) >= SAMPLE_MS

    def sample(self, bids: Ladder, asks: Ladder, mid: float, now_ms: int) -> None:
        """Take one sample of a book in sync."""
        if not self.width:
            self.width = max(mid * BIN_BPS / BASIS_POINTS, _price_step((bids, asks)))
        first = math.floor(mid / self.width) - BINS // 2
        slot = self._count % self._kept
        self._time[slot], self._first[slot], self._mid[slot] = now_ms, first, mid
        self._notional[slot] = notional_by_bin(bids, asks, first, self.width)
        self._count += 1

    def read(self) -> DepthSamples:
        """Return the samples on the price scale of all of them."""
        kept = min(self._count, self._kept)
        if not kept:
            return NO_SAMPLES
        slots = np.arange(self._count - kept, self._count) % self._kept
        first = self._first[slots]
        low, high = int(first.min()), int(first.max()) + BINS
        wide = np.full((kept, high - low), np.nan)
        for row, slot in enumerate(slots):
            begin = int(first[row]) - low
            wide[row, begin : begin + BINS] = self._notional[slot]
        price = (np.arange(low, high, dtype=np.float64) + 0.5) * self.width
        return DepthSamples(self._time[slots], self._mid[slots], price, wide)


def notional_by_bin(bids: Ladder, asks: Ladder, first: int, width: float, bins: int = BINS) -> Floats:
    """Return the resting notional of each bin (bins); bin k holds prices from (first + k) * width on.

    NaN in bins that a side does not cover completely.
    """
    found = np.zeros(bins)
    for side in (bids, asks):
        for price, quantity in side.walk():
            place = math.floor(price / width) - first
            if not 0 <= place < bins:
                break
            found[place] += price * quantity
    edges = (first + np.arange(bins + 1)) * width
    unknown = (edges[:-1] < bids.known_to) | (edges[1:] > asks.known_to)
    return np.where(unknown, np.nan, found)


def _price_step(sides: Iterable[Ladder]) -> float:
    tops = ([price for price, _ in side.top(_TOP_FOR_STEP)] for side in sides)
    return min((abs(a - b) for prices in tops for a, b in pairwise(prices)), default=0.0)


def by_bar(samples: DepthSamples, opens: Times) -> Floats:
    """Return the mean of the samples inside each bar (m, bars), NaN where none knew a price; ``opens`` ascending."""
    result = np.full((len(samples.price), len(opens)), np.nan)
    if not len(opens):
        return result
    bars = np.searchsorted(opens, samples.time, side="right") - 1
    for bar in np.unique(bars[bars >= 0]):
        rows = samples.notional[bars == bar]
        known = np.isfinite(rows)
        count = known.sum(axis=0)
        total = np.where(known, rows, 0.0).sum(axis=0)
        result[:, bar] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return result
