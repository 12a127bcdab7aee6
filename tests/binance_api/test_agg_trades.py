"""Aggregate trades back to a moment, page by page."""

from typing import Any

import pytest

from tests.binance_api.exchange import Exchange, SkippingClock
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.trades.agg_trades import FUTURES_KEPT_MS

EVERY_MS = 100


class Trading:
    """One aggregate trade every 100 ms, numbered from the beginning; answers as the exchange pages."""

    def __init__(self, exchange: Exchange, clock: SkippingClock, count: int = 5000) -> None:
        self.begun = clock.now_ms() - count * EVERY_MS
        self.count = count
        exchange.before_reply = lambda: exchange.bodies.update({"Trades": self.rows(exchange.calls[-1][1])})

    def rows(self, query: dict[str, str]) -> list[dict[str, Any]]:
        limit = int(query["limit"])
        assert 1 <= limit <= 1000
        first = int(query["fromId"]) if "fromId" in query else max(0, self.count - limit)
        return [self.row(i) for i in range(first, min(self.count, first + limit))]

    def row(self, i: int) -> dict[str, Any]:
        return {
            "a": i,
            "p": str(100 + i % 7),
            "q": "2",
            "nq": "1.5",
            "f": 2 * i,
            "l": 2 * i + 1,
            "T": self.begun + i * EVERY_MS,
            "m": i % 2 == 0,
        }


@pytest.fixture
def trading(exchange: Exchange, clock: SkippingClock) -> Trading:
    return Trading(exchange, clock)


async def test_back_to_a_moment(
    aggregator: BinanceAggregator, exchange: Exchange, trading: Trading, clock: SkippingClock
) -> None:
    since = trading.begun + 2500 * EVERY_MS
    answer = await aggregator.futures.agg_trades("BTCUSDT", since=since)
    trades = answer.value
    assert trades.complete
    assert trades.trade_id.tolist() == list(range(2500, 5000))
    assert trades.time[0] == since
    assert set(trades.side[::2].tolist()) == {-1}
    assert (trades.visible == 1.5).all()
    assert len(exchange.calls) == 3
    assert aggregator.weight_used()["futures"][0] == 60
    assert answer.as_of == clock.now_ms()


async def test_not_more_than_asked_for_and_it_says_so(
    aggregator: BinanceAggregator, exchange: Exchange, trading: Trading
) -> None:
    trades = (await aggregator.spot.agg_trades("BTCUSDT", since=trading.begun, max_rows=1200)).value
    assert trades.trade_id.tolist() == list(range(3800, 5000))
    assert not trades.complete
    assert exchange.limits == [1000, 200]


async def test_the_first_trade_ever_ends_the_search(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    Trading(exchange, clock, count=1500)
    trades = (await aggregator.spot.agg_trades("NEWUSDT", since=0)).value
    assert len(trades) == 1500
    assert trades.complete
    assert exchange.limits == [1000, 500]


async def test_futures_keep_a_day(
    aggregator: BinanceAggregator, exchange: Exchange, trading: Trading, clock: SkippingClock
) -> None:
    early = clock.now_ms() - 2 * FUTURES_KEPT_MS
    assert not (await aggregator.futures.agg_trades("BTCUSDT", since=early)).value.complete
    assert (await aggregator.spot.agg_trades("BTCUSDT", since=early)).value.complete


async def test_no_trades_are_no_error(aggregator: BinanceAggregator, exchange: Exchange) -> None:
    exchange.bodies = {"/aggTrades": []}
    trades = (await aggregator.spot.agg_trades("NEWUSDT", since=0)).value
    assert (len(trades), trades.complete) == (0, True)


async def test_single_trades(aggregator: BinanceAggregator, exchange: Exchange) -> None:
    row = {"id": 28457, "price": "4.00000100", "qty": "12.0", "quoteQty": "48.00", "time": 1499865549590}
    exchange.bodies = {
        "/trades": [{**row, "isBuyerMaker": True}, {**row, "id": 28456, "isBuyerMaker": False}]
    }
    trades = (await aggregator.spot.trades("LTCBTC", limit=5000)).value
    assert trades.trade_id.tolist() == [28456, 28457]
    assert trades.side.tolist() == [1, -1]
    assert exchange.limits == [1000]
