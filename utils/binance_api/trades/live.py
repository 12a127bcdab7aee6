"""Trades kept as they arrive; what a stream missed is read over REST before newer ones are let in.

A hole too large to fill, or one the exchange will not tell any more, is not hidden: it stands in ``holes``.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

import structlog

from utils.binance_api.http.paced import PacedRest
from utils.binance_api.streams.decode import Payload
from utils.binance_api.streams.events import AggTrade
from utils.binance_api.streams.feeds import CountingFeed
from utils.binance_api.streams.keep_alive import Hold, Warm
from utils.binance_api.streams.names import agg_trade_stream
from utils.binance_api.streams.subscription import StreamState
from utils.binance_api.streams.supervisor import StreamSupervisor
from utils.binance_api.trades.pages import PAGE_ROWS, read_trades
from utils.binance_api.trades.tape import TradeTape
from utils.binance_api.urls import Market
from utils.clock import Clock
from utils.http.errors import SourceError

_log = structlog.get_logger(__name__)

MOST_PAGES: Final = 10
"""Pages read to fill one hole: 10,000 trades, 200 weight on futures."""
MOST_WAITING: Final = 20_000
"""Live trades kept while a hole is filled; beyond that the oldest are dropped, counted and become a hole."""
HOLES_KEPT: Final = 100
LINGER_S: Final = 900.0
MOST_TAPES: Final = 400


@dataclass(frozen=True, slots=True)
class TradeHole:
    """Trades that are missing for good: ids inclusive, between two trade times (UTC ms)."""

    first_id: int
    last_id: int
    from_ms: int
    to_ms: int


class LiveTape:
    """The tape of one symbol and its stream.

    ``live_since_ms`` is the time of the first trade that came live, ``None`` before it; earlier ones are from REST.
    ``problem`` is why the last hole could not be filled.
    """

    def __init__(self, symbol: str, market: Market, supervisor: StreamSupervisor, rest: PacedRest) -> None:
        self.symbol = symbol
        self.market: Market = market
        self.tape = TradeTape(symbol)
        self.holes: deque[TradeHole] = deque(maxlen=HOLES_KEPT)
        self.live_since_ms: int | None = None
        self.state = StreamState.DOWN
        self.problem: SourceError | None = None
        self.misrouted = 0
        self.overflowed = 0
        self.filled = 0
        self.feeds: list[CountingFeed[AggTrade]] = []
        self._rest = rest
        self._waiting: deque[AggTrade] = deque(maxlen=MOST_WAITING)
        self._task: asyncio.Task[None] | None = None
        self._subscription = supervisor.subscribe(agg_trade_stream(market, symbol), self)
        self._fill()  # what was traded before the first live trade

    @property
    def filling(self) -> bool:
        """Whether trades are being read over REST while live ones wait."""
        return self._task is not None

    def event(self, payload: Payload) -> None:
        """Take one trade of the stream."""
        if not isinstance(payload, AggTrade) or payload.symbol != self.symbol:
            self.misrouted += 1
            return
        self.state = StreamState.LIVE
        if self.live_since_ms is None:
            self.live_since_ms = payload.trade_ms
        if self._task is not None or self._follows_hole(payload):
            self.overflowed += len(self._waiting) == MOST_WAITING
            self._waiting.append(payload)
            self._fill()
            return
        self._take(payload)

    def lost(self, state: StreamState) -> None:
        """Note it; ids will tell what is missing."""
        self.state = state

    def live(self) -> None:
        """Nothing to do: the next trade's id tells what is missing."""

    def feed(self) -> CountingFeed[AggTrade]:
        """Return a queue of every trade from now on; ``unfeed`` it after use."""
        feed: CountingFeed[AggTrade] = CountingFeed()
        self.feeds.append(feed)
        return feed

    def unfeed(self, feed: CountingFeed[AggTrade]) -> None:
        """Stop filling a queue."""
        self.feeds.remove(feed)

    def close(self) -> None:
        """Leave the stream."""
        self._subscription.close()
        if self._task is not None:
            self._task.cancel()

    def _follows_hole(self, trade: AggTrade) -> bool:
        """The very first trade follows everything before it."""
        return self.tape.last_id is None or trade.trade_id > self.tape.last_id + 1

    def _take(self, trade: AggTrade) -> None:
        if self.tape.take(trade):
            for feed in self.feeds:
                feed.put(trade)

    def _fill(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._fill_hole(), name=f"trade-hole-{self.symbol}")

    async def _fill_hole(self) -> None:
        """Read what lies before the trades that wait, then let them in; a new hole among them is filled as well."""
        try:
            if self.tape.last_id is None:
                await self._read_until_waiting()
            while self._waiting:
                if self._follows_hole(self._waiting[0]):
                    await self._read_until_waiting()
                    self._mark_hole()
                self._take(self._waiting.popleft())
        finally:
            self._task = None

    async def _read_until_waiting(self) -> None:
        try:
            for _ in range(MOST_PAGES):
                last = self.tape.last_id
                from_id = None if last is None else last + 1
                rows = await read_trades(self._rest, self.market, self.symbol, from_id)
                self._add(rows)
                if last is None or len(rows) < PAGE_ROWS or not self._follows_hole(self._waiting[0]):
                    break
        except SourceError as error:
            self._failed(error)
        else:
            self.problem = None

    def _add(self, rows: list[AggTrade]) -> None:
        """Let rows in that came before the trades that wait; a stretch the exchange skipped is noted by the tape."""
        for row in rows:
            if self._waiting and row.trade_id >= self._waiting[0].trade_id:
                break
            self._take(row)
            self.filled += 1

    def _mark_hole(self) -> None:
        last_id, last_ms, trade = self.tape.last_id, self.tape.last_ms, self._waiting[0]
        if last_id is None or last_ms is None or trade.trade_id <= last_id + 1:
            return
        self.holes.append(TradeHole(last_id + 1, trade.trade_id - 1, last_ms, trade.trade_ms))
        _log.warning("trades are missing", symbol=self.symbol, count=trade.trade_id - 1 - last_id)

    def _failed(self, error: SourceError) -> None:
        if type(self.problem) is not type(error):
            _log.warning(
                "missed trades not read", symbol=self.symbol, market=self.market, detail=error.detail
            )
        self.problem = error


class LiveTapes:
    """The warm tapes of both markets."""

    def __init__(
        self,
        supervisor: StreamSupervisor,
        rest: PacedRest,
        clock: Clock,
        *,
        linger_s: float = LINGER_S,
        most: int = MOST_TAPES,
    ) -> None:
        self._supervisor = supervisor
        self._rest = rest
        self._warm: Warm[tuple[Market, str], LiveTape] = Warm(
            "binance.tapes", self._make, LiveTape.close, clock, linger_s=linger_s, most=most
        )
        supervisor.on_tick.append(self._warm.sweep)

    def get(self, market: Market, symbol: str) -> LiveTape:
        """Return a tape that stays warm for a while; ``Unavailable`` when all places are held."""
        return self._warm.get((market, symbol))

    def hold(self, market: Market, symbol: str) -> Hold[LiveTape]:
        """Return a tape kept until the hold is closed."""
        return self._warm.hold((market, symbol))

    def all(self) -> list[LiveTape]:
        """Return every warm tape."""
        return list(self._warm)

    def close(self) -> None:
        """Let every tape go."""
        self._warm.close()

    def _make(self, key: tuple[Market, str]) -> LiveTape:
        return LiveTape(key[1], key[0], self._supervisor, self._rest)
