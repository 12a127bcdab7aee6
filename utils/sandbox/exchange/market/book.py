"""The order book as a pure function of the moment, so that any two snapshots agree with each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.sandbox.exchange.market.intervals import IntArray

IDS_PER_MS = 1
ID_EPOCH_MS = 1_500_000_000_000
"""Update ids grow by one per millisecond, so an id tells its moment."""
SLOT_MS = 4_000
"""A level keeps its quantity for this long; levels change at different moments."""
GAP_FROM_LEVEL = 4
DEPTH_POWER = 0.35
"""Quantities grow with the distance in basis points to this power, in steps: small moves change few levels."""


@dataclass(frozen=True, slots=True)
class BookSnapshot:
    """Levels from the best outwards: prices in ticks, quantities in lots; `update_id` grows with time."""

    update_id: int
    time_ms: int
    bid_prices: IntArray
    bid_lots: IntArray
    ask_prices: IntArray
    ask_lots: IntArray


def update_id(time_ms: int) -> int:
    """The id of the last book change at or before a moment."""
    return (time_ms - ID_EPOCH_MS) * IDS_PER_MS


def snapshot(
    best_bid: int, best_ask: int, typical_lots: float, seed: int, time_ms: int, levels: int
) -> BookSnapshot:
    """The book around a best bid and ask (ticks).

    `typical_lots` is the usual quantity near the top. A level's quantity depends on its price, on `seed` and on
    the moment only, so a level seen twice within seconds mostly has the same quantity.
    """
    reach = levels * 2 + GAP_FROM_LEVEL
    bids = best_bid - np.arange(reach)
    asks = best_ask + np.arange(reach)
    bids = _present(bids[bids > 0], seed)[:levels]
    asks = _present(asks, seed)[:levels]
    return BookSnapshot(
        update_id=update_id(time_ms),
        time_ms=time_ms,
        bid_prices=bids,
        bid_lots=_lots(bids, best_bid - bids, typical_lots, seed, time_ms),
        ask_prices=asks,
        ask_lots=_lots(asks, asks - best_ask, typical_lots, seed + 1, time_ms),
    )


def _present(prices: IntArray, seed: int) -> IntArray:
    filled = _mix(prices.astype(np.uint64), seed) % np.uint64(3) != 0
    filled[:GAP_FROM_LEVEL] = True
    return np.asarray(prices[filled], dtype=np.int64)


def _lots(prices: IntArray, distance: IntArray, typical: float, seed: int, time_ms: int) -> IntArray:
    levels = prices.astype(np.uint64)
    phase = (_mix(levels, seed + 2) % np.uint64(SLOT_MS)).astype(np.int64)
    slot = ((time_ms + phase) // SLOT_MS).astype(np.uint64)
    noise = _mix(levels * np.uint64(0x100000001B3) + slot, seed + 3).astype(np.float64) / 2.0**64
    basis_point = np.maximum(levels.astype(np.float64) * 1e-4, 1.0)
    band = np.floor(np.log2(1.0 + distance / basis_point))
    shape = np.power(2.0, DEPTH_POWER * band) * (0.15 - np.log(1.0 - noise * 0.999))
    usual = 2.0 ** (np.rint(4 * np.log2(typical)) / 4)
    return np.asarray(np.maximum(np.rint(usual * shape), 1), dtype=np.int64)


def _mix(values: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """SplitMix64 (Steele, Lea and Flood, 2014): well-scattered bits from (value, seed)."""
    golden = 0x9E3779B97F4A7C15
    mixed = values + np.uint64((seed * golden) % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
