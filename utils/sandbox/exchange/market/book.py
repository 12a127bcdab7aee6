"""The order book as a pure function of the moment, so that any two snapshots agree with each other."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from utils.sandbox.exchange.market.factor import FloatArray
from utils.sandbox.exchange.market.intervals import IntArray

ID_EPOCH_MS = 1_500_000_000_000
"""Update ids grow with every millisecond, so an id tells its moment."""
SLOTS_MS = np.array([2_000] * 4 + [8_000] * 16 + [30_000] * 30 + [120_000] * 50, dtype=np.uint64)
"""How long levels keep their quantity: each draws one of these, so that a few are busy and most are calm."""
GAP_FROM_LEVEL = 4
DEPTH_POWER = 0.35
"""Quantities grow with the distance in basis points to this power, in steps: small moves change few levels."""
SHELVES_KEPT = 1024
"""Sides of books kept while their best price stands: a few dozen KB each."""


Side = tuple[IntArray, IntArray]
"""Prices in ticks and quantities in lots, level by level."""


@dataclass(frozen=True, slots=True)
class Tops:
    """Best bids and asks at several moments (UTC ms): prices in ticks, quantities in lots, update ids."""

    time_ms: IntArray
    update_id: IntArray
    bid: IntArray
    bid_lots: IntArray
    ask: IntArray
    ask_lots: IntArray


@dataclass(frozen=True, slots=True)
class BookSnapshot:
    """Levels from the best outwards: prices in ticks, quantities in lots; `update_id` grows with time."""

    update_id: int
    time_ms: int
    bid_prices: IntArray
    bid_lots: IntArray
    ask_prices: IntArray
    ask_lots: IntArray

    @property
    def top(self) -> Tops:
        """The best bid and ask alone."""
        return Tops(
            np.array([self.time_ms]),
            np.array([self.update_id]),
            self.bid_prices[:1],
            self.bid_lots[:1],
            self.ask_prices[:1],
            self.ask_lots[:1],
        )


Moments = TypeVar("Moments", int, IntArray)


def update_id(time_ms: Moments, ids_per_ms: int) -> Moments:
    """The id of the book's state at a moment, or at several."""
    return (time_ms - ID_EPOCH_MS) * ids_per_ms


def snapshot(
    best_bid: int,
    best_ask: int,
    typical_lots: float,
    seed: int,
    *,
    time_ms: int,
    levels: int,
    ids_per_ms: int = 1,
) -> BookSnapshot:
    """The book around a best bid and ask (ticks).

    `typical_lots` is the usual quantity near the top. A level's quantity depends on its price, on `seed` and on
    the moment only, so a level seen twice within seconds mostly has the same quantity. A book with `ids_per_ms`
    above one skips ids, as the futures book does.
    """
    bids = _shelf(best_bid, -1, seed, levels)
    asks = _shelf(best_ask, 1, seed, levels)
    usual = float(_usual(typical_lots))
    return BookSnapshot(
        update_id=update_id(time_ms, ids_per_ms),
        time_ms=time_ms,
        bid_prices=bids.prices,
        bid_lots=bids.lots_at(usual, time_ms),
        ask_prices=asks.prices,
        ask_lots=asks.lots_at(usual, time_ms),
    )


@dataclass(frozen=True, slots=True)
class _Stock:
    """The quantities of a row of levels at a moment, and until when (UTC ms) each of them stays."""

    usual: float
    time_ms: int
    until: NDArray[np.uint64]
    lots: IntArray


@dataclass(slots=True, eq=False)
class _Shelf:
    """What of a row of levels (ticks) does not change while its best price stands, and what was there last."""

    prices: IntArray
    hashed: NDArray[np.uint64]
    seed: int
    length: NDArray[np.uint64]
    shift: NDArray[np.uint64]
    growth: FloatArray
    _stock: _Stock | None = field(default=None, repr=False)

    @classmethod
    def of(cls, prices: IntArray, distance: IntArray, seed: int) -> "_Shelf":
        levels = prices.astype(np.uint64)
        chance = _mix(levels, seed + 2)
        length = SLOTS_MS[(chance >> np.uint64(32)) % np.uint64(len(SLOTS_MS))]
        basis_point = np.maximum(levels.astype(np.float64) * 1e-4, 1.0)
        band = np.floor(np.log2(1.0 + distance / basis_point))
        growth = np.power(2.0, DEPTH_POWER * band)
        return cls(prices, levels * np.uint64(0x100000001B3), seed, length, chance % length, growth)

    def lots(self, usual: FloatArray, time_ms: IntArray) -> IntArray:
        """Quantities at one moment per level."""
        slot = (time_ms.astype(np.uint64) + self.shift) // self.length
        return _drawn(self.hashed + slot, self.seed, self.growth, usual)

    def lots_at(self, usual: float, time_ms: int) -> IntArray:
        """Quantities at a moment; the levels that have kept theirs since the last one asked for are not drawn anew."""
        before = self._stock
        if before is None or before.usual != usual or time_ms < before.time_ms:
            slot = (np.uint64(time_ms) + self.shift) // self.length
            lots = _drawn(self.hashed + slot, self.seed, self.growth, usual)
            until = (slot + np.uint64(1)) * self.length - self.shift
        else:
            due = np.flatnonzero(before.until <= np.uint64(time_ms))
            if not len(due):
                return before.lots
            length, shift = self.length[due], self.shift[due]
            slot = (np.uint64(time_ms) + shift) // length
            until, lots = before.until.copy(), before.lots.copy()
            until[due] = (slot + np.uint64(1)) * length - shift
            lots[due] = _drawn(self.hashed[due] + slot, self.seed, self.growth[due], usual)
        lots.flags.writeable = False
        self._stock = _Stock(usual, time_ms, until, lots)
        return lots


def _drawn(hashed: NDArray[np.uint64], seed: int, growth: FloatArray, usual: float | FloatArray) -> IntArray:
    noise = _mix(hashed, seed + 3).astype(np.float64) / 2.0**64
    shape = growth * (0.15 - np.log(1.0 - noise * 0.999))
    return np.asarray(np.maximum(np.rint(usual * shape), 1), dtype=np.int64)


@lru_cache(maxsize=SHELVES_KEPT)
def _shelf(best: int, step: int, seed: int, levels: int) -> _Shelf:
    """One side outwards from its best price; asks (``step`` 1) have a seed of their own for quantities."""
    prices = best + step * np.arange(levels * 2 + GAP_FROM_LEVEL)
    prices = _present(prices[prices > 0], seed)[:levels]
    return _Shelf.of(prices, np.abs(prices - best), seed + (step > 0))


def _present(prices: IntArray, seed: int) -> IntArray:
    filled = _mix(prices.astype(np.uint64), seed) % np.uint64(3) != 0
    filled[:GAP_FROM_LEVEL] = True
    return np.asarray(prices[filled], dtype=np.int64)


def _usual(typical: float | FloatArray) -> FloatArray:
    """The usual quantity in steps, so that a small move of the price leaves it."""
    return np.asarray(2.0 ** (np.rint(4 * np.log2(typical)) / 4))


def _mix(values: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """SplitMix64 (Steele, Lea and Flood, 2014): well-scattered bits from (value, seed)."""
    golden = 0x9E3779B97F4A7C15
    mixed = values + np.uint64((seed * golden) % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def tops(
    best_bids: IntArray, best_asks: IntArray, typical: FloatArray, seed: int, times: IntArray
) -> tuple[IntArray, IntArray]:
    """Quantities at the best bid and ask of several moments at once, the same as those of their snapshots."""
    here, usual = np.zeros(len(times), dtype=np.int64), _usual(typical)
    bids = _Shelf.of(best_bids, here, seed).lots(usual, times)
    return bids, _Shelf.of(best_asks, here, seed + 1).lots(usual, times)


def changed_levels(
    before: BookSnapshot, between: Sequence[BookSnapshot], after: BookSnapshot
) -> tuple[Side, Side]:
    """Bids and asks, both ascending, whose quantity changed from `before` to `after`, or for a while in `between`.

    A level that is gone has the quantity 0. Levels that came back to what they were are told too, so that a
    snapshot taken at a moment in between is corrected.
    """
    states = [before, *between, after]
    bids = _touched([(s.bid_prices, s.bid_lots) for s in states])
    asks = _touched([(s.ask_prices, s.ask_lots) for s in states])
    return bids, asks


def _touched(sides: list[Side]) -> Side:
    prices = sides[0][0]
    if all(other is prices for other, _ in sides):
        return _sold(prices, [lots for _, lots in sides])
    low = min(int(prices.min()) for prices, _ in sides)
    high = max(int(prices.max()) for prices, _ in sides)
    table = np.zeros((len(sides), high - low + 1), dtype=np.int64)
    for row, (prices, lots) in zip(table, sides, strict=True):
        row[prices - low] = lots
    index = np.flatnonzero((table[1:] != table[:-1]).any(axis=0))
    return index + low, table[-1, index]


def _sold(prices: IntArray, lots: list[IntArray]) -> Side:
    """The changed levels of a side whose best price has stood."""
    changed = np.zeros(len(prices), dtype=np.bool_)
    for before, after in itertools.pairwise(lots):
        if after is not before:
            changed |= after != before
    index = np.flatnonzero(changed)
    outwards_down = len(prices) > 1 and prices[1] < prices[0]
    index = index[::-1] if outwards_down else index
    return prices[index], lots[-1][index]
