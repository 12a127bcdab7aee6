"""``BinanceAggregator``: the facade of the exchange, which connects its parts."""

import random
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from utils.binance_api import schemas
from utils.binance_api.answers import rows_of
from utils.binance_api.book.live import LiveBook
from utils.binance_api.faces.account import Account
from utils.binance_api.faces.futures import FuturesMarket
from utils.binance_api.faces.market import SpotMarket
from utils.binance_api.faces.options import OptionsMarket
from utils.binance_api.faces.statistics import Statistics
from utils.binance_api.faces.streams import BinanceStreams, StreamParts
from utils.binance_api.http.clock_offset import REMEASURE_S, ClockOffset
from utils.binance_api.http.errors import proves_host
from utils.binance_api.http.limiter import BinanceLimiter
from utils.binance_api.http.reader import ReaderParts
from utils.binance_api.http.rest import MAX_WAIT_S, Fetched, RestClient
from utils.binance_api.http.signing import Credentials
from utils.binance_api.klines.parked import MAX_PARKED, ParkedBars
from utils.binance_api.klines.reader import MAX_ROWS, REFRESH_S, KlineReader
from utils.binance_api.quotes.live import LiveTicker
from utils.binance_api.schemas import ServerTime
from utils.binance_api.streams.supervisor import PRODUCTION, StreamUrls
from utils.binance_api.ticks.live import LiveTick, TickSink
from utils.binance_api.trades.liquidations import LiquidationStream
from utils.binance_api.trades.live import LiveTape
from utils.binance_api.urls import FUTURES_TIME, SPOT_TIME, BinanceUrls, Market
from utils.binance_api.weights import Pool
from utils.caching import TtlCache
from utils.clock import Clock
from utils.http.errors import Misconfigured, Retryable, Unavailable
from utils.http.limiter import SAFE_SHARE
from utils.http.retry import RetryPolicy
from utils.http.transport import Transport
from utils.priority import Attention

MAX_ANSWER_ROWS: Final = 60_000
"""Rows of responses kept, about 12 MB."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Timeouts and sizes of caches.

    ``timeout_s`` of one request, ``max_wait_s`` of one call with retries and waits, ``refresh_s`` greatest age of an
    unfinished bar, ``remeasure_s`` between measurements of exchange time, ``share`` of each limit that is used,
    ``max_rows`` of bars and ``max_answer_rows`` of responses in memory, ``max_parked`` bars in a file in ``parked_in``
    (the folder of temporary files without one), ``ttl_s`` of streams without use.
    """

    timeout_s: float = 10.0
    max_wait_s: float = MAX_WAIT_S
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    refresh_s: float = REFRESH_S
    remeasure_s: float = REMEASURE_S
    share: float = SAFE_SHARE
    max_rows: int = MAX_ROWS
    max_answer_rows: int = MAX_ANSWER_ROWS
    max_parked: int = MAX_PARKED
    parked_in: Path | None = None
    ttl_s: float = 900.0


class BinanceAggregator:
    """The exchange's data, cached, with concurrent equal requests shared and within its limits; it only reads.

    Reads: ``spot``, ``futures``, positioning ``statistics``, ``options``, and with ``credentials`` the own ``account``.
    Live data: ``book``, ``quote``, ``trades``, ``ticks``, ``liquidations`` and ``watch``; the first call connects.
    ``spot`` and ``futures`` answer from live data while it is fresh, else over REST.
    The session is the caller's to close; ``rng`` only jitters retries.
    """

    def __init__(
        self,
        urls: BinanceUrls,
        *,
        session: aiohttp.ClientSession,
        clock: Clock,
        rng: random.Random,
        proxy: str | None = None,
        credentials: Credentials | None = None,
        stream_urls: StreamUrls = PRODUCTION,
        attention: Attention | None = None,
        tuning: Tuning = Tuning(),
    ) -> None:
        self._offset = ClockOffset(clock, every_s=tuning.remeasure_s)
        self._limiter = BinanceLimiter(clock, self._offset.now_ms, share=tuning.share)
        self._rest = RestClient(
            urls,
            Transport(session, timeout_s=tuning.timeout_s, proxy=proxy, clock=clock, answered=proves_host),
            self._limiter,
            clock=clock,
            now_ms=self._offset.now_ms,
            rng=rng,
            policy=tuning.retry,
            max_wait_s=tuning.max_wait_s,
            attention=attention,
            credentials=credentials,
        )
        self._cache: TtlCache[Hashable, Any] = TtlCache(clock, size=tuning.max_answer_rows, weigh=rows_of)
        self._klines = KlineReader(
            self._rest,
            clock,
            self._offset,
            refresh_s=tuning.refresh_s,
            max_rows=tuning.max_rows,
            parked=ParkedBars(tuning.parked_in, tuning.max_parked),
        )
        parts = ReaderParts(self._rest, self._cache, self._offset, self._limiter, clock, self.measure_time)
        self.streams = BinanceStreams(
            stream_urls,
            StreamParts(
                rest=self._rest,
                klines=self._klines,
                session=session,
                clock=clock,
                market_ms=self._offset.now_ms,
                measure=self.measure_time,
                on_clock_error=self._offset.invalidate,
                rng=rng,
                known_symbols=lambda: self.futures.known_symbols,
                credentials=credentials,
                proxy=proxy,
            ),
            ttl_s=tuning.ttl_s,
        )
        self.spot = SpotMarket(parts, self._klines, self.streams.answers)
        self.futures = FuturesMarket(parts, self._klines, self.streams.answers)
        self.statistics = Statistics(parts)
        self.options = OptionsMarket(parts)
        self.account = Account(parts, available=credentials is not None)

    async def open(self) -> None:
        """Measure exchange time; an unreachable exchange does not prevent the start."""
        await self.measure_time()

    async def close(self) -> None:
        """Close the streams and cancel requests in progress."""
        await self.streams.close()
        await self._klines.close()
        await self._cache.close()

    def book(self, symbol: str, market: Market = "futures") -> LiveBook:
        """Return the live order book of a symbol; ``await book.ready()`` before reading it."""
        return self.streams.books.get((market, symbol))

    def trades(self, symbol: str, market: Market = "futures") -> LiveTape:
        """Return the live trades of a symbol, filled over REST where the stream was not received."""
        return self.streams.tapes.get((market, symbol))

    def followed_trades(self, symbol: str, market: Market) -> LiveTape | None:
        """Return the live trades of a symbol if they are followed already; opens nothing and extends nothing."""
        return self.streams.tapes.peek((market, symbol))

    def ticks(
        self, symbol: str, market: Market, make_sink: Callable[[], TickSink], *, ttl_s: float | None = None
    ) -> LiveTick:
        """Follow a symbol's trades, best quotes and book for ``ttl_s`` (the TTL), measured by its sink."""
        return self.streams.ticks.of((market, symbol), make_sink, ttl_s=ttl_s)

    def liquidations(self) -> LiquidationStream:
        """Return the liquidations observed since the first call: a lower bound."""
        return self.streams.liquidations()

    def watch(self, symbol: str, intervals: Iterable[str], market: Market = "spot") -> None:
        """Keep bars of a symbol current for the TTL, so that reading them sends no request.

        Raises ``Rejected`` for an unknown interval and ``Unavailable`` when every place is held.
        """
        for interval in intervals:
            self.streams.bars.get((market, symbol, interval))

    def quote(self, symbol: str, market: Market = "spot") -> LiveTicker:
        """Keep prices and best levels current for the TTL, so that reading them sends no request."""
        return self.streams.quotes.get((market, symbol))

    def market_time_ms(self) -> int:
        """Return exchange time (UTC ms): the local clock plus the measured offset."""
        return self._offset.now_ms()

    @property
    def clock_offset_ms(self) -> int | None:
        """Exchange time minus local time in ms, ``None`` until it was measured."""
        return self._offset.offset_ms if self._offset.measured else None

    def weight_used(self) -> Mapping[Pool, tuple[int, int]]:
        """Return (used, limit) of every pool's current window, for the status page."""
        return self._limiter.used()

    def weight_ceilings(self) -> Mapping[Pool, int]:
        """Return the most that is used of every pool's limit in one window."""
        return self._limiter.ceilings()

    @property
    def held_back(self) -> Mapping[tuple[str, str], bool]:
        """Whether requests are held back, by product and why."""
        return self._rest.held_back

    @property
    def requests(self) -> Mapping[tuple[str, str], int]:
        """Requests sent so far by (source, outcome); outcomes are ``ok`` and the names of the faults."""
        return self._rest.requests

    @property
    def failing(self) -> tuple[str, ...]:
        """Sources whose last call failed, including disconnected streams."""
        return (*self._rest.transitions.failing, *self.streams.supervisor.transitions.failing)

    @property
    def kept(self) -> Mapping[str, int]:
        """Bar rows and responses in memory, and cache hits and misses."""
        return {"rows": self._klines.rows_kept, "answers": len(self._cache), **self._cache.counts}

    async def measure_time(self) -> None:
        """Measure exchange time if due."""
        await self._offset.ensure(self._read_time)

    async def _read_time(self) -> Fetched[ServerTime]:
        """Ask spot, or futures if spot cannot answer."""
        try:
            return await self._rest.get(SPOT_TIME, {}, schemas.server_time, once=True)
        except (Retryable, Unavailable, Misconfigured):
            return await self._rest.get(FUTURES_TIME, {}, schemas.server_time, once=True)
