"""The price of an answer: the ticker's now, and of a past moment the finest close by then, on every interval."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from analysis.framework.question import NO_CHANGES, Instrument, Listing, PriceChanges, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.quotes import UNKNOWN_PRICE, SpokenPrice, fetch_price
from utils.binance_api.answers import Answer
from utils.binance_api.intervals import DAY, HOUR
from utils.http.errors import Rejected, Retryable

MINUTE = 60_000
AS_OF = 1_700_000_000_000 // MINUTE * MINUTE
LISTING = Listing(Instrument("spot", "BTCUSDT"), Reason("no_perpetual", {"symbol": "BTCUSDT"}))


class Market:
    """Bars of some intervals, the others refused; hours with their closes; and a ticker that answers or not."""

    def __init__(
        self,
        closes: dict[str, tuple[float, int]],
        *,
        hours: dict[int, float] | None = None,
        ticker: bool = True,
    ) -> None:
        self.closes, self.hours, self.ticker = closes, hours, ticker
        self.asked: list[tuple[str, int, int]] = []

    async def klines(self, symbol: str, interval: str, *, rows: int, as_of: int) -> Any:
        assert symbol == "BTCUSDT"
        if rows > 1:
            assert (interval, rows) == ("1h", 170)
            if self.hours is None:
                raise Rejected("made.up", "not recorded")
            times = np.array(sorted(self.hours), dtype=np.int64)
            return SimpleNamespace(close=np.array([self.hours[time] for time in times]), close_time=times - 1)
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


async def changes_at(hours: dict[int, float], moment: int = AS_OF) -> PriceChanges:
    return (await price_of(Market({"1m": (100.0, moment)}, hours=hours), moment)).changes


async def test_changes_are_since_the_closes_a_day_and_a_week_before() -> None:
    hours = {AS_OF - 7 * DAY: 50.0, AS_OF - DAY - HOUR: 1.0, AS_OF - DAY: 80.0, AS_OF - DAY + HOUR: 2.0}
    assert await changes_at(hours) == PriceChanges(0.25, 1.0)
    for later in (1, HOUR - 1):  # the hour under way has not closed
        assert await changes_at(hours, AS_OF + later) == PriceChanges(0.25, 1.0)


async def test_a_close_that_is_more_than_an_hour_older_gives_no_change() -> None:
    assert await changes_at({AS_OF - DAY - HOUR: 80.0}) == PriceChanges(0.25, None)
    assert await changes_at({AS_OF - DAY - HOUR - 1: 80.0}) == NO_CHANGES
    assert await changes_at({}) == NO_CHANGES


async def test_now_the_changes_lead_up_to_the_ticker() -> None:
    market = Market({}, hours={AS_OF - 7 - DAY: 40.0})
    assert (await price_of(market, None)).changes.day == 42.0 / 40.0 - 1


async def test_an_unknown_price_has_no_changes() -> None:
    market = Market({}, hours={AS_OF - DAY: 40.0}, ticker=False)
    assert (await price_of(market, None)).changes == NO_CHANGES
