"""LiquidationStream: whose they are, which do not count, and when nobody was looking."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.binance_api.live import live_client
from tests.support.clock import FakeClock
from tests.support.stream_exchange import StreamExchange, eventually
from utils.binance_api.binance_a import BinanceAggregator

Pair = tuple[StreamExchange, BinanceAggregator]
FORCED = "!forceOrder@arr"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def pair(clock: FakeClock) -> AsyncIterator[Pair]:
    async with live_client(clock) as made:
        rows = [listed("BTCUSDT", "PERPETUAL"), listed("TSLAUSDT", "TRADIFI_PERPETUAL")]
        made[0].rest["exchangeInfo"] = lambda _: {"symbols": rows, "rateLimits": []}
        yield made


def listed(symbol: str, contract: str) -> dict[str, Any]:
    base = symbol.removesuffix("USDT")
    kind = {"status": "TRADING", "contractType": contract, "underlyingType": "COIN"}
    return {"symbol": symbol, "baseAsset": base, "quoteAsset": "USDT", "marginAsset": "USDT", **kind}


def forced(clock: FakeClock, symbol: str = "BTCUSDT", side: str = "SELL", st: int = 1) -> dict[str, Any]:
    order = {"s": symbol, "S": side, "q": "2", "p": "90", "ap": "100", "X": "FILLED", "z": "2"}
    return {"e": "forceOrder", "E": clock.now_ms(), "o": {**order, "T": clock.now_ms(), "st": st}}


async def test_forced_orders_are_kept_by_symbol_with_the_side_that_lost(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    seen = client.liquidations()
    await eventually(lambda: exchange.carrying(FORCED))
    await exchange.send(FORCED, forced(clock))
    await clock.advance(1000)
    await exchange.send(FORCED, forced(clock, side="BUY"))
    await eventually(lambda: len(seen.of("BTCUSDT")) == 2)
    first, second = seen.of("BTCUSDT")
    assert (first.side, first.value, second.side) == ("long", 200.0, "short")
    assert seen.of("BTCUSDT", second.trade_ms) == [second]
    assert client.liquidations() is seen


async def test_coin_margined_tradfi_and_repeated_ones_do_not_count(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    await client.futures.symbols()
    seen = client.liquidations()
    await eventually(lambda: exchange.carrying(FORCED))
    for message in (
        forced(clock, "BTCUSD_PERP", st=2),
        forced(clock, "TSLAUSDT"),
        forced(clock),
        forced(clock),
    ):
        await exchange.send(FORCED, message)
    await eventually(lambda: seen.duplicates == 1)
    assert len(seen.of("BTCUSDT")) == 1
    assert seen.excluded == 1
    assert seen.of("TSLAUSDT") == seen.of("BTCUSD_PERP") == []


@pytest.mark.parametrize("inside", [True, False], ids=["inside o", "beside o"])
async def test_product_and_pair_are_understood_where_the_wire_or_the_documents_put_them(
    pair: Pair, clock: FakeClock, inside: bool
) -> None:
    exchange, client = pair
    seen = client.liquidations()
    await eventually(lambda: exchange.carrying(FORCED))
    for symbol, whose in (
        ("BTCUSD_PERP", {"st": 2, "ps": "BTCUSD"}),
        ("BTCUSDT", {"st": 1, "ps": "BTCUSDT"}),
    ):
        message = forced(clock, symbol)
        del message["o"]["st"]
        (message["o"] if inside else message).update(whose)
        await exchange.send(FORCED, message)
    await eventually(lambda: len(seen.of("BTCUSDT")) == 1)
    assert seen.of("BTCUSD_PERP") == []
    assert (seen.of("BTCUSDT")[0].value, seen.excluded, seen.misrouted) == (200.0, 0, 0)


async def test_the_time_nobody_was_looking_is_told(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    seen = client.liquidations()
    assert seen.unobserved_ms(0, 5000) == 5000
    await eventually(lambda: exchange.carrying(FORCED) and seen.since_ms is not None)
    begun = clock.now_ms()
    await clock.advance(10_000)
    await exchange.drop()
    await eventually(lambda: len(seen.gaps) == 1)
    await clock.advance(500)
    assert seen.gaps[0].until_ms is None
    await eventually(lambda: seen.gaps[0].until_ms is not None, clock, 100)
    gap = seen.gaps[0]
    assert gap.until_ms is not None
    assert seen.unobserved_ms(begun, begun + 60_000) == gap.until_ms - gap.from_ms
    assert seen.unobserved_ms(begun - 1000, begun) == 1000
