"""Trades kept as they arrive; what a stream missed is read over REST before newer trades are added.

A gap that is too large to fill, or that the exchange no longer serves, is listed in ``gaps``.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from utils.binance_api.http.paced import PacedRest
from utils.binance_api.streams.decode import Payload
from utils.binance_api.streams.events import AggTrade
from utils.binance_api.streams.feeds import CountingFeed
from utils.binance_api.streams.keep_alive import KeepAlive
from utils.binance_api.streams.names import agg_trade_stream
from utils.binance_api.streams.subscription import StreamState
from utils.binance_api.streams.supervisor import StreamSupervisor
from utils.binance_api.trades.pages import PAGE_ROWS, read_trades
from utils.binance_api.trades.tape import TradeTape
from utils.binance_api.urls import Market
from utils.clock import Clock
from utils.http.errors import SourceError

_log = structlog.get_logger(__name__)

MAX_PAGES: Final = 10
"""Most pages read to fill one gap: 10,000 trades, 200 weight on futures."""
MAX_PENDING: Final = 20_000
"""Live trades queued while a gap is filled; beyond that the oldest are dropped, counted and become a gap."""
GAPS_KEPT: Final = 100
KEPT_TRADES: Final = 1_000
KEPT_SECONDS: Final = 120
"""What a followed tape keeps: 40 KB a symbol."""
TTL_S: Final = 900.0
MAX_TAPES: Final = 400


@dataclass(frozen=True, slots=True)
class TradeGap:
    """Trades that could not be read: ids inclusive, between two trade times (UTC ms)."""

    first_id: int
    last_id: int
    from_ms: int
    to_ms: int


class LiveTape:
    """The tape of one symbol and its stream.

    ``live_since_ms`` is the time of the first trade of the stream, ``None`` before it; earlier trades are from REST.
    ``problem`` is why the last gap could not be filled. ``observers`` are called with each trade that is added, in
    the order of ids.
    """

    def __init__(self, symbol: str, market: Market, supervisor: StreamSupervisor, rest: PacedRest) -> None:
        self.symbol = symbol
        self.market: Market = market
        self.tape = TradeTape(symbol, capacity=KEPT_TRADES, seconds=KEPT_SECONDS)
        self.gaps: deque[TradeGap] = deque(maxlen=GAPS_KEPT)
        self.live_since_ms: int | None = None
        self.state = StreamState.DOWN
        self.problem: SourceError | None = None
        self.misrouted = 0
        self.overflowed = 0
        self.filled = 0
        self.feeds: list[CountingFeed[AggTrade]] = []
        self.observers: list[Callable[[AggTrade], None]] = []
        self._rest = rest
        self._pending: deque[AggTrade] = deque(maxlen=MAX_PENDING)
        self._task: asyncio.Task[None] | None = None
        self._handle = supervisor.subscribe(agg_trade_stream(market, symbol), self)
        self._fill()  # trades before the first live one

    @property
    def filling(self) -> bool:
        """Whether trades are being read over REST while live ones are queued."""
        return self._task is not None

    def event(self, payload: Payload) -> None:
        """Handle one trade of the stream."""
        if not isinstance(payload, AggTrade) or payload.symbol != self.symbol:
            self.misrouted += 1
            return
        self.state = StreamState.LIVE
        if self.live_since_ms is None:
            self.live_since_ms = payload.trade_ms
        if self._task is not None or self._follows_gap(payload):
            self.overflowed += len(self._pending) == MAX_PENDING
            self._pending.append(payload)
            self._fill()
            return
        self._take(payload)

    def lost(self, state: StreamState) -> None:
        """Note the state; ids show which trades are missing."""
        self.state = state

    def live(self) -> None:
        """Do nothing: the next trade's id shows which trades are missing."""

    def feed(self) -> CountingFeed[AggTrade]:
        """Return a queue of every trade from now on; ``remove_feed`` it after use."""
        feed: CountingFeed[AggTrade] = CountingFeed()
        self.feeds.append(feed)
        return feed

    def remove_feed(self, feed: CountingFeed[AggTrade]) -> None:
        """Stop filling a queue."""
        self.feeds.remove(feed)

    def close(self) -> None:
        """Close the stream."""
        self._handle.close()
        if self._task is not None:
            self._task.cancel()

    def _follows_gap(self, trade: AggTrade) -> bool:
        """Whether trades before this one are missing; for the first trade these are all earlier ones."""
        return self.tape.last_id is None or trade.trade_id > self.tape.last_id + 1

    def _take(self, trade: AggTrade) -> None:
        if self.tape.take(trade):
            for feed in self.feeds:
                feed.put(trade)
            for observe in self.observers:
                observe(trade)

    def _fill(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._fill_gap(), name=f"trade-gap-{self.symbol}")

    async def _fill_gap(self) -> None:
        """Read the trades before the queued ones, then add these; a new gap among them is filled as well."""
        try:
            if self.tape.last_id is None:
                await self._read_until_pending()
            while self._pending:
                if self._follows_gap(self._pending[0]):
                    await self._read_until_pending()
                    self._mark_gap()
                self._take(self._pending.popleft())
        finally:
            self._task = None

    async def _read_until_pending(self) -> None:
        try:
            for _ in range(MAX_PAGES):
                last = self.tape.last_id
                from_id = None if last is None else last + 1
                rows = await read_trades(self._rest, self.market, self.symbol, from_id)
                self._add(rows)
                if last is None or len(rows) < PAGE_ROWS or not self._follows_gap(self._pending[0]):
                    break
        except SourceError as error:
            self._failed(error)
        else:
            self.problem = None

    def _add(self, rows: list[AggTrade]) -> None:
        """Add rows before the queued trades; ids that the exchange skipped are counted by the tape."""
        for row in rows:
            if self._pending and row.trade_id >= self._pending[0].trade_id:
                break
            self._take(row)
            self.filled += 1

    def _mark_gap(self) -> None:
        last_id, last_ms, trade = self.tape.last_id, self.tape.last_ms, self._pending[0]
        if last_id is None or last_ms is None or trade.trade_id <= last_id + 1:
            return
        self.gaps.append(TradeGap(last_id + 1, trade.trade_id - 1, last_ms, trade.trade_ms))
        _log.warning("trades are missing", symbol=self.symbol, count=trade.trade_id - 1 - last_id)

    def _failed(self, error: SourceError) -> None:
        if type(self.problem) is not type(error):
            _log.warning(
                "missed trades not read", symbol=self.symbol, market=self.market, detail=error.detail
            )
        self.problem = error


class LiveTapes(KeepAlive[tuple[Market, str], LiveTape]):
    """The open tapes, by market and symbol."""

    def __init__(
        self,
        supervisor: StreamSupervisor,
        rest: PacedRest,
        clock: Clock,
        *,
        ttl_s: float = TTL_S,
        capacity: int = MAX_TAPES,
    ) -> None:
        super().__init__(
            "binance.tapes",
            lambda key: LiveTape(key[1], key[0], supervisor, rest),
            LiveTape.close,
            clock,
            ttl_s=ttl_s,
            capacity=capacity,
        )
        supervisor.on_tick.append(self.sweep)
