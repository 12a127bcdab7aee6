"""The exchange behind one object: ``BinanceAggregator`` wires the parts and owns nothing but memory."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from utils.binance_api import schemas
from utils.binance_api.cache import TimedCache
from utils.binance_api.clock_offset import REMEASURE_S, ClockOffset
from utils.binance_api.futures import FuturesMarket
from utils.binance_api.kline_reader import MAX_ROWS, REFRESH_S, KlineReader
from utils.binance_api.limiter import BinanceLimiter
from utils.binance_api.market import Parts
from utils.binance_api.rest import PATIENCE_S, Fetched, RestClient
from utils.binance_api.schemas import ServerTime
from utils.binance_api.spot import SpotMarket
from utils.binance_api.urls import FUTURES_TIME, SPOT_TIME, BinanceUrls
from utils.binance_api.weights import Pool
from utils.clock import Clock
from utils.http.errors import Misconfigured, Retryable, Unavailable
from utils.http.limiter import SAFE_SHARE
from utils.http.retry import RetryPolicy
from utils.http.transport import Transport


@dataclass(frozen=True, slots=True)
class Tuning:
    """Waiting and keeping.

    ``timeout_s`` of one request, ``patience_s`` of one question with all waiting, ``refresh_s`` greatest age of
    an unfinished bar, ``remeasure_s`` between measurements of exchange time, ``share`` of each limit that is
    spent, ``max_rows`` of bars and ``max_answers`` kept in memory.
    """

    timeout_s: float = 10.0
    patience_s: float = PATIENCE_S
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    refresh_s: float = REFRESH_S
    remeasure_s: float = REMEASURE_S
    share: float = SAFE_SHARE
    max_rows: int = MAX_ROWS
    max_answers: int = 2000


class BinanceAggregator:
    """Public market data of spot and USD-M futures, cached, coalesced and inside the exchange's limits.

    The session is the caller's to close; ``rng`` only jitters retries. Reads: ``spot`` and ``futures``.
    """

    def __init__(
        self,
        urls: BinanceUrls,
        *,
        session: aiohttp.ClientSession,
        clock: Clock,
        rng: random.Random,
        proxy: str | None = None,
        tuning: Tuning = Tuning(),
    ) -> None:
        self._offset = ClockOffset(clock, every_s=tuning.remeasure_s)
        self._limiter = BinanceLimiter(clock, self._offset.now_ms, share=tuning.share)
        self._rest = RestClient(
            urls,
            Transport(session, timeout_s=tuning.timeout_s, proxy=proxy),
            self._limiter,
            clock=clock,
            now_ms=self._offset.now_ms,
            rng=rng,
            policy=tuning.retry,
            patience_s=tuning.patience_s,
        )
        self._cache: TimedCache[Any] = TimedCache(clock, max_entries=tuning.max_answers)
        self._klines = KlineReader(
            self._rest, clock, self._offset, refresh_s=tuning.refresh_s, max_rows=tuning.max_rows
        )
        parts = Parts(
            self._rest, self._klines, self._cache, self._offset, self._limiter, clock, self.measure_time
        )
        self.spot = SpotMarket(parts)
        self.futures = FuturesMarket(parts)

    async def open(self) -> None:
        """Measure exchange time; an unreachable exchange does not hinder the start."""
        await self.measure_time()

    async def close(self) -> None:
        """Cancel what is in progress."""
        await self._klines.close()
        await self._cache.close()

    def market_time_ms(self) -> int:
        """Return exchange time (UTC ms): our clock plus the measured offset."""
        return self._offset.now_ms()

    @property
    def clock_offset_ms(self) -> int | None:
        """Exchange time minus our own, ``None`` while it could not be measured."""
        return self._offset.offset_ms if self._offset.measured else None

    def weight_used(self) -> Mapping[Pool, tuple[int, int]]:
        """Return (used, limit) of every pool's running window, for the status page."""
        return self._limiter.used()

    @property
    def requests(self) -> Mapping[tuple[str, str], int]:
        """Requests sent so far by (source, outcome); outcomes are ``ok`` and the names of the faults."""
        return self._rest.requests

    @property
    def failing(self) -> tuple[str, ...]:
        """Sources whose last answer was a fault."""
        return self._rest.transitions.failing

    @property
    def kept(self) -> Mapping[str, int]:
        """What memory holds and saved: bar rows, answers, cache hits and misses."""
        return {"rows": self._klines.rows_kept, "answers": len(self._cache), **self._cache.counts}

    async def measure_time(self) -> None:
        """Measure exchange time if that is due."""
        await self._offset.ensure(self._read_time)

    async def _read_time(self) -> Fetched[ServerTime]:
        """Ask spot, and futures where spot cannot answer."""
        try:
            return await self._rest.get(SPOT_TIME, {}, schemas.server_time, once=True)
        except (Retryable, Unavailable, Misconfigured):
            return await self._rest.get(FUTURES_TIME, {}, schemas.server_time, once=True)
