"""Measures of resting orders, as pure functions of the two sides of a book; each costs only the levels it reads."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from utils.binance_api.book.ladder import Ladder, Level
from utils.binance_api.touch import Touch
from utils.units import BASIS_POINTS

Aggressor = Literal["buy", "sell"]


class DepthWithin(msgspec.Struct, frozen=True, gc=False):
    """Resting orders up to a distance from the mid.

    Quantities in base units, notionals in quote units. ``complete`` is false when the distance reaches beyond the
    known price range: then all four are lower bounds.
    """

    bid_quantity: float
    bid_notional: float
    ask_quantity: float
    ask_notional: float
    complete: bool

    @property
    def imbalance(self) -> float | None:
        """(B - A) / (B + A) of quantities in [-1, 1]; ``None`` without orders in the range."""
        return balance(self.bid_quantity, self.ask_quantity)


def balance(bids: float, asks: float) -> float | None:
    """Return (bids - asks) / (bids + asks), in [-1, 1]; ``None`` when both are 0."""
    total = bids + asks
    return (bids - asks) / total if total > 0.0 else None


def _sums(levels: Iterable[Level]) -> tuple[float, float]:
    quantity = notional = 0.0
    for price, size in levels:
        quantity += size
        notional += price * size
    return quantity, notional


def depth_within(bids: Ladder, asks: Ladder, touch: Touch, bps: float) -> DepthWithin:
    """Sum the orders within ``bps`` basis points of the mid, the borders included."""
    low = touch.mid * (1.0 - bps / BASIS_POINTS)
    high = touch.mid * (1.0 + bps / BASIS_POINTS)
    bid_quantity, bid_notional = _sums(bids.within(low))
    ask_quantity, ask_notional = _sums(asks.within(high))
    complete = bids.covers(low) and asks.covers(high)
    return DepthWithin(bid_quantity, bid_notional, ask_quantity, ask_notional, complete)


def level_imbalance(bids: Ladder, asks: Ladder, levels: int) -> float | None:
    """Return (B - A) / (B + A) over the quantities of the best ``levels`` levels of each side."""
    return balance(_sums(bids.top(levels))[0], _sums(asks.top(levels))[0])


def sweep_cost(side: Ladder, touch: Touch, notional: float, aggressor: Aggressor) -> float | None:
    """Return what a market order of ``notional`` quote units costs against the mid, in basis points (positive).

    The order fills levels of ``side`` until the notional is reached; the cost is the average fill price against the
    mid, so half the spread is included. ``None`` if the known part of the book is too small.
    """
    if notional <= 0.0:
        raise ValueError(f"notional must be positive, was {notional}")
    left, quantity = notional, 0.0
    for price, size in side.walk():
        if not side.covers(price):
            return None
        value = price * size
        if value >= left:
            average = notional / (quantity + left / price)
            worse = average - touch.mid if aggressor == "buy" else touch.mid - average
            return worse / touch.mid * BASIS_POINTS
        left -= value
        quantity += size
    return None
