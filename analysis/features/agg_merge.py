"""Raw fills joined to aggregate trades, as the exchange joins them: one side, one price, within 100 ms."""

from dataclasses import dataclass
from typing import Final

from utils.binance_api.streams.events import Trade

WITHIN_MS: Final = 100
"""The exchange aggregates fills of one taking side and price over 100 ms."""


@dataclass(frozen=True, slots=True)
class MergedTrade:
    """Consecutive fills of one side at one price: time of the first (UTC ms), quote and base units, side +1 or -1."""

    time_ms: int
    price: float
    quantity: float
    side: int
    fills: int


class AggMerger:
    """Joins fills as they arrive; those that are no market trades (insurance fund, ADL) are left out and counted.

    A fill joins the trade before it where side and price agree and less than 100 ms have passed since that trade's
    first fill.
    """

    __slots__ = ("_open", "excluded")

    def __init__(self) -> None:
        self._open: MergedTrade | None = None
        self.excluded = 0

    def feed(self, fill: Trade) -> MergedTrade | None:
        """Add one fill, in the order of ids; return the trade that it completes, if any."""
        if not fill.is_market:
            self.excluded += 1
            return None
        before, side = self._open, -1 if fill.buyer_is_maker else 1
        if before is not None and _joins(before, fill, side):
            quantity = before.quantity + fill.quantity
            self._open = MergedTrade(before.time_ms, before.price, quantity, side, before.fills + 1)
            return None
        self._open = MergedTrade(fill.trade_ms, fill.price, fill.quantity, side, 1)
        return before

    def flush(self) -> MergedTrade | None:
        """Return the trade still open, and begin anew."""
        last, self._open = self._open, None
        return last


def _joins(before: MergedTrade, fill: Trade, side: int) -> bool:
    same = before.side == side and before.price == fill.price
    return same and fill.trade_ms - before.time_ms < WITHIN_MS
