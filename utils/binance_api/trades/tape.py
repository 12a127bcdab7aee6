"""The newest trades of one symbol in a ring buffer, with sums per second."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.binance_api.streams.events import AggTrade, Trade
from utils.binance_api.trades.columns import FloatColumn, IntColumn
from utils.binance_api.trades.seconds import MS_PER_SECOND, SecondRing, SecondSeries, WindowSums

TRADES_KEPT = 20_000
SECONDS_KEPT = 3600


@dataclass(frozen=True, slots=True, eq=False)
class TradeRows:
    """Trades oldest first, arrays of length n.

    ``time_ms`` UTC ms, ``price`` quote units, ``quantity`` base units, ``side`` +1 where the aggressor bought, -1
    where it sold.
    """

    trade_id: NDArray[np.int64]
    time_ms: NDArray[np.int64]
    price: NDArray[np.float64]
    quantity: NDArray[np.float64]
    side: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.trade_id)


class TradeTape:
    """Trades as they arrive, O(1) each, in preallocated memory.

    When full, the oldest trade is overwritten and counted in ``dropped``; the sums per second keep it. Trades whose id
    is not newer than the newest are ``ignored`` (duplicates after a reconnect, or out of order); skipped ids are
    ``missed`` (a gap to fill over REST before continuing); trades that are no market trades are ``excluded``. Ids of
    ``trade`` and ``aggTrade`` are different series: a tape takes one of the two.

    ``cvd`` is the running sum of signed volume since the tape began. With ``visible_only`` quantities of aggregate
    trades exclude RPI orders (``nq``), which are in no visible book.
    """

    __slots__ = (
        "_ids",
        "_kind",
        "_prices",
        "_signed",
        "_times",
        "_visible_only",
        "accepted",
        "capacity",
        "cvd",
        "excluded",
        "first_ms",
        "ignored",
        "last_id",
        "last_ms",
        "missed",
        "seconds",
        "symbol",
    )

    def __init__(
        self,
        symbol: str,
        *,
        capacity: int = TRADES_KEPT,
        seconds: int = SECONDS_KEPT,
        visible_only: bool = False,
    ) -> None:
        if capacity < 1:
            raise ValueError(f"a tape needs room for at least one trade, was {capacity}")
        self.symbol = symbol
        self.capacity = capacity
        self.seconds = SecondRing(seconds)
        self.accepted = self.ignored = self.missed = self.excluded = 0
        self.last_id: int | None = None
        self.first_ms: int | None = None
        self.last_ms: int | None = None
        self.cvd = 0.0
        self._visible_only = visible_only
        self._kind: type[Trade] | type[AggTrade] | None = None
        self._ids, self._times = IntColumn(capacity), IntColumn(capacity)
        self._prices, self._signed = FloatColumn(capacity), FloatColumn(capacity)

    def __len__(self) -> int:
        return min(self.accepted, self.capacity)

    @property
    def dropped(self) -> int:
        """Trades overwritten by newer ones."""
        return self.accepted - len(self)

    def take(self, trade: Trade | AggTrade) -> bool:
        """Add a stream's trade; return whether it was added.

        Raises:
            TypeError: the trade is not of the kind of the tape's first trade.
        """
        if type(trade) is not self._kind:
            self._settle_kind(trade)
        quantity = trade.quantity
        if isinstance(trade, AggTrade):
            if self._visible_only and trade.visible_quantity is not None:
                quantity = trade.visible_quantity
        elif not trade.is_market:
            self.excluded += self._is_new(trade.trade_id)
            return False
        return self.add(trade.trade_id, trade.trade_ms, trade.price, quantity, trade.buyer_is_maker)

    def add(self, trade_id: int, time_ms: int, price: float, quantity: float, buyer_is_maker: bool) -> bool:
        """Add one trade (time in UTC ms, base units); return ``False`` if its id is not new."""
        if not self._is_new(trade_id):
            return False
        signed = -quantity if buyer_is_maker else quantity
        slot = self.accepted % self.capacity
        self._ids.cells[slot] = trade_id
        self._times.cells[slot] = time_ms
        self._prices.cells[slot] = price
        self._signed.cells[slot] = signed
        self.accepted += 1
        self.cvd += signed
        if self.first_ms is None:
            self.first_ms = time_ms
        self.last_ms = time_ms
        self.seconds.add(time_ms, price, quantity, signed)
        return True

    def _settle_kind(self, trade: Trade | AggTrade) -> None:
        if self._kind is not None:
            raise TypeError(
                f"the tape of {self.symbol} takes {self._kind.__name__}, was given {type(trade).__name__}"
            )
        self._kind = type(trade)

    def _is_new(self, trade_id: int) -> bool:
        """Advance the newest id and count the ids skipped; count and refuse an id that is not newer."""
        last = self.last_id
        if last is not None:
            if trade_id <= last:
                self.ignored += 1
                return False
            self.missed += trade_id - last - 1
        self.last_id = trade_id
        return True

    def recent(self, count: int | None = None) -> TradeRows:
        """Return copies of at most ``count`` newest trades (all kept ones without it), oldest first."""
        kept = len(self) if count is None else min(count, len(self))
        slots = np.arange(self.accepted - kept, self.accepted) % self.capacity
        signed = self._signed.view[slots]
        side = np.where(np.signbit(signed), -1, 1).astype(np.int8)
        return TradeRows(
            self._ids.view[slots], self._times.view[slots], self._prices.view[slots], np.abs(signed), side
        )

    def since(self, time_ms: int) -> TradeRows:
        """Return copies of the kept trades at or after ``time_ms`` (UTC ms), oldest first."""
        rows = self.recent()
        late = rows.time_ms >= time_ms
        return TradeRows(
            rows.trade_id[late], rows.time_ms[late], rows.price[late], rows.quantity[late], rows.side[late]
        )

    def window(self, seconds: int, until_ms: int | None = None) -> WindowSums:
        """Return sums over the last ``seconds`` whole UTC seconds, up to that of ``until_ms`` or of the newest trade.

        Raises ``ValueError`` for more seconds than are kept, and without ``until_ms`` if the tape is empty.
        """
        return self.seconds.window(seconds, self._second(until_ms))

    def series(self, seconds: int, until_ms: int | None = None) -> SecondSeries:
        """Return the values of the same window per second."""
        return self.seconds.series(seconds, self._second(until_ms))

    def _second(self, until_ms: int | None) -> int:
        moment = until_ms if until_ms is not None else self.last_ms
        if moment is None:
            raise ValueError(f"the tape of {self.symbol} is empty: name until_ms")
        return moment // MS_PER_SECOND
