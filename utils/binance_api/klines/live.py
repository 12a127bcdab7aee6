"""Bars of watched symbols kept current by kline streams, so that reading them sends no request.

REST is asked if candles were missed, if a candle should have closed and the stream did not send it, or if the stream
sent nothing for a minute; the response also decides whether such a stream omits data or the market has no trades.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Final

import structlog

from utils.binance_api import urls
from utils.binance_api.bars import Bars
from utils.binance_api.klines.append import AppendResult
from utils.binance_api.klines.reader import KlineReader
from utils.binance_api.klines.store import KlineSeries
from utils.binance_api.streams.decode import Payload
from utils.binance_api.streams.events import KlineUpdate
from utils.binance_api.streams.keep_alive import KeepAlive
from utils.binance_api.streams.names import kline_stream
from utils.binance_api.streams.subscription import StreamState
from utils.binance_api.streams.supervisor import StreamSupervisor
from utils.binance_api.urls import Endpoint, Market
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.priority import urgent

_log = structlog.get_logger(__name__)

INITIAL_ROWS: Final = 300
"""Bars read for a watched series that has not been read before."""
CLOSE_GRACE_MS: Final = 3000
"""A candle is finished over REST if the stream has not sent its end by this long after it."""
REFILL_PAUSE_S: Final = 5.0
MAX_PENDING: Final = 8
UNCERTAIN: Final = frozenset({StreamState.IDLE, StreamState.STALE})
TTL_S: Final = 900.0
MAX_SERIES: Final = 900
_KLINES: Final[dict[Market, Endpoint]] = {
    "spot": urls.SPOT_KLINES,
    "futures": urls.FUTURES_TRADE_KLINES,
}

SeriesKey = tuple[Market, str, str]
"""Market, symbol and interval."""


class LiveSeries:
    """One watched series; ``counts`` counts the candles of its stream by outcome."""

    def __init__(self, key: SeriesKey, owner: "LiveBars") -> None:
        market, self.symbol, self.interval = key
        self.series = KlineSeries(_KLINES[market], "trade", (("symbol", self.symbol),), self.interval)
        self.counts: Counter[str] = Counter()
        self._owner = owner
        self._pending: OrderedDict[int, KlineUpdate] = OrderedDict()
        self._open_until: int | None = None
        self._task: asyncio.Task[None] | None = None
        self._refill_after_s = float("-inf")
        self._failure_logged = False
        self._last_candle: tuple[int, int] | None = None
        self._handle = owner.supervisor.subscribe(kline_stream(market, self.symbol, self.interval), self)

    def event(self, payload: Payload) -> None:
        """Handle one state of a candle; while the series is being read, the newest state of each candle is queued."""
        if not isinstance(payload, KlineUpdate) or payload.symbol != self.symbol:
            self.counts["misrouted"] += 1
            return
        self._last_candle = payload.kline.open_ms, payload.kline.trades
        self._pending[payload.kline.open_ms] = payload
        if len(self._pending) > MAX_PENDING:
            self._pending.popitem(last=False)
            self.counts["dropped"] += 1
        while self._pending:
            opening, update = next(iter(self._pending.items()))
            outcome = self._owner.reader.append(self.series, update.kline, update.event_ms)
            self.counts[outcome.value] += 1
            if outcome is AppendResult.BUSY:
                return
            del self._pending[opening]
            self._appended(outcome, update)

    def lost(self, state: StreamState) -> None:
        """Check over REST whether an idle or stale stream omits data; otherwise readers ask REST by themselves."""
        if state in UNCERTAIN:
            self._refill(self._owner.clock.monotonic())

    def live(self) -> None:
        """Do nothing: the next candle shows whether others were missed."""

    def tick(self, now_s: float) -> None:
        """Read a candle over REST that should have closed."""
        end = self._open_until
        if end is not None and self._owner.market_ms() > end + CLOSE_GRACE_MS:
            self._open_until = None
            self.counts["finished_by_time"] += 1
            self._refill(now_s)

    def close(self) -> None:
        """Close the stream."""
        self._handle.close()
        if self._task is not None:
            self._task.cancel()

    def refill(self) -> None:
        """Read the newest bars over REST, in the background and at most every ``REFILL_PAUSE_S``."""
        self._refill(self._owner.clock.monotonic())

    def _appended(self, outcome: AppendResult, update: KlineUpdate) -> None:
        if outcome in (AppendResult.GAP, AppendResult.IMPOSSIBLE, AppendResult.NOT_LOADED):
            self.refill()
        if outcome is not AppendResult.OUTDATED:
            self._open_until = None if update.kline.closed else update.kline.close_ms

    def _refill(self, now_s: float) -> None:
        if now_s < self._refill_after_s or (self._task is not None and not self._task.done()):
            return
        if self._owner.reader.is_parked(self.series):
            return  # nobody reads it, and whoever does will ask for what came meanwhile
        self._refill_after_s = now_s + REFILL_PAUSE_S
        with urgent():
            self._task = asyncio.create_task(self._read(), name=f"bars-{self.symbol}-{self.interval}")

    async def _read(self) -> None:
        try:
            bars = await self._owner.reader.read(self.series, INITIAL_ROWS, None)
        except SourceError as error:
            self.counts["read_failed"] += 1
            if not self._failure_logged:
                _log.warning("bars not refilled", series=str(self.series.subject), detail=error.detail)
            self._failure_logged = True
        else:
            self._failure_logged = False
            self._check_for_missed_trades(bars)

    def _check_for_missed_trades(self, bars: Bars) -> None:
        """Compare the REST bars with the last candle of the stream; more trades since then were missed."""
        subscription = self._handle.subscription
        if not len(bars) or subscription.state not in UNCERTAIN:
            return
        newest = int(bars.open_time[-1]), int(bars.trades[-1])
        since, known = self._last_candle or newest
        self._last_candle = newest
        if bars.trades[bars.open_time >= since].sum() > known:
            self.counts["missed"] += 1
            subscription.data_missed(self._owner.clock.monotonic())


class LiveBars(KeepAlive[SeriesKey, LiveSeries]):
    """The watched series, by market, symbol and interval; ``Rejected`` for an unknown interval."""

    def __init__(
        self,
        supervisor: StreamSupervisor,
        reader: KlineReader,
        clock: Clock,
        market_ms: Callable[[], int],
        *,
        ttl_s: float = TTL_S,
        capacity: int = MAX_SERIES,
    ) -> None:
        self.supervisor = supervisor
        self.reader = reader
        self.clock = clock
        self.market_ms = market_ms
        super().__init__(
            "binance.bars",
            lambda key: LiveSeries(key, self),
            LiveSeries.close,
            clock,
            ttl_s=ttl_s,
            capacity=capacity,
        )
        supervisor.on_tick.append(self._tick)

    def _tick(self, now_s: float) -> None:
        self.sweep(now_s)
        for series in self:
            series.tick(now_s)
