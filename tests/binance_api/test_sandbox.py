"""The client against the sandbox exchange on loopback: every public read, its faults and its limits."""

import random
from collections.abc import AsyncIterator

import aiohttp
import numpy as np
import pytest

from tests.support.limits import PATIENCE_S
from utils.binance_api.bars import ImpossibleBars
from utils.binance_api.binance_a import BinanceAggregator, Tuning
from utils.binance_api.symbol_words import parse
from utils.binance_api.symbols import SymbolProblem
from utils.binance_api.urls import BinanceUrls
from utils.clock import SystemClock
from utils.http.errors import Rejected, SourceError, Unavailable
from utils.http.retry import RetryPolicy
from utils.sandbox.exchange import ExchangeSandbox

QUICK = Tuning(timeout_s=PATIENCE_S, retry=RetryPolicy(attempts=3, base_s=0.01, cap_s=0.02))


@pytest.fixture
async def sandbox() -> AsyncIterator[ExchangeSandbox]:
    made = ExchangeSandbox(bind="127.0.0.1:0", seed=5)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def client(sandbox: ExchangeSandbox) -> AsyncIterator[BinanceAggregator]:
    urls = BinanceUrls(spot=sandbox.spot_url, futures=sandbox.futures_url)
    async with aiohttp.ClientSession() as session:
        made = BinanceAggregator(
            urls, session=session, clock=SystemClock(), rng=random.Random(1), tuning=QUICK
        )
        await made.open()
        yield made
        await made.close()


async def fault(
    sandbox: ExchangeSandbox, fault: dict[str, object], *, count: int, path: str = "/api/v3/klines"
) -> None:
    async with aiohttp.ClientSession() as session:
        body = {"match": {"path": path}, "fault": fault, "count": count}
        async with session.post(f"{sandbox.spot_url}/_sandbox/faults", json=body) as response:
            assert response.status < 300, await response.text()


async def test_every_public_read(client: BinanceAggregator) -> None:
    spot, futures = client.spot, client.futures
    btc = parse(await spot.symbols(), "btc").listed.symbol
    shib = parse(await futures.symbols(), "shib").listed.symbol
    assert (btc, shib) == ("BTCUSDT", "1000SHIBUSDT")
    now = client.market_time_ms()
    for market in (spot, futures):
        bars = await market.klines(btc, "1h", rows=300)
        assert len(bars.closed()) == 300
        assert not bars.is_final[-1]
        assert np.all(bars.low <= bars.high)
        assert bars.gaps().size == 0
        best = (await market.book_ticker(btc)).value
        assert 0 < best.bid_price < best.ask_price
        depth = (await market.depth(btc, 20)).value
        assert len(depth.bids) >= 20
        assert np.all(np.diff(depth.bids[:, 0]) < 0)
        assert (await market.ticker_24h(btc)).value.last_price > 0
        assert abs((await market.ticker_price(btc)).as_of - now) < 60_000
        assert btc in (await market.ticker_prices()).value
        assert btc in (await market.book_tickers()).value
        assert btc in (await market.tickers_24h()).value
    assert (await spot.avg_price(btc)).value.price > 0
    assert client.failing == ()


async def test_the_futures_series_and_funding(client: BinanceAggregator) -> None:
    futures = client.futures
    mark = await futures.mark_klines("BTCUSDT", "15m", rows=50)
    index = await futures.index_klines("BTCUSDT", "15m", rows=50)
    premium = await futures.premium_klines("BTCUSDT", "15m", rows=50)
    continuous = await futures.continuous_klines("BTCUSDT", "15m", rows=50)
    assert {len(bars.closed()) for bars in (mark, index, premium, continuous)} == {50}
    assert np.all(np.abs(premium.close) < 0.1)
    now = await futures.premium_index("BTCUSDT")
    assert abs(now.value.mark_price / now.value.index_price - 1) < 0.1
    assert now.value.next_funding_time > now.as_of
    rates = (await futures.funding_rates("BTCUSDT", limit=10)).value
    assert len(rates) == 10
    assert rates[0].funding_time < rates[-1].funding_time
    assert (await futures.funding_interval_hours("BTCUSDT")).value in (1, 2, 4, 8)


async def test_long_history_is_paged_and_the_past_costs_nothing_twice(client: BinanceAggregator) -> None:
    bars = await client.futures.klines("ETHUSDT", "1h", rows=1300)
    assert len(bars.closed()) == 1300
    assert bars.gaps().size == 0
    sent = client.requests["binance.futures.klines", "ok"]
    past = await client.futures.klines("ETHUSDT", "1h", rows=200, as_of=int(bars.open_time[700]))
    assert client.requests["binance.futures.klines", "ok"] == sent
    np.testing.assert_array_equal(past.close, bars.close[500:700])


async def test_the_weight_we_count_is_the_weight_the_exchange_counts(
    client: BinanceAggregator, sandbox: ExchangeSandbox
) -> None:
    await client.futures.klines("BTCUSDT", "1h", rows=700)
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{sandbox.futures_url}/fapi/v1/time") as response,
    ):
        told = int(response.headers["X-MBX-USED-WEIGHT-1M"])
    used, limit = client.weight_used()["futures"]
    assert limit == 2400
    assert told - 1 <= used <= told + 1  # a minute may begin between the two


@pytest.mark.parametrize(
    "trouble",
    [
        {"status": {"code": 503}},
        {"truncate": {"bytes": 40}},
        {"not_json": {}},
        {"close": {}},
        {"unknown_field": {}},
    ],
    ids=lambda trouble: next(iter(trouble)),
)
async def test_a_passing_fault_is_survived(
    client: BinanceAggregator, sandbox: ExchangeSandbox, trouble: dict[str, object]
) -> None:
    await fault(sandbox, trouble, count=1)
    assert len((await client.spot.klines("BTCUSDT", "1h", rows=5)).closed()) == 5


async def test_an_unknown_symbol_is_rejected(client: BinanceAggregator) -> None:
    with pytest.raises(Rejected) as refused:
        await client.spot.klines("NOPEUSDT", "1h", rows=5)
    assert (refused.value.code, refused.value.parameter) == (-1121, "symbol")


async def test_a_lasting_fault_reaches_the_caller_typed(
    client: BinanceAggregator, sandbox: ExchangeSandbox
) -> None:
    await fault(sandbox, {"status": {"code": 451}}, count=1)
    with pytest.raises(Unavailable, match="place"):
        await client.spot.klines("BTCUSDT", "1h", rows=5)
    await fault(sandbox, {"status": {"code": 500}}, count=50)
    with pytest.raises(SourceError):
        await client.spot.klines("BTCUSDT", "1h", rows=5)
    assert "binance.spot.klines" in client.failing


async def test_one_odd_field_in_one_row_costs_that_row_only(
    sandbox: ExchangeSandbox, client: BinanceAggregator
) -> None:
    odd: dict[str, object] = {"odd_field": {"symbol": "ETHUSDT", "field": "status", "value": None}}
    await fault(sandbox, odd, count=1, path="/api/v3/exchangeInfo")
    table = await client.spot.symbols()
    assert len(table) == 11
    assert table.unreadable == {"ETHUSDT"}
    assert parse(table, "btc").listed.symbol == "BTCUSDT"
    with pytest.raises(SymbolProblem, match="symbol 'eth' is unreadable"):
        parse(table, "eth")
    blank: dict[str, object] = {"odd_field": {"symbol": "ETHUSDT", "field": "price", "value": ""}}
    await fault(sandbox, blank, count=1, path="/api/v3/ticker/price")
    assert "ETHUSDT" not in (prices := (await client.spot.ticker_prices()).value)
    assert len(prices) == 11


@pytest.mark.parametrize("odd", ["high_low_swapped", "zero_price"])
async def test_impossible_bars_are_used_once_they_are_mended(
    sandbox: ExchangeSandbox, client: BinanceAggregator, odd: str
) -> None:
    await fault(sandbox, {odd: {}}, count=1)
    with pytest.raises(ImpossibleBars):
        await client.spot.klines("BTCUSDT", "1h", rows=50)
    assert len((await client.spot.klines("BTCUSDT", "1h", rows=50)).closed()) == 50


@pytest.mark.parametrize("odd", [{"huge": {"mb": 40}}, {"redirect": {}}])
async def test_answers_without_bounds_end_in_an_error(
    sandbox: ExchangeSandbox, client: BinanceAggregator, odd: dict[str, object]
) -> None:
    await fault(sandbox, odd, count=10)
    with pytest.raises(SourceError):
        await client.spot.klines("BTCUSDT", "1h", rows=50)
