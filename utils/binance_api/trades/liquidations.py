"""Liquidations as the exchange shows them: at most one per symbol and second, so every sum is a lower bound.

There is no REST source: what happened while the stream was away is lost and stands in ``holes``.
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
from utils.binance_api.streams.supervisor import StreamSupervisor, Subscription

KEPT: Final = 2000
"""Liquidations kept per symbol; the oldest give way, counted."""
HOLES_KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class Liquidation:
    """One forced order: ``side`` is the position that was closed; base units, quote units, UTC ms."""

    symbol: str
    side: Literal["long", "short"]
    quantity: float
    price: float
    value: float
    trade_ms: int


@dataclass(frozen=True, slots=True)
class Blind:
    """A time (UTC ms) in which liquidations were not seen; ``until_ms`` is ``None`` while it lasts."""

    from_ms: int
    until_ms: int | None


class Liquidations:
    """The liquidations of all USD-M perpetuals, from ``start`` on.

    ``known`` is asked for the symbols that count (it leaves out TradFi and COIN-M), ``None`` while that is unknown;
    others are counted in ``foreign``. ``duplicates`` counts events seen before.
    """

    def __init__(
        self,
        supervisor: StreamSupervisor,
        market_ms: Callable[[], int],
        known: Callable[[], Collection[str] | None],
        *,
        kept: int = KEPT,
    ) -> None:
        self.since_ms: int | None = None
        self.holes: deque[Blind] = deque(maxlen=HOLES_KEPT)
        self.foreign = self.dropped = self.duplicates = self.misrouted = 0
        self.feeds: list[CountingFeed[Liquidation]] = []
        self._supervisor = supervisor
        self._market_ms = market_ms
        self._known = known
        self._kept = kept
        self._rows: defaultdict[str, deque[Liquidation]] = defaultdict(lambda: deque(maxlen=kept))
        self._subscription: Subscription | None = None

    def start(self) -> None:
        """Begin to listen; a second call does nothing."""
        if self._subscription is None:
            self._subscription = self._supervisor.subscribe(liquidation_stream(), self)

    def of(self, symbol: str, since_ms: int = 0) -> list[Liquidation]:
        """Return what was seen of a symbol from ``since_ms`` (UTC ms) on, oldest first: a lower bound."""
        return [row for row in self._rows.get(symbol, ()) if row.trade_ms >= since_ms]

    def blind_ms(self, from_ms: int, to_ms: int) -> int:
        """Return how much of a time (UTC ms) was not seen, the time before ``since_ms`` included."""
        if self.since_ms is None:
            return to_ms - from_ms
        blind = max(0, min(to_ms, self.since_ms) - from_ms)
        for hole in self.holes:
            until = to_ms if hole.until_ms is None else hole.until_ms
            blind += max(0, min(to_ms, until) - max(from_ms, hole.from_ms, self.since_ms))
        return blind

    def feed(self) -> CountingFeed[Liquidation]:
        """Return a queue of every liquidation from now on; ``unfeed`` it after use."""
        feed: CountingFeed[Liquidation] = CountingFeed()
        self.feeds.append(feed)
        return feed

    def unfeed(self, feed: CountingFeed[Liquidation]) -> None:
        """Stop filling a queue."""
        self.feeds.remove(feed)

    def event(self, payload: Payload) -> None:
        """Take forced orders of the stream, one or several."""
        for row in payload if isinstance(payload, list) else [payload]:
            if isinstance(row, ForceOrder):
                self._take(row)
            else:
                self.misrouted += 1

    def lost(self, state: StreamState) -> None:
        """Note when we went blind; late events still count by their own time."""
        if state is not StreamState.LATE and self.since_ms is not None and not self._is_blind():
            self.holes.append(Blind(self._market_ms(), None))

    def live(self) -> None:
        """Note when we see again."""
        now = self._market_ms()
        if self.since_ms is None:
            self.since_ms = now
        elif self._is_blind():
            self.holes[-1] = Blind(self.holes[-1].from_ms, now)

    def close(self) -> None:
        """Stop listening."""
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None

    def _is_blind(self) -> bool:
        return bool(self.holes) and self.holes[-1].until_ms is None

    def _take(self, event: ForceOrder) -> None:
        order, known = event.order, self._known()
        if known is not None and order.symbol not in known:
            self.foreign += 1
            return
        side: Literal["long", "short"] = "long" if order.side == "SELL" else "short"
        row = Liquidation(
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
