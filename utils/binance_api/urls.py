"""Hosts and endpoints of the exchange as data: one row per endpoint."""

from dataclasses import dataclass
from typing import Literal

from utils.binance_api.weights import FUTURES_DEPTH, FUTURES_KLINES, SPOT_DEPTH, BySymbols, Flat, Pool, Weight

Market = Literal["spot", "futures"]


@dataclass(frozen=True, slots=True)
class BinanceUrls:
    """Base addresses without a trailing slash; the default spot host serves public market data only."""

    spot: str = "https://data-api.binance.vision"
    futures: str = "https://fapi.binance.com"

    def base(self, market: Market) -> str:
        """Return the base address of a market."""
        return (self.spot if market == "spot" else self.futures).rstrip("/")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path: what it costs, in which pool, and how many rows it gives at most.

    ``reports_weight`` is false where the used-weight header is missing or known to be wrong.
    """

    market: Market
    name: str
    path: str
    weight: Weight
    pool: Pool
    max_limit: int = 0
    reports_weight: bool = True

    @property
    def source(self) -> str:
        """The name this endpoint has in answers and errors, e.g. ``binance.spot.klines``."""
        return f"binance.{self.market}.{self.name}"


def _spot(name: str, path: str, weight: Weight, max_limit: int = 0) -> Endpoint:
    return Endpoint("spot", name, f"/api/v3/{path}", weight, "spot", max_limit)


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

FUTURES_DEPTH_LIMITS = (5, 10, 20, 50, 100, 500, 1000)
"""The only values ``depth`` of USD-M futures takes as ``limit`` (others answer -4021)."""
