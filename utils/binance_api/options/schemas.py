"""What the options market sends; implied volatilities are fractions (1.45 = 145 %)."""

import msgspec

from utils.binance_api.schemas import RateLimit
from utils.binance_api.wire import Amount, Signed, WireStruct, reads, reads_lists, reads_rows


class OptionContract(WireStruct, frozen=True):
    """An underlying: ``underlying`` (BTCUSDT) and its ``base_asset`` (BTC)."""

    base_asset: str
    underlying: str


class OptionSymbol(WireStruct, frozen=True):
    """One listed option; ``unit`` is the base quantity of one contract, ``expiry_date`` in ms."""

    symbol: str
    side: str
    strike_price: Amount
    expiry_date: int
    underlying: str
    unit: Amount
    status: str = "TRADING"
    underlying_type: str = "CRYPTO"


class OptionsInfo(WireStruct, frozen=True):
    """``exchangeInfo``."""

    option_contracts: tuple[OptionContract, ...]
    option_symbols: tuple[OptionSymbol, ...]
    rate_limits: tuple[RateLimit, ...] = ()


class OptionMark(WireStruct, frozen=True):
    """Mark price, volatilities and greeks of one option; a bid or ask volatility of 0 or below means no quote."""

    symbol: str
    mark_price: Amount
    mark_iv: Signed = msgspec.field(name="markIV")
    bid_iv: Signed = msgspec.field(name="bidIV")
    ask_iv: Signed = msgspec.field(name="askIV")
    delta: Signed
    gamma: Signed
    theta: Signed
    vega: Signed


class OptionOpenInterest(WireStruct, frozen=True):
    """Open contracts of one option."""

    symbol: str
    sum_open_interest: Amount
    sum_open_interest_usd: Amount
    timestamp: int


class OptionIndex(WireStruct, frozen=True):
    """The index price of an underlying."""

    time: int
    index_price: Amount


class OptionTicker(WireStruct, frozen=True):
    """Rolling 24 hours of one option; ``volume`` in contracts, ``amount`` in quote; prices of 0 mean no quote."""

    symbol: str
    last_price: Amount
    volume: Amount
    amount: Amount
    bid_price: Amount
    ask_price: Amount
    trade_count: int = 0


info = reads_lists(
    OptionsInfo, optionContracts=OptionContract, optionSymbols=OptionSymbol, rateLimits=RateLimit
)
marks = reads_rows(OptionMark)
open_interest = reads_rows(OptionOpenInterest)
index = reads(OptionIndex)
tickers = reads_rows(OptionTicker)
