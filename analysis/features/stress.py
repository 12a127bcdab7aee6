"""Named crashes replayed: the loss of a basket on their paths, and which leverage would have been liquidated.

A path is a coin's hourly lows and highs from one crash's first price, so that present amounts can be replayed on it
without rebalancing. Windows begin at 00:00 UTC of the day on which the fall began and end after its low:
12-13 March 2020 (the pandemic sell-off), 19 May 2021 (leverage unwound after mining bans), 7-12 May 2022 (the end of
TerraUSD and LUNA), 6-10 November 2022 (FTX stops withdrawals), 4-5 August 2024 (the yen carry trade unwound). The
lows inside them can be read off any exchange's public hourly candles.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.liquidation import Brackets, liquidation_prices
from utils.units import HOUR_MS


@dataclass(frozen=True, slots=True)
class CrashEvent:
    """A crash's name and its window in UTC ms: from the opening of ``start`` to the opening of ``end``, not in it."""

    id: str
    title: str
    start: int
    end: int

    @property
    def hours(self) -> int:
        """How many hourly bars the window holds."""
        return (self.end - self.start) // HOUR_MS


EVENTS: tuple[CrashEvent, ...] = (
    CrashEvent("covid_2020", "March 2020", 1_583_971_200_000, 1_584_144_000_000),
    CrashEvent("may_2021", "May 2021", 1_621_382_400_000, 1_621_468_800_000),
    CrashEvent("luna_2022", "LUNA 2022", 1_651_881_600_000, 1_652_400_000_000),
    CrashEvent("ftx_2022", "FTX 2022", 1_667_692_800_000, 1_668_124_800_000),
    CrashEvent("yen_2024", "August 2024", 1_722_729_600_000, 1_722_902_400_000),
)
"""Oldest first; the order of every list of losses by event."""


@dataclass(frozen=True, slots=True, eq=False)
class CrashPath:
    """One coin through one crash: ``open_time`` (n, UTC ms), ``low`` and ``high`` (n) as price / first price - 1."""

    open_time: NDArray[np.int64]
    low: Floats
    high: Floats


class Replayed(NamedTuple):
    """The worst loss of a basket on the way (positive, in the weights' unit; 0 if it never lost) and its bar."""

    loss: float
    at: int  # opening of the hourly bar in which it stood there, UTC ms


def path_of(open_time: NDArray[np.int64], first: float, low: Floats, high: Floats) -> CrashPath:
    """Return the path of hourly bars (n) from ``first``, the opening price of the first of them.

    ``ValueError`` without a bar or where the first price is not positive.
    """
    if not len(open_time) or not first > 0:
        raise ValueError("a crash path needs at least one bar and a positive first price")
    return CrashPath(open_time, low / first - 1, high / first - 1)


def beta_path(beta: float, market: CrashPath) -> CrashPath:
    """Return the path of a coin whose log returns are ``beta`` times the market's; a negative beta turns it over."""
    ends = np.expm1(beta * np.log1p(np.stack([market.low, market.high])))
    return CrashPath(market.open_time, ends.min(axis=0), ends.max(axis=0))


def beta_of(returns: Floats, market: Floats) -> float:
    """Return the least-squares slope of a coin's log returns on the market's (n each, the same bars), NaNs left out.

    NaN where fewer than two pairs are known or the market does not vary.
    """
    known = np.isfinite(returns) & np.isfinite(market)
    coin, index = returns[known], market[known]
    if len(coin) < 2 or np.ptp(index) == 0:
        return float("nan")
    away = index - index.mean()
    return float(away @ (coin - coin.mean()) / (away @ away))


def replay(weights: Mapping[str, float], paths: Mapping[str, CrashPath]) -> Replayed:
    """Return the worst loss of amounts held through one crash: ``weights`` by name, shorts negative, any one unit.

    Inside an hour longs are taken at their lows and shorts at their highs, which no real hour exceeds. The hours all
    paths have are used. Nothing is rebalanced and no liquidation stops a loss. ``KeyError`` where a weight has no
    path, ``ValueError`` where nothing is held or no hour is shared.
    """
    held = {name: weight for name, weight in weights.items() if weight != 0}
    if not held:
        raise ValueError("a replay needs at least one weight that is not 0")
    hours = _shared_hours([paths[name] for name in held])
    total = np.zeros(len(hours))
    for name, weight in held.items():
        path = paths[name]
        rows = np.searchsorted(path.open_time, hours)
        total += weight * (path.low if weight > 0 else path.high)[rows]
    worst = int(np.argmin(total))
    return Replayed(max(0.0, -float(total[worst])), int(hours[worst]))


def replay_events(
    weights: Mapping[str, float], paths: Mapping[str, Mapping[str, CrashPath]]
) -> dict[str, Replayed | None]:
    """Return the replay of every event of ``EVENTS`` by id; ``paths`` by event, then by name.

    ``None`` where the event lacks a path of something held.
    """
    held = [name for name, weight in weights.items() if weight != 0]
    result: dict[str, Replayed | None] = {}
    for event in EVENTS:
        known = paths.get(event.id, {})
        result[event.id] = replay(weights, known) if held and all(n in known for n in held) else None
    return result


def _shared_hours(paths: Sequence[CrashPath]) -> NDArray[np.int64]:
    hours = paths[0].open_time
    for path in paths[1:]:
        hours = np.intersect1d(hours, path.open_time)
    if not len(hours):
        raise ValueError("the paths share no hour")
    return hours


def is_reached(path: CrashPath, ratio: float, side: int) -> bool:
    """Return whether a position is liquidated on the way: ``ratio`` is its liquidation price over the present price.

    The long (``side`` 1) where a low touches it, the short (-1) where a high does. The exchange closes by the mark
    price, which leaves out the last spikes of traded prices: this is the stricter reading.
    """
    return bool((path.low + 1 <= ratio).any() if side > 0 else (path.high + 1 >= ratio).any())


def surviving(
    path: CrashPath, leverages: Floats, notional: float, brackets: Brackets, side: int
) -> NDArray[np.bool_]:
    """Return for each leverage whether an isolated position of this notional (USDT) from the first price survives.

    False too where the exchange does not offer the leverage for that notional.
    """
    return survives(path, *liquidation_prices(1.0, leverages, notional, brackets), side)


def survives(path: CrashPath, longs: Floats, shorts: Floats, side: int) -> NDArray[np.bool_]:
    """Return the same by the ``liquidation_prices`` of an entry at 1, which serve every crash."""
    offered = np.isfinite(shorts)  # a long without debt has no liquidation price although it is offered
    reached = longs >= 1 + path.low.min() if side > 0 else shorts <= 1 + path.high.max()
    return np.asarray(offered & ~reached)


def highest_survivor(
    path: CrashPath, leverages: Floats, notional: float, brackets: Brackets, side: int
) -> float:
    """Return the highest of the leverages that survives the crash; 0 where none of those offered does."""
    alive = leverages[surviving(path, leverages, notional, brackets, side)]
    return float(alive.max()) if len(alive) else 0.0
