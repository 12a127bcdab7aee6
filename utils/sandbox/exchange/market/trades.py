"""Trades as arrays, and the bars that they add up to."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from utils.sandbox.exchange.market.bars import Bars, no_bars, runs
from utils.sandbox.exchange.market.intervals import IntArray, Interval


@dataclass(frozen=True, slots=True)
class Trades:
    """Trades in ascending order: id, UTC ms, price in ticks, quantity in lots, whether the taker sold."""

    id: IntArray
    time: IntArray
    price: IntArray
    lots: IntArray
    buyer_maker: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.id)

    def part(self, index: slice | NDArray[np.bool_]) -> "Trades":
        """The trades chosen by a slice or a mask."""
        return Trades(
            self.id[index], self.time[index], self.price[index], self.lots[index], self.buyer_maker[index]
        )

    def within(self, first_ms: int, last_ms: int) -> "Trades":
        """Trades that happened from `first_ms` to `last_ms`, both included."""
        start, stop = self.time.searchsorted((first_ms, last_ms + 1)).tolist()
        return self.part(slice(start, stop)) if stop > start else NO_TRADES

    def until(self, time_ms: int) -> "Trades":
        """Trades that happened at or before `time_ms`."""
        return self.part(slice(0, int(np.searchsorted(self.time, time_ms, side="right"))))


def no_trades() -> Trades:
    """Zero trades."""
    return NO_TRADES


_NOTHING = np.empty(0, dtype=np.int64)
NO_TRADES = Trades(_NOTHING, _NOTHING, _NOTHING, _NOTHING, np.empty(0, dtype=np.bool_))


def joined_trades(parts: Sequence[Trades]) -> Trades:
    """The trades of several stretches, one after the other."""
    if not parts:
        return no_trades()
    if len(parts) == 1:
        return parts[0]
    return Trades(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Trades)))


def bars_of(trades: Trades, interval: Interval) -> Bars:
    """The bars that the trades add up to; buckets without trades do not appear."""
    if not len(trades):
        return no_bars()
    opens = interval.floor(trades.time)
    starts, ends = runs(opens)
    quote = trades.price * trades.lots
    bought = ~trades.buyer_maker
    return Bars(
        open_time=opens[starts],
        open=trades.price[starts],
        high=np.maximum.reduceat(trades.price, starts),
        low=np.minimum.reduceat(trades.price, starts),
        close=trades.price[ends],
        volume=np.add.reduceat(trades.lots, starts),
        quote=np.add.reduceat(quote, starts),
        trades=ends - starts + 1,
        taker_base=np.add.reduceat(trades.lots * bought, starts),
        taker_quote=np.add.reduceat(quote * bought, starts),
    )
