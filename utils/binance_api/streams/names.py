"""Streams by name: the route that carries each, and how long it may send nothing."""

from dataclasses import dataclass
from typing import Final

from utils.binance_api.streams.continuity import BookMarket

Product = BookMarket
"""Spot, USD-M futures or options: each has its own names, routes and limits."""

SPOT_STREAMS: Final = 1024
FUTURES_STREAMS: Final = 1024
OPTIONS_STREAMS: Final = 200
"""Streams one connection may carry (WebSocket limits of the three products)."""
SPOT_GAP_S: Final = 0.25
FUTURES_GAP_S: Final = 0.125
"""Pause between two messages we send: the limits are 5 (spot) and 10 per second, PONG frames included."""


@dataclass(frozen=True, slots=True)
class Route:
    """One kind of connection: its address below the product's host, and its limits."""

    name: str
    product: Product
    path: str
    max_streams: int
    gap_s: float


SPOT: Final = Route("spot", "spot", "", SPOT_STREAMS, SPOT_GAP_S)
FUTURES_PUBLIC: Final = Route("futures.public", "futures", "/public", FUTURES_STREAMS, FUTURES_GAP_S)
FUTURES_MARKET: Final = Route("futures.market", "futures", "/market", FUTURES_STREAMS, FUTURES_GAP_S)
OPTIONS_PUBLIC: Final = Route("options.public", "options", "/public", OPTIONS_STREAMS, FUTURES_GAP_S)
OPTIONS_MARKET: Final = Route("options.market", "options", "/market", OPTIONS_STREAMS, FUTURES_GAP_S)

_PUBLIC_FUTURES: Final = frozenset({"depth", "bookTicker", "rpiDepth"})
_PUBLIC_OPTIONS: Final = frozenset({"depth", "bookTicker", "optionTicker", "optionTrade"})


@dataclass(frozen=True, slots=True)
class StreamKey:
    """One stream: the product and the exchange's name of it (``btcusdt@depth@100ms``)."""

    product: Product
    name: str

    @property
    def word(self) -> str:
        """The kind of the stream: ``depth`` of ``btcusdt@depth20@100ms``, ``kline`` of ``btcusdt@kline_1h``."""
        head, _, rest = self.name.partition("@")
        word = head[1:] if head.startswith("!") else rest.partition("@")[0]
        return word.partition("_")[0].rstrip("0123456789")

    @property
    def route(self) -> Route:
        """The only route that carries it; on others the exchange acknowledges the subscription and sends nothing."""
        if self.product == "spot":
            return SPOT
        if self.product == "futures":
            return FUTURES_PUBLIC if self.word in _PUBLIC_FUTURES else FUTURES_MARKET
        return OPTIONS_PUBLIC if self.word in _PUBLIC_OPTIONS else OPTIONS_MARKET

    @property
    def idle_timeout_s(self) -> float | None:
        """Seconds without data after which the stream is checked; ``None`` where data may be absent for days."""
        if self.name.endswith("@1s"):
            return _IDLE_TIMEOUT_S["second"]
        return _IDLE_TIMEOUT_S.get(self.word, DEFAULT_IDLE_TIMEOUT_S)

    @property
    def may_pause(self) -> bool:
        """Whether no data may mean a market without trades, which only a REST request can decide."""
        return self.word == "kline"


DEFAULT_IDLE_TIMEOUT_S: Final = 300.0
_IDLE_TIMEOUT_S: Final[dict[str, float | None]] = {
    "second": 15.0,
    "kline": 60.0,  # sent only with trades: a symbol may have none for minutes
    "continuousKline": 60.0,
    "ticker": 15.0,
    "miniTicker": 15.0,
    "avgPrice": 15.0,
    "markPrice": 15.0,  # every 3 s
    "optionMarkPrice": 15.0,
    "index": 15.0,
    "depth": 30.0,  # sent only on changes: small symbols have none for seconds
    "bookTicker": 60.0,
    "trade": 120.0,
    "aggTrade": 120.0,
    "openInterest": 240.0,  # every 60 s
    "forceOrder": None,
    "contractInfo": None,
    "optionSymbol": None,
}
"""Seconds: three to five periods where a stream is periodic, at least 15 s; otherwise the pause of an illiquid symbol.

A false alarm costs one resubscription and does not affect other streams.
"""


def depth_stream(product: Product, symbol: str) -> StreamKey:
    """Return the stream of differences of a symbol's book, every 100 ms."""
    return StreamKey(product, f"{symbol.lower()}@depth@100ms")


def book_ticker_stream(product: Product, symbol: str) -> StreamKey:
    """Return the best bid and ask of a symbol, whenever they change."""
    return StreamKey(product, f"{symbol.lower()}@bookTicker")


def agg_trade_stream(product: Product, symbol: str) -> StreamKey:
    """Return the aggregate trades of a symbol."""
    return StreamKey(product, f"{symbol.lower()}@aggTrade")


def kline_stream(product: Product, symbol: str, interval: str) -> StreamKey:
    """Return the candles of a symbol and interval."""
    return StreamKey(product, f"{symbol.lower()}@kline_{interval}")


def ticker_stream(product: Product, symbol: str) -> StreamKey:
    """Return the rolling 24 hours of a symbol, every second on spot and every two on futures."""
    return StreamKey(product, f"{symbol.lower()}@ticker")


def top_stream(product: Product, symbol: str) -> StreamKey:
    """Return the best 20 levels of a symbol, complete in each event: every second on spot, every 500 ms elsewhere."""
    return StreamKey(product, f"{symbol.lower()}@depth20{'' if product == 'spot' else '@500ms'}")


def avg_price_stream(symbol: str) -> StreamKey:
    """Return the mean price of the last five minutes of a spot symbol, every second."""
    return StreamKey("spot", f"{symbol.lower()}@avgPrice")


def mark_price_stream(symbol: str) -> StreamKey:
    """Return mark, index and running funding of a perpetual, every three seconds."""
    return StreamKey("futures", f"{symbol.lower()}@markPrice")


def liquidation_stream() -> StreamKey:
    """Return the liquidations of all futures in one stream."""
    return StreamKey("futures", "!forceOrder@arr")
