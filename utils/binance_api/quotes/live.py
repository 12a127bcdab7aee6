"""The newest figures of watched symbols: ticker, best 20 levels, and the mean price (spot) or mark price (futures).

A figure is returned only while it is fresh by the exchange's stamp; when a stream is lost or lags, the figures of its
symbol are dropped and readers ask REST. The levels need no snapshot and no chain of updates.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final, TypeVar

from utils.binance_api.answers import Answer
from utils.binance_api.streams.decode import Payload
from utils.binance_api.streams.events import AvgPriceUpdate, MarkPrice, PartialDepth, SpotPartialDepth, Ticker
from utils.binance_api.streams.keep_alive import KeepAlive
from utils.binance_api.streams.names import avg_price_stream, mark_price_stream, ticker_stream, top_stream
from utils.binance_api.streams.subscription import StreamState
from utils.binance_api.streams.supervisor import StreamSupervisor
from utils.binance_api.urls import Market
from utils.clock import Clock

FRESH_PERIODS: Final = 5
LEAST_FRESH_MS: Final = 5000
"""A figure is fresh for five periods of its stream, and for five seconds where periods are short."""
_PERIOD_MS: Final[dict[tuple[Market, type], int]] = {
    ("spot", Ticker): 1000,
    ("spot", AvgPriceUpdate): 1000,
    ("spot", SpotPartialDepth): 1000,
    ("futures", Ticker): 2000,
    ("futures", MarkPrice): 3000,
    ("futures", PartialDepth): 500,
}
"""Update periods in the exchange's documentation; other figures have no stream on that market."""
_WORDS: Final[dict[type, str]] = {
    Ticker: "ticker",
    AvgPriceUpdate: "avgPrice",
    MarkPrice: "markPrice",
    SpotPartialDepth: "depth20",
    PartialDepth: "depth20",
}
TTL_S: Final = 900.0
MAX_QUOTES: Final = 400

Figure = TypeVar("Figure", Ticker, AvgPriceUpdate, MarkPrice, SpotPartialDepth, PartialDepth)


class LiveTicker:
    """The figures of one symbol; ``counts`` counts the events received."""

    def __init__(self, symbol: str, market: Market, owner: "LiveTickers") -> None:
        self.symbol = symbol
        self.market: Market = market
        self.counts: Counter[str] = Counter()
        self._owner = owner
        self._newest: dict[type, Answer[Any]] = {}
        also = avg_price_stream(symbol) if market == "spot" else mark_price_stream(symbol)
        streams = (ticker_stream(market, symbol), top_stream(market, symbol), also)
        self._handles = [owner.supervisor.subscribe(stream, self) for stream in streams]

    def newest(self, kind: type[Figure]) -> Answer[Figure] | None:
        """Return the newest figure of a kind, ``None`` unless fresh.

        Its time is the exchange's event time, or that of arrival where the exchange sends none (levels on spot).
        """
        kept = self._newest.get(kind)
        if kept is None:
            return None
        age_ms = kept.age_ms(self._owner.market_ms())
        limit_ms = max(LEAST_FRESH_MS, FRESH_PERIODS * _PERIOD_MS[self.market, kind])
        return kept if abs(age_ms) <= limit_ms else None

    def levels(self) -> Answer[SpotPartialDepth] | Answer[PartialDepth] | None:
        """Return the best 20 levels, ``None`` unless fresh; on spot, without times, as long as the ticker is fresh."""
        if self.market == "futures":
            return self.newest(PartialDepth)
        return self.newest(SpotPartialDepth) if self.newest(Ticker) is not None else None

    @property
    def fresh(self) -> bool:
        """Whether every stream of the symbol has a fresh figure."""
        also = self.newest(AvgPriceUpdate) if self.market == "spot" else self.newest(MarkPrice)
        return None not in (self.newest(Ticker), self.levels(), also)

    def event(self, payload: Payload) -> None:
        """Handle one figure; one older than the newest is ignored and counted."""
        arrived = self._owner.market_ms()
        if isinstance(payload, SpotPartialDepth):
            stamp = arrived
        elif (
            isinstance(payload, Ticker | AvgPriceUpdate | MarkPrice | PartialDepth)
            and payload.symbol == self.symbol
        ):
            stamp = payload.event_ms
        else:
            self.counts["misrouted"] += 1
            return
        kept = self._newest.get(type(payload))
        if kept is not None and stamp < kept.as_of:
            self.counts["older"] += 1
            return
        self.counts["accepted"] += 1
        source = f"binance.{self.market}.stream.{_WORDS[type(payload)]}"
        self._newest[type(payload)] = Answer(payload, stamp, source, arrived)

    def lost(self, state: StreamState) -> None:
        """Drop all figures, as updates are missing from now on."""
        self._newest.clear()

    def live(self) -> None:
        """Do nothing: the next events bring the figures."""

    def close(self) -> None:
        """Close the streams."""
        for handle in self._handles:
            handle.close()


class LiveTickers(KeepAlive[tuple[Market, str], LiveTicker]):
    """The figures of the watched symbols, by market and symbol; ``market_ms`` is exchange time."""

    def __init__(
        self,
        supervisor: StreamSupervisor,
        clock: Clock,
        market_ms: Callable[[], int],
        *,
        ttl_s: float = TTL_S,
        capacity: int = MAX_QUOTES,
    ) -> None:
        self.supervisor = supervisor
        self.market_ms = market_ms
        super().__init__(
            "binance.quotes",
            lambda key: LiveTicker(key[1], key[0], self),
            LiveTicker.close,
            clock,
            ttl_s=ttl_s,
            capacity=capacity,
        )
        supervisor.on_tick.append(self.sweep)
