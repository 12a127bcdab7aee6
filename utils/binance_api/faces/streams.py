"""All live data behind one object: books, quotes, tapes, bars and liquidations over one supervisor."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from utils.binance_api.account.futures_stream import FuturesUserStream
from utils.binance_api.account.spot_stream import SpotUserStream
from utils.binance_api.account.user_stream import UserListener, UserStream
from utils.binance_api.book.live import LiveBooks
from utils.binance_api.http.paced import PacedRest
from utils.binance_api.http.rest import RestClient
from utils.binance_api.http.signing import Credentials
from utils.binance_api.klines.live import LiveBars
from utils.binance_api.klines.reader import KlineReader
from utils.binance_api.quotes.answers import LiveAnswers
from utils.binance_api.quotes.live import LiveTickers
from utils.binance_api.streams.supervisor import StreamStatus, StreamSupervisor, StreamUrls
from utils.binance_api.ticks.live import LiveTicks
from utils.binance_api.trades.liquidations import LiquidationStream
from utils.binance_api.trades.live import LiveTapes
from utils.clock import Clock
from utils.http.errors import Misconfigured

TTL_S = 900.0
"""How long books, quotes, tapes and bars are kept current after their last use."""


@dataclass(frozen=True, slots=True)
class StreamParts:
    """What the streams share with the rest of the client; ``market_ms`` is exchange time.

    ``measure`` measures it if due, ``on_clock_error`` is called when the exchange rejects a timestamp,
    ``known_symbols`` returns the listed futures symbols, ``None`` while they are unknown.
    """

    rest: RestClient
    klines: KlineReader
    session: aiohttp.ClientSession
    clock: Clock
    market_ms: Callable[[], int]
    measure: Callable[[], Awaitable[None]]
    on_clock_error: Callable[[], None]
    rng: random.Random
    known_symbols: Callable[[], Collection[str] | None]
    credentials: Credentials | None = None
    proxy: str | None = None


class BinanceStreams:
    """Live data; the first call of a method opens the connection that it needs."""

    def __init__(self, urls: StreamUrls, parts: StreamParts, *, ttl_s: float = TTL_S) -> None:
        clock, market_ms = parts.clock, parts.market_ms
        self._urls = urls
        self._parts = parts
        self.supervisor = StreamSupervisor(
            urls,
            session=parts.session,
            clock=clock,
            market_ms=market_ms,
            rng=parts.rng,
            proxy=parts.proxy,
        )
        paced = PacedRest(parts.rest, clock, market_ms)
        self.books = LiveBooks(self.supervisor, paced, clock, parts.rng, market_ms, ttl_s=ttl_s)
        self.tapes = LiveTapes(self.supervisor, paced, clock, ttl_s=ttl_s)
        self.ticks = LiveTicks(self.supervisor, self.books, self.tapes, clock, market_ms, ttl_s=ttl_s)
        self.bars = LiveBars(self.supervisor, parts.klines, clock, market_ms, ttl_s=ttl_s)
        self.quotes = LiveTickers(self.supervisor, clock, market_ms, ttl_s=ttl_s)
        self.answers = LiveAnswers(self.quotes, self.books, market_ms)
        self.liquidation_stream = LiquidationStream(self.supervisor, market_ms, parts.known_symbols)
        self._measuring: asyncio.Task[None] | None = None
        self.supervisor.on_tick.append(self._measure_if_due)

    def liquidations(self) -> LiquidationStream:
        """Return the liquidations of all USD-M perpetuals, received from the first call on."""
        self.liquidation_stream.start()
        return self.liquidation_stream

    def account(self, listener: UserListener) -> tuple[UserStream, UserStream]:
        """Return the user streams of spot and futures for the caller to ``run``; ``Misconfigured`` without a key."""
        parts = self._parts
        if parts.credentials is None:
            todo = "set BINANCE_API_KEY and BINANCE_API_SECRET to a key with read permission only"
            raise Misconfigured("binance.userData", "account events need an api key", what_to_do=todo)
        shared = (parts.session, listener, parts.clock, parts.rng)
        spot = SpotUserStream(
            self._urls.spot_api,
            parts.credentials,
            *shared,
            market_ms=parts.market_ms,
            on_clock_error=self._remeasure,
            proxy=parts.proxy,
        )
        return spot, FuturesUserStream(self._urls.futures, parts.rest, *shared, proxy=parts.proxy)

    def status(self) -> tuple[StreamStatus, ...]:
        """Return every stream with its state and lag."""
        return self.supervisor.status()

    def losses(self) -> Mapping[str, int]:
        """Return counts of dropped, missed and repeated events, summed over everything open."""
        books, tapes = list(self.books), list(self.tapes)
        return {
            "book_gaps": sum(live.book.counts.gaps for live in books),
            "book_resyncs": sum(live.book.counts.resyncs for live in books),
            "book_overflowed": sum(live.book.counts.overflowed for live in books),
            "trades_missed": sum(live.tape.missed for live in tapes),
            "trades_repeated": sum(live.tape.ignored for live in tapes),
            "trades_overflowed": sum(live.overflowed for live in tapes),
            "feed_lost": sum(feed.lost for feed in self._feeds()),
            "bars_dropped": sum(live.counts["dropped"] for live in self.bars),
            "misrouted": sum(book.misrouted for book in books)
            + sum(tape.misrouted for tape in tapes)
            + sum(quote.counts["misrouted"] for quote in self.quotes)
            + sum(tick.misrouted for tick in self.ticks)
            + self.liquidation_stream.misrouted,
            "liquidations_excluded": self.liquidation_stream.excluded,
        }

    async def close(self) -> None:
        """Close every stream."""
        self.ticks.close()
        self.books.close()
        self.tapes.close()
        self.bars.close()
        self.quotes.close()
        self.liquidation_stream.close()
        await self.supervisor.close()
        if self._measuring is not None:
            self._measuring.cancel()
            await asyncio.gather(self._measuring, return_exceptions=True)

    def _remeasure(self) -> None:
        """Discard the measured time and measure at once; without market streams no tick would do so."""
        self._parts.on_clock_error()
        self._measure_if_due(self._parts.clock.monotonic())

    def _measure_if_due(self, now_s: float) -> None:
        """Measure exchange time in the background if due; the lag of events depends on it."""
        if self._measuring is None or self._measuring.done():
            self._measuring = asyncio.create_task(_awaited(self._parts.measure), name="stream-time")

    def _feeds(self) -> list[Any]:
        return [*self.liquidation_stream.feeds, *(feed for live in self.tapes for feed in live.feeds)]


async def _awaited(call: Callable[[], Awaitable[None]]) -> None:
    await call()
