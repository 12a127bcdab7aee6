"""Typed payloads of the exchange's streams, named for people and mapped to the wire's one-letter fields.

Times are UTC milliseconds; prices are in quote units, quantities in base units (contracts for options), both read
from the wire's decimal strings. Unknown fields are ignored and unknown enum values kept as text, so that what the
exchange adds tomorrow does not stop the reader.
"""

import math
from typing import Any

import msgspec
from msgspec import field

from utils.binance_api.touch import Touch
from utils.binance_api.wire import Amount, Signed, WireLevel

COIN_MARGINED = 2
"""``st`` of a COIN-M contract, whose quantities are contracts and not coins (1: USD-M; absent on spot)."""
MARKET_TRADE = "MARKET"
"""``X`` of a trade between two orders; others (``INSURANCE_FUND``, ``ADL``) belong in no candle and no CVD."""


class StreamEvent(msgspec.Struct, gc=False, kw_only=True):
    """What all payloads share: ``product`` is ``st``, 0 where the exchange sends none."""

    product: int = field(default=0, name="st")


class DepthUpdate(StreamEvent, gc=False, kw_only=True):
    """Absolute quantities of changed levels; ``previous_id`` (``pu``) exists on futures and options only."""

    symbol: str = field(name="s")
    event_ms: int = field(name="E")
    first_id: int = field(name="U")
    final_id: int = field(name="u")
    previous_id: int | None = field(default=None, name="pu")
    bids: list[WireLevel] = field(name="b")
    asks: list[WireLevel] = field(name="a")


class SpotPartialDepth(StreamEvent, gc=False, kw_only=True):
    """The best 5, 10 or 20 spot levels, best first; the symbol is only in the stream's name."""

    last_update_id: int = field(name="lastUpdateId")
    bids: list[WireLevel]
    asks: list[WireLevel]


class PartialDepth(StreamEvent, gc=False, kw_only=True):
    """The best 5, 10 or 20 levels of futures or options; looks like a ``DepthUpdate`` but is no difference."""

    symbol: str = field(name="s")
    event_ms: int = field(name="E")
    last_update_id: int = field(name="u")
    bids: list[WireLevel] = field(name="b")
    asks: list[WireLevel] = field(name="a")


class DepthSnapshot(StreamEvent, gc=False, kw_only=True):
    """The REST order book, as recordings contain it between stream messages."""

    last_update_id: int = field(name="lastUpdateId")
    bids: list[WireLevel]
    asks: list[WireLevel]


class BookTickerUpdate(StreamEvent, gc=False, kw_only=True):
    """The best quotes; spot sends no times with them (``None``)."""

    symbol: str = field(name="s")
    update_id: int = field(name="u")
    bid: Amount = field(name="b")
    bid_quantity: Amount = field(name="B")
    ask: Amount = field(name="a")
    ask_quantity: Amount = field(name="A")
    event_ms: int | None = field(default=None, name="E")
    transaction_ms: int | None = field(default=None, name="T")

    @property
    def touch(self) -> Touch:
        """The quotes alone, as order flow takes them."""
        return Touch(self.bid, self.bid_quantity, self.ask, self.ask_quantity)


class Trade(StreamEvent, gc=False, kw_only=True):
    """One fill; ``buyer_is_maker`` means that the aggressor sold."""

    symbol: str = field(name="s")
    event_ms: int = field(name="E")
    trade_id: int = field(name="t")
    price: Amount = field(name="p")
    quantity: Amount = field(name="q")
    trade_ms: int = field(name="T")
    buyer_is_maker: bool = field(name="m")
    order_type: str = field(default=MARKET_TRADE, name="X")

    @property
    def is_market(self) -> bool:
        """Whether it may enter candles, volumes and CVD."""
        return self.order_type == MARKET_TRADE


class AggTrade(StreamEvent, gc=False, kw_only=True):
    """Fills of one taker order at one price; ``visible_quantity`` (``nq``, futures of 2026) leaves out RPI orders."""

    symbol: str = field(name="s")
    event_ms: int = field(name="E")
    trade_id: int = field(name="a")
    price: Amount = field(name="p")
    quantity: Amount = field(name="q")
    visible_quantity: Amount | None = field(default=None, name="nq")
    first_trade_id: int = field(name="f")
    last_trade_id: int = field(name="l")
    trade_ms: int = field(name="T")
    buyer_is_maker: bool = field(name="m")


class Kline(msgspec.Struct, gc=False, kw_only=True):
    """One candle; ``closed`` is false while it still changes. Taker volumes are those of buying aggressors."""

    open_ms: int = field(name="t")
    close_ms: int = field(name="T")
    interval: str = field(name="i")
    open: Amount = field(name="o")
    high: Amount = field(name="h")
    low: Amount = field(name="l")
    close: Amount = field(name="c")
    volume: Amount = field(name="v")
    trades: int = field(name="n")
    closed: bool = field(name="x")
    quote_volume: Amount = field(name="q")
    taker_base: Amount = field(name="V")
    taker_quote: Amount = field(name="Q")


class KlineUpdate(StreamEvent, gc=False, kw_only=True):
    """The newest state of a candle; continuous contracts name a ``pair`` and ``contract`` instead of a symbol."""

    symbol: str = field(default="", name="s")
    pair: str = field(default="", name="ps")
    contract: str = field(default="", name="ct")
    event_ms: int = field(name="E")
    kline: Kline = field(name="k")


class MarkPrice(StreamEvent, gc=False, kw_only=True):
    """Mark, index and expected settlement price; ``next_funding_ms`` is ``T``, not a trade time.

    ``funding_rate`` is read from ``funding_text``, ``None`` where there is none.
    """

    symbol: str = field(name="s")
    event_ms: int = field(name="E")
    mark: Amount = field(name="p")
    mark_average: Amount | None = field(default=None, name="ap")
    index: Amount = field(name="i")
    settlement: Amount = field(name="P")
    funding_text: str = field(default="", name="r")
    next_funding_ms: int = field(default=0, name="T")

    funding_rate: float | None = None

    def __post_init__(self) -> None:
        """Read the running rate of the coming settlement (fraction); delivery contracts send "" and have none."""
        if not self.funding_text:
            return
        self.funding_rate = float(self.funding_text)
        if not math.isfinite(self.funding_rate):
            raise ValueError(f"funding rate must be finite, was {self.funding_text}")


class ForcedOrder(msgspec.Struct, gc=False, kw_only=True):
    """The order of a liquidation: SELL closes a long, BUY a short."""

    symbol: str = field(name="s")
    side: str = field(name="S")
    quantity: Amount = field(name="q")
    bankruptcy_price: Amount = field(name="p")
    average_price: Amount = field(name="ap")
    status: str = field(name="X")
    filled_quantity: Amount = field(name="z")
    trade_ms: int = field(name="T")
    product: int = field(default=0, name="st")

    @property
    def value(self) -> float:
        """Quote units liquidated: filled quantity times average fill, not the bankruptcy price."""
        return self.filled_quantity * self.average_price


class ForceOrder(StreamEvent, gc=False, kw_only=True):
    """At most one liquidation per symbol and second: sums of these are a lower bound."""

    event_ms: int = field(name="E")
    order: ForcedOrder = field(name="o")

    def __post_init__(self) -> None:
        """Take ``st`` from where it is: inside ``o`` on the wire, beside it in the documentation."""
        if self.order.product:
            self.product = self.order.product


class MiniTicker(StreamEvent, gc=False, kw_only=True):
    """The rolling 24 hours in short."""

    symbol: str = field(name="s")
    event_ms: int = field(name="E")
    close: Amount = field(name="c")
    open: Amount = field(name="o")
    high: Amount = field(name="h")
    low: Amount = field(name="l")
    volume: Amount = field(name="v")
    quote_volume: Amount = field(name="q")


class Ticker(MiniTicker, gc=False, kw_only=True):
    """The rolling 24 hours; ``change_percent`` in percent."""

    change: Signed = field(name="p")
    change_percent: Signed = field(name="P")
    weighted_average: Amount = field(name="w")
    last_quantity: Amount = field(name="Q")
    open_ms: int = field(name="O")
    close_ms: int = field(name="C")
    trades: int = field(name="n")


class AvgPriceUpdate(StreamEvent, gc=False, kw_only=True):
    """Mean price over ``interval`` (``5m``); ``trade_ms`` is the time of the last trade in it."""

    symbol: str = field(name="s")
    event_ms: int = field(name="E")
    interval: str = field(name="i")
    price: Amount = field(name="w")
    trade_ms: int = field(name="T")


class OptionMarkUpdate(StreamEvent, gc=False, kw_only=True):
    """Mark price, volatilities (decimals: 0.94 is 94 %) and greeks of one option.

    Delta per contract, gamma per 1 USD, theta per calendar day, vega per volatility point.
    """

    symbol: str = field(name="s")
    event_ms: int = field(name="E")
    mark: Amount = field(name="mp")
    index: Amount = field(name="i")
    bid: Amount = field(name="bo")
    ask: Amount = field(name="ao")
    bid_quantity: Amount = field(name="bq")
    ask_quantity: Amount = field(name="aq")
    bid_iv_raw: Signed = field(name="b")
    ask_iv_raw: Signed = field(name="a")
    mark_iv: Amount = field(name="vo")
    price_limit_high: Amount = field(name="hl")
    price_limit_low: Amount = field(name="ll")
    risk_free_rate: Signed = field(name="rf")
    delta: Signed = field(name="d")
    theta: Signed = field(name="t")
    gamma: Signed = field(name="g")
    vega: Signed = field(name="v")

    @property
    def bid_iv(self) -> float | None:
        """Volatility of the bid; the wire's -1 or 0 mean that there is none."""
        return self.bid_iv_raw if self.bid_iv_raw > 0.0 else None

    @property
    def ask_iv(self) -> float | None:
        """Volatility of the ask; the wire's -1 or 0 mean that there is none."""
        return self.ask_iv_raw if self.ask_iv_raw > 0.0 else None


class OptionOpenInterestUpdate(StreamEvent, gc=False, kw_only=True):
    """Open interest of one option, in contracts and in USDT."""

    symbol: str = field(name="s")
    event_ms: int = field(name="E")
    contracts: Amount = field(name="o")
    value: Amount = field(name="h")


class IndexPrice(StreamEvent, gc=False, kw_only=True):
    """The index an option settles on."""

    symbol: str = field(name="s")
    event_ms: int = field(name="E")
    price: Amount = field(name="p")


class ServerShutdown(StreamEvent, gc=False, kw_only=True):
    """The server is about to close the connection: open another at once."""

    event_ms: int = field(name="E")


class ControlReply(msgspec.Struct, gc=False, kw_only=True):
    """The answer to SUBSCRIBE and the like; ``error`` is set when it was refused. It promises no data."""

    id: int | str | None
    result: Any = None
    error: Any = None
    code: int | None = None
    msg: str | None = None

    @property
    def refused(self) -> bool:
        """Whether the exchange said no."""
        return self.error is not None or self.code is not None
