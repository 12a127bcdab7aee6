"""Live tapes on sockets: history from REST, gaps filled by id, and gaps that stay marked."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.binance_api.live import TRADES, agg, agg_page, live_client
from tests.support.clock import FakeClock
from tests.support.stream_exchange import StreamExchange, eventually
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.trades.live import LiveTape, TradeGap

Pair = tuple[StreamExchange, BinanceAggregator]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def pair(clock: FakeClock) -> AsyncIterator[Pair]:
    async with live_client(clock) as made:
        tell_until(made[0], clock, 50)
        yield made


def tell_until(exchange: StreamExchange, clock: FakeClock, newest: int) -> None:
    exchange.rest["aggTrades"] = lambda query: agg_page(query, newest, clock.now_ms())


def ids(live: LiveTape) -> list[int]:
    return [int(number) for number in live.tape.recent().trade_id]


async def opened(pair: Pair) -> LiveTape:
    live = pair[1].trades("BTCUSDT")
    await eventually(lambda: pair[0].carrying(TRADES))
    return live


async def test_a_cold_tape_begins_with_what_rest_tells(pair: Pair, clock: FakeClock) -> None:
    live = await opened(pair)
    await pair[0].send(TRADES, agg(clock, 51))
    await eventually(lambda: ids(live) == list(range(1, 52)))
    assert live.live_since_ms == clock.now_ms()
    assert live.filled == 50
    assert not live.gaps


async def test_trades_that_come_while_history_is_read_wait_for_it(pair: Pair, clock: FakeClock) -> None:
    exchange, _ = pair
    exchange.hold = asyncio.Event()
    live = await opened(pair)
    for number in (51, 52, 53):
        await exchange.send(TRADES, agg(clock, number))
    await eventually(lambda: live.filling and exchange.queries)
    assert ids(live) == []
    exchange.hold.set()
    await eventually(lambda: ids(live) == list(range(1, 54)))


async def test_the_hole_of_a_lost_connection_is_filled_by_id(pair: Pair, clock: FakeClock) -> None:
    exchange, _ = pair
    live = await opened(pair)
    await exchange.send(TRADES, agg(clock, 51))
    await eventually(lambda: live.tape.last_id == 51)
    await exchange.drop()
    await eventually(lambda: exchange.carrying(TRADES), clock, 200)
    tell_until(exchange, clock, 2600)
    await exchange.send(TRADES, agg(clock, 2601))
    await eventually(lambda: live.tape.last_id == 2601 and not live.filling)
    assert ids(live) == list(range(1602, 2602))
    assert (live.tape.accepted, live.tape.missed) == (2601, 0)
    asked = [query["fromId"] for path, query in exchange.queries if "fromId" in query]
    assert asked == ["52", "1052", "2052"]


async def test_a_hole_that_rest_cannot_fill_stays_marked(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    live = await opened(pair)
    await exchange.send(TRADES, agg(clock, 51))
    await eventually(lambda: live.tape.last_id == 51)
    before = clock.now_ms()
    exchange.rest["aggTrades"] = lambda _: web.json_response({"code": -1000, "msg": "no"}, status=500)
    await exchange.send(TRADES, agg(clock, 60))
    await eventually(lambda: live.tape.last_id == 60)
    assert list(live.gaps) == [TradeGap(52, 59, before, clock.now_ms())]
    assert live.problem is not None
    assert client.streams.losses()["trades_missed"] == 8
    tell_until(exchange, clock, 69)
    await exchange.send(TRADES, agg(clock, 70))
    await eventually(lambda: live.tape.last_id == 70)
    assert live.problem is None


async def test_a_hole_beyond_the_pages_allowed_is_marked(pair: Pair, clock: FakeClock) -> None:
    exchange, _ = pair
    live = await opened(pair)
    await exchange.send(TRADES, agg(clock, 51))
    await eventually(lambda: live.tape.last_id == 51)
    tell_until(exchange, clock, 30_000)
    await exchange.send(TRADES, agg(clock, 30_001))
    await eventually(lambda: live.tape.last_id == 30_001)
    assert [(gap.first_id, gap.last_id) for gap in live.gaps] == [(10_052, 30_000)]


async def test_duplicates_and_disorder_are_counted_not_added(pair: Pair, clock: FakeClock) -> None:
    live = await opened(pair)
    for number in (51, 51, 52, 50):
        await pair[0].send(TRADES, agg(clock, number))
    await eventually(lambda: live.tape.ignored == 2)
    assert ids(live) == list(range(1, 53))


async def test_a_slow_listener_loses_and_counts_but_holds_nobody_up(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    live = await opened(pair)
    await eventually(lambda: live.tape.last_id == 50)
    feed = live.feed()
    feed._items = type(feed._items)(maxlen=10)
    for number in range(51, 81):
        await exchange.send(TRADES, agg(clock, number))
    await eventually(lambda: live.tape.last_id == 80)
    assert feed.lost == 20
    assert client.streams.losses()["feed_lost"] == 20
    assert (await feed.get()).trade_id == 71
    live.remove_feed(feed)
    await exchange.send(TRADES, agg(clock, 81))
    await eventually(lambda: live.tape.last_id == 81)
    assert len(feed) == 9
