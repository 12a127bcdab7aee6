"""Records forced orders of the stream and the time spans in which it was received; neither is available later."""

import random
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.streams.decode import Payload
from utils.binance_api.streams.events import COIN_MARGINED, ForceOrder
from utils.binance_api.streams.names import liquidation_stream
from utils.binance_api.streams.subscription import StreamState
from utils.binance_api.streams.supervisor import ListenerHandle
from utils.clock import Clock
from utils.recorder.names import LIQUIDATIONS
from utils.store.liquidations import Liquidation
from utils.store.listening import EVERY_SYMBOL, Span
from utils.store.store import Store
from utils.store.writer import BufferedWriter

_log = structlog.get_logger(__name__)

GRACE_MS: Final = 60_000
"""A dead connection is detected within this time (``route_connection.IDLE_S`` plus the probe's timeout)."""
SPANS_KEPT: Final = 1000


class Spans:
    """Time spans (UTC ms) in which a stream was certainly received; the caller stores what ``unsaved`` returns."""

    def __init__(self) -> None:
        self.lost = 0
        self._open: int | None = None
        self._confirmed_to = 0
        self._closed: deque[Span] = deque()

    def begin(self, now: int) -> None:
        """Begin a span unless one is open."""
        if self._open is None:
            self._open = self._confirmed_to = now

    def received(self, now: int) -> None:
        """Note an event: nothing was missed up to now."""
        self._confirmed_to = max(self._confirmed_to, now)

    def connection_alive(self, now: int) -> None:
        """Note that the connection is not known to be dead."""
        self.received(now - GRACE_MS)

    def end(self) -> None:
        """End the span at the last confirmed time, since the time of the disconnection is unknown."""
        if self._open is not None:
            self._closed.append((self._open, self._confirmed_to))
            self._open = None
            if len(self._closed) > SPANS_KEPT:
                self._closed.popleft()
                self.lost += 1

    def unsaved(self) -> list[Span]:
        """Return the spans to store, the open one last; ``saved`` removes those that have ended."""
        running = [] if self._open is None else [(self._open, self._confirmed_to)]
        return [*self._closed, *running]

    def saved(self, span: Span) -> None:
        """Remove a stored span that has ended."""
        if span in self._closed:
            self._closed.remove(span)


class ForcedOrders:
    """Receives all USD-M liquidations and passes them to ``writer``; ``save`` stores the received time spans.

    ``excluded`` counts orders of COIN-M and of symbols that are no listed crypto perpetuals.
    """

    def __init__(self, exchange: BinanceAggregator, store: Store, clock: Clock, rng: random.Random) -> None:
        self.spans = Spans()
        self.writer = BufferedWriter[Liquidation](
            "liquidations", store.liquidations.append, clock=clock, rng=rng
        )
        self.excluded = self.bad = 0
        self._exchange = exchange
        self._listening = store.listening
        self._now: Callable[[], int] = exchange.market_time_ms
        self._handle: ListenerHandle | None = None

    def start(self) -> None:
        """Subscribe to the stream."""
        if self._handle is None:
            supervisor = self._exchange.streams.supervisor
            self._handle = supervisor.subscribe(liquidation_stream(), self)

    def close(self) -> None:
        """Unsubscribe; ``save`` once more to store the last span."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None
        self.spans.connection_alive(self._now())
        self.spans.end()

    async def save(self) -> None:
        """Store the received time spans; raises the errors of the database, then the next call stores them."""
        if self._handle is not None and self._handle.subscription.state in _LISTENING:
            self.spans.begin(self._now())  # the stream may have been live before
            self.spans.connection_alive(self._now())
        for span in self.spans.unsaved():
            since, until = span
            await self._listening.heard(LIQUIDATIONS, EVERY_SYMBOL, since=since, until=until)
            self.spans.saved(span)

    def event(self, payload: Payload) -> None:
        """Handle one or several forced orders."""
        now = self._now()
        self.spans.received(now)
        for row in payload if isinstance(payload, list) else [payload]:
            if isinstance(row, ForceOrder):
                self._take(row, now)

    def lost(self, state: StreamState) -> None:
        """End the span, unless the stream only lags: lagging events count by their own time."""
        if state is not StreamState.LAGGING:
            self.spans.end()

    def live(self) -> None:
        """Begin a span."""
        self.spans.begin(self._now())

    def _take(self, event: ForceOrder, now: int) -> None:
        known = self._exchange.futures.known_symbols
        order = event.order
        if event.product == COIN_MARGINED or (known is not None and order.symbol not in known):
            self.excluded += 1
            return
        side = order.side
        if side not in ("SELL", "BUY"):
            self._warn_of_bad_side(side)
            return
        self.writer.put(
            Liquidation(
                symbol=order.symbol,
                ts=order.trade_ms,
                side="SELL" if side == "SELL" else "BUY",
                price=order.bankruptcy_price,
                quantity=order.quantity,
                average_price=order.average_price,
                filled=order.filled_quantity,
                known_at=max(now, order.trade_ms),
            )
        )

    def _warn_of_bad_side(self, side: str) -> None:
        self.bad += 1
        if self.bad == 1:
            _log.warning(
                "a forced order of an unknown side is not stored; others are only counted", side=side[:20]
            )


_LISTENING = (StreamState.SUBSCRIBED, StreamState.LIVE, StreamState.LAGGING)
