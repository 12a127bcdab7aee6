"""What the exchange sends, typed: unknown fields are ignored, enums stay text, numbers come from strings."""

from typing import TypeVar

import msgspec

T = TypeVar("T")


class Wire(msgspec.Struct, rename="camel", frozen=True, gc=False):
    """Base of all answers: wire names are camelCase, ours are snake_case."""


class ServerTime(Wire, frozen=True):
    """``/time``; ms."""

    server_time: int


class RateLimit(Wire, frozen=True):
    """One row of ``exchangeInfo.rateLimits``."""

    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int


class SymbolFilter(Wire, frozen=True):
    """One trading filter; only the steps of price and quantity are read."""

    filter_type: str
    tick_size: float | None = None
    step_size: float | None = None


class SymbolInfo(Wire, frozen=True):
    """One symbol of ``exchangeInfo``; the lower fields exist on futures only."""

    symbol: str
    status: str
    base_asset: str
    quote_asset: str
    filters: tuple[SymbolFilter, ...] = ()
    permissions: tuple[str, ...] = ()
    permission_sets: tuple[tuple[str, ...] | str, ...] = ()  # futures send a flat list
    contract_type: str = ""
    margin_asset: str = ""
    delivery_date: int = 0
    onboard_date: int = 0


class ExchangeInfo(Wire, frozen=True):
    """``exchangeInfo``; its ``serverTime`` is hours old and is not read."""

    symbols: tuple[SymbolInfo, ...]
    rate_limits: tuple[RateLimit, ...] = ()


class KlineRow(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One bar as sent, in the order of the 12-tuple (the twelfth is unused)."""

    open_time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    close_time: int
    quote_volume: float
    trades: int
    taker_base: float
    taker_quote: float


class Ticker24h(Wire, frozen=True):
    """Rolling 24 hours; bid, ask and previous close exist on spot only. Volume in base, quote volume in quote."""

    symbol: str
    price_change: float
    price_change_percent: float
    weighted_avg_price: float
    last_price: float
    open_price: float
    high_price: float
    low_price: float
    volume: float
    quote_volume: float
    open_time: int
    close_time: int
    count: int
    bid_price: float | None = None
    ask_price: float | None = None


class TickerPrice(Wire, frozen=True):
    """Last price; ``time`` (ms) is sent by futures only."""

    symbol: str
    price: float
    time: int | None = None


class BookTicker(Wire, frozen=True):
    """Best bid and ask with their quantities in base; ``time`` (ms) is sent by futures only."""

    symbol: str
    bid_price: float
    bid_qty: float
    ask_price: float
    ask_qty: float
    time: int | None = None


class AvgPrice(Wire, frozen=True):
    """Mean price of the last ``mins`` minutes."""

    mins: int
    price: float
    close_time: int


class DepthBody(msgspec.Struct, frozen=True, gc=False):
    """``depth``: (price, quantity) levels, best first; event time ``E`` is sent by futures only."""

    last_update_id: int = msgspec.field(name="lastUpdateId")
    bids: list[tuple[float, float]]
    asks: list[tuple[float, float]]
    event_time: int | None = msgspec.field(name="E", default=None)


class PremiumIndex(Wire, frozen=True):
    """Mark, index and the running funding rate of the *coming* settlement (fraction per interval)."""

    symbol: str
    mark_price: float
    index_price: float
    last_funding_rate: float
    next_funding_time: int
    time: int
    interest_rate: float = 0.0


class FundingRate(Wire, frozen=True):
    """One settlement: ``funding_time`` (ms, some ms after the hour), rate as fraction per interval."""

    symbol: str
    funding_time: int
    funding_rate: float
    mark_price: float | None = None
    rate_type: str = "Regular"


class FundingInfo(Wire, frozen=True):
    """A symbol whose cap, floor or interval was adjusted; symbols not listed settle every 8 hours."""

    symbol: str
    funding_interval_hours: int
    adjusted_funding_rate_cap: float | None = None
    adjusted_funding_rate_floor: float | None = None


def _reads(shape: type[T]) -> msgspec.json.Decoder[T]:
    return msgspec.json.Decoder(shape, strict=False)


server_time = _reads(ServerTime)
exchange_info = _reads(ExchangeInfo)
klines = _reads(list[KlineRow])
ticker_24h = _reads(Ticker24h)
tickers_24h = _reads(list[Ticker24h])
ticker_price = _reads(TickerPrice)
ticker_prices = _reads(list[TickerPrice])
book_ticker = _reads(BookTicker)
book_tickers = _reads(list[BookTicker])
avg_price = _reads(AvgPrice)
depth = _reads(DepthBody)
premium_index = _reads(PremiumIndex)
premium_indexes = _reads(list[PremiumIndex])
funding_rates = _reads(list[FundingRate])
funding_info = _reads(list[FundingInfo])
