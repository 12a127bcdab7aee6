"""The price of an answer: the ticker's now, and of a past moment the finest close by then, on every interval."""

from types import SimpleNamespace
from typing import Any, cast

from analysis.framework.question import Instrument, Listing, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.quotes import UNKNOWN_PRICE, SpokenPrice, fetch_price
from utils.binance_api.answers import Answer
from utils.http.errors import Rejected, Retryable

MINUTE = 60_000
AS_OF = 1_700_000_000_000 // MINUTE * MINUTE
LISTING = Listing(Instrument("spot", "BTCUSDT"), Reason("no_perpetual", {"symbol": "BTCUSDT"}))


class Market:
    """Bars of some intervals, the others refused; and a ticker that answers or not."""

    def __init__(self, closes: dict[str, tuple[float, int]], *, ticker: bool = True) -> None:
        self.closes, self.ticker = closes, ticker
        self.asked: list[tuple[str, int, int]] = []

    async def klines(self, symbol: str, interval: str, *, rows: int, as_of: int) -> Any:
        assert symbol == "BTCUSDT"
        self.asked.append((interval, rows, as_of))
        if interval not in self.closes:
            raise Rejected("made.up", "not recorded")
        close, time = self.closes[interval]
        bars = SimpleNamespace(close=[close], close_time=[time - 1])
        return type("Rows", (), {"__len__": lambda _: int(time > 0), **vars(bars)})()

    async def ticker_price(self, symbol: str) -> Any:
        if not self.ticker:
            raise Retryable("made.up", "not now")
        return Answer(SimpleNamespace(price=42.0), AS_OF - 7, "made.up", AS_OF)

    avg_price = ticker_price

    async def ticker_24h(self, symbol: str) -> Any:
        return Answer(SimpleNamespace(price_change_percent=1.0), AS_OF, "made.up", AS_OF)


async def price_of(market: Market, as_of: int | None, interval: str = "4h") -> SpokenPrice:
    exchange = cast(Any, SimpleNamespace(spot=market, market_time_ms=lambda: AS_OF))
    sources = Sources(exchange, cast(Any, None))
    return await fetch_price(sources, Request("BTCUSDT", interval, as_of), LISTING)


async def test_now_it_is_the_tickers() -> None:
    market = Market({})
    assert await price_of(market, None) == SpokenPrice(42.0, AS_OF - 7)
    assert market.asked == []


async def test_a_ticker_that_fails_leaves_it_unknown() -> None:
    assert await price_of(Market({}, ticker=False), None) == UNKNOWN_PRICE


async def test_of_a_past_moment_it_is_the_last_minutes_close_on_every_interval() -> None:
    for interval in ("5m", "1d"):
        market = Market({"1m": (50.0, AS_OF), "1h": (51.0, AS_OF)})
        assert await price_of(market, AS_OF, interval) == SpokenPrice(50.0, AS_OF)
        assert market.asked == [("1m", 1, AS_OF)]


async def test_where_minutes_are_not_kept_the_next_finest_bars_give_it() -> None:
    market = Market({"1m": (0.0, 0), "15m": (49.0, AS_OF - 5 * MINUTE)})
    assert await price_of(market, AS_OF) == SpokenPrice(49.0, AS_OF - 5 * MINUTE)
    assert [interval for interval, _, _ in market.asked] == ["1m", "5m", "15m"]


async def test_minutes_that_ended_long_before_give_way_to_newer_bars() -> None:
    market = Market(
        {"1m": (10.0, AS_OF - 900 * MINUTE), "5m": (11.0, AS_OF - 800 * MINUTE), "1h": (12.0, AS_OF)}
    )
    assert await price_of(market, AS_OF) == SpokenPrice(12.0, AS_OF)


async def test_of_a_symbol_that_has_ended_it_is_the_last_close_whatever_the_bars() -> None:
    ended = AS_OF - 900 * MINUTE
    market = Market({"1m": (10.0, ended), "5m": (11.0, ended), "1h": (12.0, ended - 60 * MINUTE)})
    assert await price_of(market, AS_OF) == SpokenPrice(10.0, ended)


async def test_without_bars_it_is_unknown() -> None:
    assert await price_of(Market({}), AS_OF) == UNKNOWN_PRICE
