"""Bars of watched symbols kept current by kline streams, so that reading them costs no request.

Where candles were missed, one should have closed and the stream does not say so, or the stream has been quiet for a
minute, REST is asked: it decides, also whether a quiet stream is a market without trades or a deaf one.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

import structlog

from utils.binance_api import urls
from utils.binance_api.bars import Bars
from utils.binance_api.klines.append import Absorbed
from utils.binance_api.klines.pages import KlineSeries
from utils.binance_api.klines.reader import KlineReader
from utils.binance_api.streams.decode import Payload
from utils.binance_api.streams.events import KlineUpdate
from utils.binance_api.streams.keep_alive import Hold, Warm
from utils.binance_api.streams.names import kline_stream
from utils.binance_api.streams.subscription import StreamState
from utils.binance_api.streams.supervisor import StreamSupervisor
from utils.binance_api.urls import Endpoint, Market
from utils.clock import Clock
from utils.http.errors import SourceError

_log = structlog.get_logger(__name__)

WARM_ROWS: Final = 300
"""Bars read when a series is watched that nobody has read before."""
LATE_CLOSE_MS: Final = 3000
"""A candle whose end the stream has not told this long after it is finished over REST."""
REFILL_PAUSE_S: Final = 5.0
MOST_WAITING: Final = 8
DOUBTED: Final = frozenset({StreamState.QUIET, StreamState.SILENT})
LINGER_S: Final = 900.0
MOST_SERIES: Final = 900
_KLINES: Final[dict[Market, Endpoint]] = {
    "spot": urls.SPOT_KLINES,
    "futures": urls.FUTURES_TRADE_KLINES,
}

SeriesKey = tuple[Market, str, str]
"""Market, symbol and interval."""


class LiveSeries:
    """One watched series; ``counts`` says what became of the candles of its stream."""

    def __init__(self, key: SeriesKey, owner: "LiveBars") -> None:
        market, self.symbol, self.interval = key
        self.series = KlineSeries(_KLINES[market], "trade", (("symbol", self.symbol),), self.interval)
        self.counts: Counter[str] = Counter()
        self._owner = owner
        self._waiting: OrderedDict[int, KlineUpdate] = OrderedDict()
        self._open_until: int | None = None
        self._task: asyncio.Task[None] | None = None
        self._refill_after_s = float("-inf")
        self._told = False
        self._seen: tuple[int, int] | None = None
        self._subscription = owner.supervisor.subscribe(
            kline_stream(market, self.symbol, self.interval), self
        )

    def event(self, payload: Payload) -> None:
        """Take one state of a candle; while the series is being read the newest state of each candle waits."""
        if not isinstance(payload, KlineUpdate) or payload.symbol != self.symbol:
            self.counts["misrouted"] += 1
            return
        self._seen = payload.kline.open_ms, payload.kline.trades
        self._waiting[payload.kline.open_ms] = payload
        if len(self._waiting) > MOST_WAITING:
            self._waiting.popitem(last=False)
            self.counts["dropped"] += 1
        while self._waiting:
            opening, update = next(iter(self._waiting.items()))
            outcome = self._owner.reader.absorb(self.series, update.kline, update.event_ms)
            self.counts[outcome.value] += 1
            if outcome is Absorbed.BUSY:
                return
            del self._waiting[opening]
            self._absorbed(outcome, update)

    def lost(self, state: StreamState) -> None:
        """Look whether a stream that says nothing should have; for the rest the reader asks REST by itself."""
        if state in DOUBTED:
            self._refill(self._owner.clock.monotonic())

    def live(self) -> None:
        """Nothing to do: the next candle shows whether others were missed."""

    def tick(self, now_s: float) -> None:
        """Finish by REST what should have closed."""
        end = self._open_until
        if end is not None and self._owner.market_ms() > end + LATE_CLOSE_MS:
            self._open_until = None
            self.counts["finished_by_time"] += 1
            self._refill(now_s)

    def close(self) -> None:
        """Leave the stream."""
        self._subscription.close()
        if self._task is not None:
            self._task.cancel()

    def refill(self) -> None:
        """Read the newest bars over REST, in the background and not too often."""
        self._refill(self._owner.clock.monotonic())

    def _absorbed(self, outcome: Absorbed, update: KlineUpdate) -> None:
        if outcome in (Absorbed.HOLE, Absorbed.UNREAD):
            self.refill()
        if outcome is not Absorbed.KNOWN:
            self._open_until = None if update.kline.closed else update.kline.close_ms

    def _refill(self, now_s: float) -> None:
        if now_s < self._refill_after_s or (self._task is not None and not self._task.done()):
            return
        self._refill_after_s = now_s + REFILL_PAUSE_S
        self._task = asyncio.create_task(self._read(), name=f"bars-{self.symbol}-{self.interval}")

    async def _read(self) -> None:
        try:
            bars = await self._owner.reader.read(self.series, WARM_ROWS, None)
        except SourceError as error:
            self.counts["read_failed"] += 1
            if not self._told:
                _log.warning("bars not refilled", series=str(self.series.subject), detail=error.detail)
            self._told = True
        else:
            self._told = False
            self._compare(bars)

    def _compare(self, bars: Bars) -> None:
        """Hold REST against the last candle of the stream, or the last look: trades since then were not told."""
        track = self._subscription.track
        if not len(bars) or track.state not in DOUBTED:
            return
        newest = int(bars.open_time[-1]), int(bars.trades[-1])
        since, known = self._seen or newest
        self._seen = newest
        if bars.trades[bars.open_time >= since].sum() > known:
            self.counts["missed"] += 1
            track.missed(self._owner.clock.monotonic())


class LiveBars:
    """The watched series of both markets."""

    def __init__(
        self,
        supervisor: StreamSupervisor,
        reader: KlineReader,
        clock: Clock,
        market_ms: Callable[[], int],
        *,
        linger_s: float = LINGER_S,
        most: int = MOST_SERIES,
    ) -> None:
        self.supervisor = supervisor
        self.reader = reader
        self.clock = clock
        self.market_ms = market_ms
        self._warm: Warm[SeriesKey, LiveSeries] = Warm(
            "binance.bars", self._make, LiveSeries.close, clock, linger_s=linger_s, most=most
        )
        supervisor.on_tick.append(self._tick)

    def watch(self, market: Market, symbol: str, intervals: Iterable[str]) -> None:
        """Keep bars current for a while after the last call; ``Rejected`` for an unknown interval."""
        for interval in intervals:
            self._warm.get((market, symbol, interval))

    def hold(self, market: Market, symbol: str, interval: str) -> Hold[LiveSeries]:
        """Keep bars current until the hold is closed."""
        return self._warm.hold((market, symbol, interval))

    def all(self) -> list[LiveSeries]:
        """Return every watched series."""
        return list(self._warm)

    def close(self) -> None:
        """Watch nothing any more."""
        self._warm.close()

    def _make(self, key: SeriesKey) -> LiveSeries:
        return LiveSeries(key, self)

    def _tick(self, now_s: float) -> None:
        self._warm.sweep(now_s)
        for series in self._warm:
            series.tick(now_s)
