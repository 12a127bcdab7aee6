"""Hosts and endpoints of the exchange as data: one row per endpoint."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from utils.binance_api.weights import FUTURES_DEPTH, FUTURES_KLINES, SPOT_DEPTH, BySymbols, Flat, Pool, Weight

Market = Literal["spot", "futures"]
Product = Literal["spot", "futures", "options"]
"""A product has its own host, and bans apply per host."""
Method = Literal["GET", "POST", "PUT", "DELETE"]
Access = Literal["public", "key", "signed"]
"""Authentication of a request: none, the key in a header, or the key and a signature."""

DATA_ONLY_HOSTS = frozenset({"data-api.binance.vision"})
"""Hosts that serve public spot market data and nothing else (Binance, "Market data only")."""


@dataclass(frozen=True, slots=True)
class BinanceUrls:
    """Base addresses; ``https://data-api.binance.vision`` also serves spot, but public market data only."""

    spot: str = "https://api.binance.com"
    futures: str = "https://fapi.binance.com"
    options: str = "https://eapi.binance.com"

    def base(self, product: Product) -> str:
        """Return the base address of a product, without a trailing slash."""
        return {"spot": self.spot, "futures": self.futures, "options": self.options}[product].rstrip("/")

    def public_only(self, product: Product) -> bool:
        """Return whether the host of a product serves public data only."""
        return urlsplit(self.base(product)).hostname in DATA_ONLY_HOSTS


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint: its path, weight, pool and largest number of rows.

    ``reports_weight`` is false where the used-weight header is missing or known to be wrong. Only the listen key of
    the futures user stream uses another ``method`` than GET: no endpoint here can place or change an order.
    """

    market: Product
    name: str
    path: str
    weight: Weight
    pool: Pool
    max_limit: int = 0
    reports_weight: bool = True
    access: Access = "public"
    method: Method = "GET"
    source: str = field(init=False, compare=False)
    """The name of this endpoint in answers and errors, e.g. ``binance.spot.klines``."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", f"binance.{self.market}.{self.name}")


def _spot(name: str, path: str, weight: Weight, max_limit: int = 0) -> Endpoint:
    return Endpoint("spot", name, f"/api/v3/{path}", weight, "spot", max_limit)


def _signed(market: Product, name: str, path: str, weight: Weight, max_limit: int = 0) -> Endpoint:
    pool: Pool = "spot" if market == "spot" else "futures"
    return Endpoint(market, name, path, weight, pool, max_limit, access="signed")


def _statistic(name: str) -> Endpoint:
    path = f"/futures/data/{name}"
    return Endpoint("futures", name, path, Flat(1), "statistics", 500, reports_weight=False)


def _options(name: str, weight: Weight, max_limit: int = 0) -> Endpoint:
    return Endpoint("options", name, f"/eapi/v1/{name}", weight, "options", max_limit)


def _listen_key(method: Method) -> Endpoint:
    path = "/fapi/v1/listenKey"
    return Endpoint("futures", "listenKey", path, Flat(1), "futures", access="key", method=method)


def _futures(name: str, weight: Weight, max_limit: int = 0, *, reports_weight: bool = True) -> Endpoint:
    return Endpoint("futures", name, f"/fapi/v1/{name}", weight, "futures", max_limit, reports_weight)


SPOT_TIME = _spot("time", "time", Flat(1))
SPOT_EXCHANGE_INFO = _spot("exchangeInfo", "exchangeInfo", Flat(20))
SPOT_KLINES = _spot("klines", "klines", Flat(2), 1000)
SPOT_TICKER_24H = _spot("ticker24hr", "ticker/24hr", BySymbols(2, 80))
SPOT_TICKER_PRICE = _spot("tickerPrice", "ticker/price", BySymbols(2, 4))
SPOT_BOOK_TICKER = _spot("bookTicker", "ticker/bookTicker", BySymbols(2, 4))
SPOT_AVG_PRICE = _spot("avgPrice", "avgPrice", Flat(2))
SPOT_DEPTH_BOOK = _spot("depth", "depth", SPOT_DEPTH, 5000)
SPOT_AGG_TRADES = _spot("aggTrades", "aggTrades", Flat(4), 1000)
SPOT_TRADES = _spot("trades", "trades", Flat(25), 1000)
SPOT_ACCOUNT = _signed("spot", "account", "/api/v3/account", Flat(20))

FUTURES_TIME = _futures("time", Flat(1))
FUTURES_EXCHANGE_INFO = _futures("exchangeInfo", Flat(1))
FUTURES_TRADE_KLINES = _futures("klines", FUTURES_KLINES, 1500)
FUTURES_MARK_KLINES = _futures("markPriceKlines", FUTURES_KLINES, 1500)
FUTURES_INDEX_KLINES = _futures("indexPriceKlines", FUTURES_KLINES, 1500)
FUTURES_PREMIUM_KLINES = _futures("premiumIndexKlines", FUTURES_KLINES, 1500)
FUTURES_CONTINUOUS_KLINES = _futures("continuousKlines", FUTURES_KLINES, 1500)
FUTURES_DEPTH_BOOK = _futures("depth", FUTURES_DEPTH, 1000)
FUTURES_PREMIUM_INDEX = _futures("premiumIndex", BySymbols(1, 10))
FUTURES_TICKER_24H = Endpoint("futures", "ticker24hr", "/fapi/v1/ticker/24hr", BySymbols(1, 40), "futures")
FUTURES_TICKER_PRICE = Endpoint(  # v1 is deprecated
    "futures", "tickerPrice", "/fapi/v2/ticker/price", BySymbols(1, 2), "futures", reports_weight=False
)
FUTURES_BOOK_TICKER = Endpoint(
    "futures", "bookTicker", "/fapi/v1/ticker/bookTicker", BySymbols(2, 5), "futures", reports_weight=False
)
FUTURES_FUNDING_RATE = Endpoint(
    "futures", "fundingRate", "/fapi/v1/fundingRate", Flat(1), "funding", 1000, reports_weight=False
)
FUTURES_FUNDING_INFO = Endpoint(
    "futures", "fundingInfo", "/fapi/v1/fundingInfo", Flat(1), "funding", reports_weight=False
)
FUTURES_OPEN_INTEREST = _futures("openInterest", Flat(1))
FUTURES_AGG_TRADES = _futures("aggTrades", Flat(20), 1000)
FUTURES_TRADES = _futures("trades", Flat(5), 1000)

OPEN_INTEREST_HISTORY = _statistic("openInterestHist")
GLOBAL_ACCOUNT_RATIO = _statistic("globalLongShortAccountRatio")
TOP_ACCOUNT_RATIO = _statistic("topLongShortAccountRatio")
TOP_POSITION_RATIO = _statistic("topLongShortPositionRatio")
TAKER_RATIO = _statistic("takerlongshortRatio")  # this exact letter case
BASIS = _statistic("basis")

FUTURES_ACCOUNT = _signed("futures", "account", "/fapi/v3/account", Flat(5))
FUTURES_BALANCE = _signed("futures", "balance", "/fapi/v3/balance", Flat(5))
FUTURES_POSITIONS = _signed("futures", "positionRisk", "/fapi/v3/positionRisk", Flat(5))
FUTURES_ACCOUNT_CONFIG = _signed("futures", "accountConfig", "/fapi/v1/accountConfig", Flat(5))
FUTURES_SYMBOL_CONFIG = _signed("futures", "symbolConfig", "/fapi/v1/symbolConfig", Flat(5))
FUTURES_BRACKETS = _signed("futures", "leverageBracket", "/fapi/v1/leverageBracket", Flat(1))
FUTURES_OWN_LIQUIDATIONS = _signed("futures", "forceOrders", "/fapi/v1/forceOrders", BySymbols(20, 50), 100)
LISTEN_KEY_OPEN = _listen_key("POST")
LISTEN_KEY_RENEW = _listen_key("PUT")
LISTEN_KEY_CLOSE = _listen_key("DELETE")

OPTIONS_TIME = _options("time", Flat(1))
OPTIONS_EXCHANGE_INFO = _options("exchangeInfo", Flat(1))
OPTIONS_MARK = _options("mark", Flat(5))
OPTIONS_OPEN_INTEREST = _options("openInterest", Flat(0))
OPTIONS_INDEX = _options("index", Flat(1))
OPTIONS_TICKER = _options("ticker", BySymbols(1, 40))

FUTURES_DEPTH_LIMITS = (5, 10, 20, 50, 100, 500, 1000)
"""The only values ``depth`` of USD-M futures takes as ``limit`` (others answer -4021)."""
