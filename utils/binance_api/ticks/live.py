"""One symbol's trades, best quotes and kept book in one place: events in order to a sink, and what is lost to it too.

The trades before the stream are read over REST once and delivered before those of the stream. What is measured of all
that is the sink's; it stays with the streams, and both are let go together.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from utils.binance_api.book.book import OrderBook
from utils.binance_api.book.live import LiveBook, LiveBooks
from utils.binance_api.book.state import BookState
from utils.binance_api.streams.decode import Payload
from utils.binance_api.streams.events import AggTrade, BookTickerUpdate, DepthUpdate
from utils.binance_api.streams.keep_alive import KeepAlive
from utils.binance_api.streams.names import book_ticker_stream, depth_stream
from utils.binance_api.streams.subscription import StreamState
from utils.binance_api.streams.supervisor import StreamSupervisor
from utils.binance_api.ticks.levels import BookLevels, known_levels
from utils.binance_api.touch import Touch
from utils.binance_api.trades.agg_trades import AggTrades
from utils.binance_api.trades.live import LiveTape, LiveTapes
from utils.binance_api.urls import Market
from utils.clock import Clock
from utils.http.errors import Unavailable
from utils.priority import Standing, shared_work

EARLY_KEPT: Final = 20_000
"""Live trades that wait for those before the stream; beyond that the oldest are dropped and counted."""
TTL_S: Final = 900.0
MAX_TICKS: Final = 100


class TickSink(Protocol):
    """Takes what happens to one symbol; called in the reader of the streams and must not block.

    Times are UTC ms. ``received_ms`` is exchange time at receipt, ``None`` where an event was not received live.
    """

    def history(self, trades: AggTrades) -> None:
        """Take the trades before the stream, before any other."""

    def trade(self, trade: AggTrade, received_ms: int | None) -> None:
        """Take one trade, in the order of ids."""

    def quote(self, update: BookTickerUpdate, touch: Touch, received_ms: int) -> None:
        """Take the newest best quotes."""

    def quotes_lost(self, now_ms: int) -> None:
        """Note that quotes are missing from now on."""

    def book(self, event_ms: int, book: OrderBook) -> None:
        """Take the kept book after an update, in sync."""

    def book_lost(self) -> None:
        """Note that the kept book is not in sync, or that an update was not followed."""

    def tick(self, now_ms: int, book: OrderBook | None) -> None:
        """Do what is due about once a second; ``book`` where it is in sync."""


class _Quotes:
    """Listens to best quotes; those at or before the newest update are ignored."""

    def __init__(self, symbol: str, sink: TickSink, market_ms: Callable[[], int]) -> None:
        self.state = StreamState.DOWN
        self.since_ms: int | None = None
        self.misrouted = 0
        self._symbol = symbol
        self._sink = sink
        self._market_ms = market_ms
        self._update_id = -1

    def event(self, payload: Payload) -> None:
        """Take one quote."""
        if not isinstance(payload, BookTickerUpdate) or payload.symbol != self._symbol:
            self.misrouted += 1
            return
        self.state = StreamState.LIVE
        if payload.update_id <= self._update_id or not 0 < payload.bid < payload.ask:
            return
        self._update_id, received = payload.update_id, self._market_ms()
        if self.since_ms is None:
            self.since_ms = received
        self._sink.quote(payload, payload.touch, received)

    def lost(self, state: StreamState) -> None:
        """Begin anew with the next quote."""
        self.state, self._update_id, self.since_ms = state, -1, None
        self._sink.quotes_lost(self._market_ms())

    def live(self) -> None:
        """Do nothing: the next quote begins anew."""


class _Depth:
    """Listens to updates that the kept book has applied already: its own listener was subscribed before."""

    def __init__(self, symbol: str, sink: TickSink, book: OrderBook) -> None:
        self.misrouted = 0
        self._symbol = symbol
        self._sink = sink
        self._book = book

    def event(self, payload: Payload) -> None:
        """Take one update."""
        if not isinstance(payload, DepthUpdate) or payload.symbol != self._symbol:
            self.misrouted += 1
        elif self._book.state is BookState.SYNCED:
            self._sink.book(payload.event_ms, self._book)
        else:
            self._sink.book_lost()

    def lost(self, state: StreamState) -> None:
        """Pass it on."""
        del state
        self._sink.book_lost()

    def live(self) -> None:
        """Do nothing: the next update begins anew."""


class _Reach:
    """Asks for a snapshot where the price has moved so far that less than half of the depth of the last is known."""

    def __init__(self, live: LiveBook) -> None:
        self._live = live
        self._snapshots = self._asked = 0
        self._first_bps = 0.0

    def tick(self) -> None:
        """Compare the known depth with that after the last snapshot."""
        live = self._live
        if live.book.state is not BookState.SYNCED or self._asked == live.snapshots:
            return
        reach = live.book.known_depth_bps()
        if self._snapshots != live.snapshots:
            self._snapshots, self._first_bps = live.snapshots, reach
        elif reach < self._first_bps / 2:
            self._asked = live.snapshots
            live.widen()


class LiveTick:
    """One followed symbol on one market; ``sink`` measures it.

    ``trades_since_ms`` is the moment from which trades are known, over REST before the stream; ``None`` before the
    first. ``early_lost`` counts trades dropped while those before them were read.
    """

    def __init__(self, symbol: str, market: Market, sink: TickSink, owner: "LiveTicks") -> None:
        self.symbol = symbol
        self.market: Market = market
        self.sink = sink
        self.market_ms = owner.market_ms
        self.trades_since_ms: int | None = None
        self.early_lost = 0
        self._history: tuple[asyncio.Task[None], Standing] | None = None
        self._early: deque[tuple[AggTrade, int | None]] | None = deque(maxlen=EARLY_KEPT)
        self._book_lease = owner.books.lease((market, symbol))
        try:
            self._tape_lease = owner.tapes.lease((market, symbol))
        except Unavailable:
            self._book_lease.close()
            raise
        self._quotes = _Quotes(symbol, sink, owner.market_ms)
        self._depth = _Depth(symbol, sink, self.book)
        self._reach = _Reach(self._book_lease.value)
        self.tape.observers.append(self._traded)
        subscribe = owner.supervisor.subscribe
        self._handles = (
            subscribe(book_ticker_stream(market, symbol), self._quotes),
            subscribe(depth_stream(market, symbol), self._depth),
        )

    @property
    def book(self) -> OrderBook:
        """The kept book."""
        return self._book_lease.value.book

    @property
    def tape(self) -> LiveTape:
        """The kept trades."""
        return self._tape_lease.value

    @property
    def quotes_state(self) -> StreamState:
        """The state of the stream of quotes."""
        return self._quotes.state

    @property
    def quotes_since_ms(self) -> int | None:
        """When the unbroken stretch of live quotes began (UTC ms), ``None`` while there is none."""
        return self._quotes.since_ms

    @property
    def misrouted(self) -> int:
        """Events of other symbols or kinds."""
        return self._quotes.misrouted + self._depth.misrouted

    async def with_history(self, read: Callable[[], Awaitable[AggTrades]], since_ms: int) -> None:
        """Deliver the trades from a time (UTC ms) to the stream's first one, read once for all callers.

        They share the request and its failure, after which the trades go on without what came before.
        """
        if self._history is None:
            with shared_work() as standing:
                self._history = asyncio.create_task(self._read_history(read, since_ms)), standing
        reading, standing = self._history
        with standing.awaited():
            await asyncio.shield(reading)

    async def _read_history(self, read: Callable[[], Awaitable[AggTrades]], since_ms: int) -> None:
        last_id = -1
        try:
            found = await read()
            self.sink.history(found)
            if len(found):
                last_id = int(found.trade_id[-1])
            if found.complete:
                self.trades_since_ms = since_ms
            elif len(found):
                self.trades_since_ms = int(found.time[0])
        finally:
            early, self._early = self._early or (), None
            for trade, received in early:
                if trade.trade_id > last_id:
                    self._deliver(trade, received)

    def _traded(self, trade: AggTrade) -> None:
        tape = self.tape
        live = tape.live_since_ms is not None and trade.trade_ms >= tape.live_since_ms and not tape.filling
        received = self.market_ms() if live else None
        if self._early is None:
            self._deliver(trade, received)
        else:
            self.early_lost += len(self._early) == EARLY_KEPT
            self._early.append((trade, received))

    def _deliver(self, trade: AggTrade, received_ms: int | None) -> None:
        if self.trades_since_ms is None:
            self.trades_since_ms = trade.trade_ms
        self.sink.trade(trade, received_ms)

    def tick(self) -> None:
        """Do what is due about once a second."""
        synced = self.book.state is BookState.SYNCED
        self.sink.tick(self.market_ms(), self.book if synced else None)
        self._reach.tick()

    def levels(self) -> BookLevels | None:
        """Return a copy of the known levels; ``None`` while the book is not in sync."""
        return known_levels(self.book) if self.book.state is BookState.SYNCED else None

    def close(self) -> None:
        """Let go of the streams."""
        for handle in self._handles:
            handle.close()
        self.tape.observers.remove(self._traded)
        self._tape_lease.close()
        self._book_lease.close()
        if self._history is not None:
            self._history[0].cancel()


class LiveTicks(KeepAlive[tuple[Market, str], LiveTick]):
    """The followed symbols, by market and symbol; ``market_ms`` is exchange time."""

    def __init__(
        self,
        supervisor: StreamSupervisor,
        books: LiveBooks,
        tapes: LiveTapes,
        clock: Clock,
        market_ms: Callable[[], int],
        *,
        ttl_s: float = TTL_S,
        capacity: int = MAX_TICKS,
    ) -> None:
        self.supervisor = supervisor
        self.books = books
        self.tapes = tapes
        self.market_ms = market_ms
        self._make_sink: Callable[[], TickSink] | None = None
        super().__init__("binance.ticks", self._open, LiveTick.close, clock, ttl_s=ttl_s, capacity=capacity)
        supervisor.on_tick.append(self._tick)

    def of(
        self, key: tuple[Market, str], make_sink: Callable[[], TickSink], *, ttl_s: float | None = None
    ) -> LiveTick:
        """Return a followed symbol, with a sink of ``make_sink`` where it is not followed yet.

        Raises ``Unavailable`` when every place is taken.
        """
        self._make_sink = make_sink
        return self.get(key, ttl_s=ttl_s)

    def _open(self, key: tuple[Market, str]) -> LiveTick:
        if self._make_sink is None:
            raise TypeError("a symbol is followed with a sink: use of()")
        return LiveTick(key[1], key[0], self._make_sink(), self)

    def _tick(self, now_s: float) -> None:
        self.sweep(now_s)
        for live in self:
            live.tick()
