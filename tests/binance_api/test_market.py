"""Tickers, books, funding and the symbol table through the facade."""

import pytest

from tests.binance_api.exchange import HOUR, Canned, Exchange, SkippingClock
from tests.binance_api.test_symbols import PERPETUAL, row
from utils.binance_api.binance_a import BinanceAggregator
from utils.http.errors import Rejected, SourceError

BOOK = {"lastUpdateId": 7, "bids": [["4.0", "431.0"], ["3.9", "1"]], "asks": [["4.2", "12.0"]]}
PREMIUM = {
    "symbol": "BTCUSDT",
    "markPrice": "11793.6",
    "indexPrice": "11781.8",
    "estimatedSettlePrice": "11781.1",
    "lastFundingRate": "0.00038246",
    "interestRate": "0.0001",
    "nextFundingTime": 1_597_392_000_000,
    "time": 1_597_370_495_002,
}
TICKER = {
    "symbol": "BTCUSDT",
    "priceChange": "-1",
    "priceChangePercent": "-0.5",
    "weightedAvgPrice": "10",
    "lastPrice": "9",
    "openPrice": "10",
    "highPrice": "11",
    "lowPrice": "8",
    "volume": "100",
    "quoteVolume": "1000",
    "openTime": 1,
    "closeTime": 99,
    "count": 5,
}


async def test_the_exchanges_stamp_wins_else_the_moment_of_asking(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    exchange.bodies = {"/avgPrice": {"mins": 5, "price": "9.3", "closeTime": 42}}
    assert (await aggregator.spot.avg_price("BTCUSDT")).as_of == 42
    exchange.bodies = {"/premiumIndex": PREMIUM}
    premium = await aggregator.futures.premium_index("BTCUSDT")
    assert (premium.as_of, premium.value.last_funding_rate) == (1_597_370_495_002, 0.00038246)
    exchange.bodies = {
        "/bookTicker": {"symbol": "A", "bidPrice": "1", "bidQty": "2", "askPrice": "3", "askQty": "4"}
    }
    best = await aggregator.spot.book_ticker("A")
    assert (best.as_of, best.value.ask_price) == (clock.now_ms(), 3.0)
    assert best.age_ms(clock.now_ms() + 5) == 5


async def test_24h_statistics_of_one_and_of_all(aggregator: BinanceAggregator, exchange: Exchange) -> None:
    exchange.bodies = {"/24hr": {**TICKER, "bidPrice": "8.9", "askPrice": "9.1"}}
    one = await aggregator.spot.ticker_24h("BTCUSDT")
    assert (one.as_of, one.value.bid_price, one.value.count) == (99, 8.9, 5)
    exchange.bodies = {"/24hr": [TICKER, {**TICKER, "symbol": "ETHUSDT"}]}
    every = await aggregator.spot.tickers_24h()
    assert set(every.value) == {"BTCUSDT", "ETHUSDT"}
    assert every.value["ETHUSDT"].bid_price is None


async def test_answers_over_all_futures_hold_our_perpetuals_only(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    shares = {**PERPETUAL, "contractType": "TRADIFI_PERPETUAL"}
    listed = [row("BTC", **PERPETUAL), row("TSLA", **shares)]
    every = ("BTCUSDT", "BTCUSDT_261225", "BTCUSD_PERP", "TSLAUSDT")
    dated = {"lastFundingRate": "", "interestRate": ""}
    premiums = [{**PREMIUM, "symbol": s, **(dated if "_2" in s else {})} for s in every]
    exchange.bodies = {
        "/exchangeInfo": {"symbols": listed},
        "/24hr": [{**TICKER, "symbol": s} for s in every],
        "/ticker/price": [{"symbol": s, "price": "2"} for s in every],
        "/premiumIndex": premiums,
    }
    futures = aggregator.futures
    assert set((await futures.tickers_24h()).value) == {"BTCUSDT"}
    assert set((await futures.ticker_prices()).value) == {"BTCUSDT"}
    assert set((await futures.premium_indexes()).value) == {"BTCUSDT"}
    assert set((await futures.ticker_prices(["TSLAUSDT"])).value) == {"TSLAUSDT"}
    assert set((await futures.tradfi_symbols()).rows) == {"TSLAUSDT"}


async def test_deliveries_of_quarterlies_are_read_each_hour_and_again_once_one_has_passed(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    def lists(*deliveries: int) -> None:
        quarter = PERPETUAL | {"contractType": "CURRENT_QUARTER"}
        rows = [
            row(base, **quarter, deliveryDate=at)
            for base, at in zip(("BTC", "ETH"), deliveries, strict=False)
        ]
        exchange.bodies = {"/exchangeInfo": {"symbols": [row("BTC", **PERPETUAL), *rows]}}

    async def asked() -> tuple[dict[str, int], int]:
        found = dict(await aggregator.futures.quarterly_deliveries())
        return found, sum("exchangeInfo" in str(call) for call in exchange.calls)

    soon, later = clock.now_ms() + 9 * HOUR // 2, clock.now_ms() + 90 * HOUR
    lists(soon, soon)
    assert await asked() == ({"BTCUSDT": soon, "ETHUSDT": soon}, 1)
    lists(soon)
    await clock.advance(HOUR - 1_000)
    await aggregator.futures.symbols()  # of the same reading
    assert await asked() == ({"BTCUSDT": soon, "ETHUSDT": soon}, 1)
    await clock.advance(1_000)
    assert await asked() == ({"BTCUSDT": soon}, 2)
    await clock.advance(3 * HOUR)
    assert await asked() == ({"BTCUSDT": soon}, 3)
    await clock.advance(HOUR // 2 - 1_000)
    assert await asked() == ({"BTCUSDT": soon}, 3)
    await clock.advance(1_000)  # delivered
    lists(later)
    assert await asked() == ({"BTCUSDT": later}, 4)


async def test_deliveries_that_cannot_be_read_again_stay_as_they_were(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    at = clock.now_ms() + 50 * HOUR
    broken = {"/exchangeInfo": {"symbols": "none"}}
    exchange.bodies = broken
    with pytest.raises(SourceError):
        await aggregator.futures.quarterly_deliveries()
    quarter = PERPETUAL | {"contractType": "CURRENT_QUARTER"}
    exchange.bodies = {"/exchangeInfo": {"symbols": [row("BTC", **quarter, deliveryDate=at)]}}
    assert await aggregator.futures.quarterly_deliveries() == {"BTCUSDT": at}
    exchange.bodies = broken
    await clock.advance(HOUR)
    before = len(exchange.calls)
    for _ in range(3):
        assert await aggregator.futures.quarterly_deliveries() == {"BTCUSDT": at}
    asked = len(exchange.calls)
    assert asked > before
    await clock.advance(59_000)
    await aggregator.futures.quarterly_deliveries()
    assert len(exchange.calls) == asked
    await clock.advance(1_000)
    await aggregator.futures.quarterly_deliveries()
    assert len(exchange.calls) > asked


async def test_several_prices_cost_one_request_and_skip_unknown_names(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    exchange.bodies = {"/ticker/price": [{"symbol": s, "price": "2"} for s in ("A", "B", "C")]}
    some = await aggregator.spot.ticker_prices(["B", "NOPE", "A"])
    assert list(some.value) == ["B", "A"]
    assert len((await aggregator.spot.ticker_prices()).value) == 3
    assert len(exchange.calls) == 1


@pytest.mark.parametrize(("asked", "sent"), [(1, 5), (5, 5), (6, 10), (100, 100), (101, 500), (9999, 1000)])
async def test_futures_depth_takes_only_the_allowed_limits(
    aggregator: BinanceAggregator, exchange: Exchange, asked: int, sent: int
) -> None:
    exchange.bodies = {"/depth": {**BOOK, "E": 77, "T": 76}}
    depth = await aggregator.futures.depth("BTCUSDT", asked)
    assert exchange.limits == [sent]
    assert (depth.as_of, depth.value.last_update_id) == (77, 7)


async def test_spot_depth_is_arrays_best_first(aggregator: BinanceAggregator, exchange: Exchange) -> None:
    exchange.bodies = {"/depth": {**BOOK, "asks": []}}
    depth = (await aggregator.spot.depth("BTCUSDT", 6000)).value
    assert exchange.limits == [5000]
    assert depth.bids.tolist() == [[4.0, 431.0], [3.9, 1.0]]
    assert depth.asks.shape == (0, 2)


async def test_funding_history_and_the_interval_of_a_symbol(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    settled = {
        "symbol": "BTCUSDT",
        "fundingTime": 5,
        "fundingRate": "-0.0001",
        "markPrice": "",
        "rateType": "Special",
    }
    exchange.bodies = {"/fundingRate": [{**settled, "markPrice": "3"}]}
    rates = await aggregator.futures.funding_rates("BTCUSDT", start=1, end=9, limit=4000)
    assert exchange.calls[-1][1] == {"symbol": "BTCUSDT", "limit": "1000", "startTime": "1", "endTime": "9"}
    assert (rates.value[0].funding_rate, rates.value[0].rate_type) == (-0.0001, "Special")
    exchange.bodies = {
        "/fundingInfo": [{"symbol": "LAYERUSDT", "fundingIntervalHours": 4, "disclaimer": False}]
    }
    assert (await aggregator.futures.funding_interval_hours("LAYERUSDT")).value == 4
    assert (await aggregator.futures.funding_interval_hours("BTCUSDT")).value == 8
    assert aggregator.weight_used()["funding"][0] == 2


async def test_the_symbol_table_is_kept_an_hour_and_survives_a_failure_saying_so(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    limits = [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 1200}]
    listed = [row("BTC", **PERPETUAL), row("OLD", **PERPETUAL)]
    exchange.bodies = {"/exchangeInfo": {"symbols": listed, "rateLimits": limits}}
    first = await aggregator.futures.symbols()
    assert (len(first), first.stale, len(exchange.calls)) == (2, None, 1)
    assert aggregator.weight_used()["futures"][1] == 1200
    await clock.advance(3_599_000)
    assert await aggregator.futures.symbols() is first
    await clock.advance(2_000)
    exchange.canned.extend([Canned(500)] * 4)
    kept = await aggregator.futures.symbols()
    assert (len(kept), kept.as_of, kept.stale) == (2, first.as_of, "the exchange answered status 500")
    calls = len(exchange.calls)
    await aggregator.futures.symbols()
    assert len(exchange.calls) == calls
    await clock.advance(61_000)
    exchange.bodies = {"/exchangeInfo": {"symbols": listed[:1], "rateLimits": limits}}
    renewed = await aggregator.futures.symbols()
    assert renewed.stale is None
    assert renewed.rows["OLDUSDT"].state == "delisted"


async def test_a_doubted_table_is_renewed_after_five_minutes_and_a_failed_renewal_rests(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    exchange.bodies = {"/exchangeInfo": {"symbols": [row("BTC", **PERPETUAL)], "rateLimits": []}}
    first = await aggregator.futures.symbols()
    exchange.bodies = {
        "/exchangeInfo": {"symbols": [row("BTC", **PERPETUAL), row("NEW", **PERPETUAL)], "rateLimits": []}
    }
    await clock.advance(299_000)
    assert await aggregator.futures.symbols(doubted=True) is first
    await clock.advance(2_000)
    exchange.canned.extend([Canned(500)] * 4)
    assert (await aggregator.futures.symbols(doubted=True)).stale is not None
    calls = len(exchange.calls)
    await aggregator.futures.symbols(doubted=True)
    assert len(exchange.calls) == calls
    await clock.advance(61_000)
    assert "NEWUSDT" in (await aggregator.futures.symbols()).rows


async def test_a_table_whose_symbol_the_exchange_refuses_is_doubted(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    exchange.bodies = {"/exchangeInfo": {"symbols": [row("BTC"), row("OLD")], "rateLimits": []}}
    first = await aggregator.spot.symbols()
    await clock.advance(301_000)
    assert await aggregator.spot.symbols() is first
    exchange.canned.append(Canned(400, '{"code":-1121,"msg":"Invalid symbol."}'))
    with pytest.raises(Rejected):
        await aggregator.spot.klines("OLDUSDT", "1h", rows=2)
    exchange.bodies = {"/exchangeInfo": {"symbols": [row("BTC")], "rateLimits": []}}
    assert (await aggregator.spot.symbols()).rows["OLDUSDT"].state == "delisted"


async def test_without_any_table_the_failure_is_raised(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    exchange.canned.append(Canned(400, '{"code":-1101,"msg":"Too many parameters"}'))
    with pytest.raises(Rejected):
        await aggregator.spot.symbols()
