"""Liquidations as the exchange publishes them: at most one per symbol and second, so every sum is a lower bound.

There is no REST source: the times in which the stream was not received are listed in ``gaps``.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Literal

from utils.binance_api.streams.decode import Payload
from utils.binance_api.streams.events import ForceOrder
from utils.binance_api.streams.feeds import CountingFeed
from utils.binance_api.streams.names import liquidation_stream
from utils.binance_api.streams.subscription import StreamState
from utils.binance_api.streams.supervisor import ListenerHandle, StreamSupervisor

KEPT: Final = 2000
"""Liquidations kept per symbol; older ones are dropped and counted."""
GAPS_KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class ObservedLiquidation:
    """One forced order: ``side`` is the position that was closed; base units, quote units, UTC ms."""

    symbol: str
    side: Literal["long", "short"]
    quantity: float
    price: float
    value: float
    trade_ms: int


@dataclass(frozen=True, slots=True)
class UnobservedSpan:
    """A time span (UTC ms) without the stream; ``until_ms`` is ``None`` while it lasts."""

    from_ms: int
    until_ms: int | None


class LiquidationStream:
    """The liquidations of all USD-M perpetuals, from ``start`` on.

    ``known_symbols`` returns the symbols to include (without TradFi and COIN-M), ``None`` while they are unknown;
    events of other symbols are counted in ``excluded``. ``duplicates`` counts repeated events.
    """

    def __init__(
        self,
        supervisor: StreamSupervisor,
        market_ms: Callable[[], int],
        known_symbols: Callable[[], Collection[str] | None],
        *,
        kept: int = KEPT,
    ) -> None:
        self.since_ms: int | None = None
        self.gaps: deque[UnobservedSpan] = deque(maxlen=GAPS_KEPT)
        self.excluded = self.dropped = self.duplicates = self.misrouted = 0
        self.feeds: list[CountingFeed[ObservedLiquidation]] = []
        self._supervisor = supervisor
        self._market_ms = market_ms
        self._known_symbols = known_symbols
        self._kept = kept
        self._rows: defaultdict[str, deque[ObservedLiquidation]] = defaultdict(lambda: deque(maxlen=kept))
        self._handle: ListenerHandle | None = None

    def start(self) -> None:
        """Subscribe to the stream; a second call does nothing."""
        if self._handle is None:
            self._handle = self._supervisor.subscribe(liquidation_stream(), self)

    def of(self, symbol: str, since_ms: int = 0) -> list[ObservedLiquidation]:
        """Return the observed liquidations of a symbol from ``since_ms`` (UTC ms) on, oldest first: a lower bound."""
        return [row for row in self._rows.get(symbol, ()) if row.trade_ms >= since_ms]

    def unobserved_ms(self, from_ms: int, to_ms: int) -> int:
        """Return how many ms of a time span (UTC ms) were not observed, including the time before ``since_ms``."""
        if self.since_ms is None:
            return to_ms - from_ms
        unobserved = max(0, min(to_ms, self.since_ms) - from_ms)
        for gap in self.gaps:
            until = to_ms if gap.until_ms is None else gap.until_ms
            unobserved += max(0, min(to_ms, until) - max(from_ms, gap.from_ms, self.since_ms))
        return unobserved

    def feed(self) -> CountingFeed[ObservedLiquidation]:
        """Return a queue of every liquidation from now on; ``remove_feed`` it after use."""
        feed: CountingFeed[ObservedLiquidation] = CountingFeed()
        self.feeds.append(feed)
        return feed

    def remove_feed(self, feed: CountingFeed[ObservedLiquidation]) -> None:
        """Stop filling a queue."""
        self.feeds.remove(feed)

    def event(self, payload: Payload) -> None:
        """Handle one or several forced orders of the stream."""
        for row in payload if isinstance(payload, list) else [payload]:
            if isinstance(row, ForceOrder):
                self._take(row)
            else:
                self.misrouted += 1

    def lost(self, state: StreamState) -> None:
        """Begin a gap, unless the stream only lags: lagging events count by their own time."""
        if state is not StreamState.LAGGING and self.since_ms is not None and not self._is_unobserved():
            self.gaps.append(UnobservedSpan(self._market_ms(), None))

    def live(self) -> None:
        """End a gap."""
        now = self._market_ms()
        if self.since_ms is None:
            self.since_ms = now
        elif self._is_unobserved():
            self.gaps[-1] = UnobservedSpan(self.gaps[-1].from_ms, now)

    def close(self) -> None:
        """Unsubscribe from the stream."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def _is_unobserved(self) -> bool:
        return bool(self.gaps) and self.gaps[-1].until_ms is None

    def _take(self, event: ForceOrder) -> None:
        order, known = event.order, self._known_symbols()
        if known is not None and order.symbol not in known:
            self.excluded += 1
            return
        side: Literal["long", "short"] = "long" if order.side == "SELL" else "short"
        row = ObservedLiquidation(
            order.symbol, side, order.filled_quantity, order.average_price, order.value, order.trade_ms
        )
        rows = self._rows[order.symbol]
        if rows and row == rows[-1]:
            self.duplicates += 1
            return
        self.dropped += len(rows) == self._kept
        rows.append(row)
        for feed in self.feeds:
            feed.put(row)
