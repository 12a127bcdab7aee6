"""What the exchange sends as public market data, typed; enums stay text, so that new ones do not stop a reader."""

import msgspec

from utils.binance_api.wire import (
    UNREADABLE,
    Amount,
    Blank,
    Signed,
    WireLevel,
    WireStruct,
    reads,
    reads_lists,
    reads_rows,
)


class ServerTime(WireStruct, frozen=True):
    """``/time``; ms."""

    server_time: int


class RateLimit(WireStruct, frozen=True):
    """One row of ``exchangeInfo.rateLimits``."""

    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int


class SymbolFilter(WireStruct, frozen=True):
    """One trading filter; the steps of price and quantity are read, and the least value (``notional`` on futures)."""

    filter_type: str
    tick_size: Amount | None = None
    step_size: Amount | None = None
    min_notional: Amount | None = None
    notional: Amount | None = None


class SymbolInfo(WireStruct, frozen=True):
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


class ExchangeInfo(WireStruct, frozen=True):
    """``exchangeInfo``; its ``serverTime`` is hours old and is not read.

    ``unreadable`` are the symbols whose rows could not be read and are not among ``symbols``.
    """

    symbols: tuple[SymbolInfo, ...]
    rate_limits: tuple[RateLimit, ...] = ()
    unreadable: tuple[str, ...] = msgspec.field(name=UNREADABLE, default=())


class KlineRow(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One bar as sent, in the order of the 12-tuple (the twelfth is unused); a premium index may be negative."""

    open_time: int
    open: Signed
    high: Signed
    low: Signed
    close: Signed
    volume: Amount
    close_time: int
    quote_volume: Amount
    trades: int
    taker_base: Amount
    taker_quote: Amount


class Ticker24h(WireStruct, frozen=True):
    """Rolling 24 hours; only spot's REST sends bid and ask. Volume in base, quote volume in quote."""

    symbol: str
    price_change: Signed
    price_change_percent: Signed
    weighted_avg_price: Amount
    last_price: Amount
    open_price: Amount
    high_price: Amount
    low_price: Amount
    volume: Amount
    quote_volume: Amount
    open_time: int
    close_time: int
    count: int
    bid_price: Amount | None = None
    ask_price: Amount | None = None


class TickerPrice(WireStruct, frozen=True):
    """Last price; ``time`` (ms) is sent by futures only."""

    symbol: str
    price: Amount
    time: int | None = None


class BookTicker(WireStruct, frozen=True):
    """Best bid and ask with their quantities in base; ``time`` (ms) is sent by futures only."""

    symbol: str
    bid_price: Amount
    bid_qty: Amount
    ask_price: Amount
    ask_qty: Amount
    time: int | None = None


class AvgPrice(WireStruct, frozen=True):
    """Mean price of the last ``mins`` minutes."""

    mins: int
    price: Amount
    close_time: int


class DepthBody(msgspec.Struct, frozen=True, gc=False):
    """``depth``: (price, quantity) levels, best first; event time ``E`` is sent by futures only."""

    last_update_id: int = msgspec.field(name="lastUpdateId")
    bids: list[WireLevel]
    asks: list[WireLevel]
    event_time: int | None = msgspec.field(name="E", default=None)


class PremiumIndex(WireStruct, frozen=True):
    """Mark, index and the running funding rate of the *coming* settlement (fraction per interval).

    ``interest_rate`` is ``None`` in values built from a stream, which does not have it.
    """

    symbol: str
    mark_price: Amount
    index_price: Amount
    last_funding_rate: Signed
    next_funding_time: int
    time: int
    interest_rate: Signed | None = 0.0


class PremiumRow(WireStruct, frozen=True):
    """A row of ``premiumIndex`` without symbol, where dated contracts have a blank rate."""

    symbol: str
    mark_price: Amount
    index_price: Amount
    last_funding_rate: Signed | Blank
    next_funding_time: int
    time: int
    interest_rate: Signed | Blank = 0.0

    @property
    def perpetual(self) -> bool:
        """Whether the contract is funded at all."""
        return self.last_funding_rate != "" and self.interest_rate != ""


class FundingRate(WireStruct, frozen=True):
    """One settlement: ``funding_time`` (ms, some ms after the hour), rate as fraction per interval."""

    symbol: str
    funding_time: int
    funding_rate: Signed
    mark: Amount | Blank | None = msgspec.field(name="markPrice", default=None)
    rate_type: str = "Regular"

    @property
    def mark_price(self) -> float | None:
        """The mark price at the settlement, ``None`` for old rows, which have none."""
        return self.mark if isinstance(self.mark, float) else None


class FundingInfo(WireStruct, frozen=True):
    """A symbol whose cap, floor or interval was adjusted; symbols not listed settle every 8 hours."""

    symbol: str
    funding_interval_hours: int
    adjusted_funding_rate_cap: Signed | None = None
    adjusted_funding_rate_floor: Signed | None = None


class OpenInterest(WireStruct, frozen=True):
    """Open contracts now, in base units."""

    symbol: str
    open_interest: Amount
    time: int


class AggTradeRow(msgspec.Struct, frozen=True, gc=False):
    """One aggregate trade; ``visible`` (``nq``, futures) is the quantity without RPI orders."""

    trade_id: int = msgspec.field(name="a")
    price: Amount = msgspec.field(name="p")
    quantity: Amount = msgspec.field(name="q")
    first_id: int = msgspec.field(name="f")
    last_id: int = msgspec.field(name="l")
    time: int = msgspec.field(name="T")
    buyer_is_maker: bool = msgspec.field(name="m")
    visible: Amount | None = msgspec.field(name="nq", default=None)


class TradeRow(WireStruct, frozen=True):
    """One trade."""

    trade_id: int = msgspec.field(name="id")
    price: Amount
    qty: Amount
    time: int
    is_buyer_maker: bool


server_time = reads(ServerTime)
exchange_info = reads_lists(ExchangeInfo, symbols=SymbolInfo, rateLimits=RateLimit)
klines = reads(list[KlineRow])
ticker_24h = reads(Ticker24h)
tickers_24h = reads_rows(Ticker24h)
ticker_price = reads(TickerPrice)
ticker_prices = reads_rows(TickerPrice)
book_ticker = reads(BookTicker)
book_tickers = reads_rows(BookTicker)
avg_price = reads(AvgPrice)
depth = reads(DepthBody)
premium_index = reads(PremiumIndex)
premium_rows = reads_rows(PremiumRow)
funding_rates = reads_rows(FundingRate)
funding_info = reads_rows(FundingInfo)
open_interest = reads(OpenInterest)
agg_trades = reads(list[AggTradeRow])
trades = reads(list[TradeRow])
