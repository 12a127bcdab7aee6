"""Bars kept current by streams: reading them sends no request, and missed candles are read once over REST."""

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from tests.binance_api.exchange import HOUR, Exchange
from tests.binance_api.live import live_client
from tests.support.clock import FakeClock
from tests.support.stream_exchange import StreamExchange, eventually
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.klines.live import LiveSeries

Pair = tuple[StreamExchange, BinanceAggregator]
KLINE = "btcusdt@kline_1h"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(1_700_000_000_000 // HOUR * HOUR + 30 * 60_000)


@pytest.fixture
async def pair(clock: FakeClock) -> AsyncIterator[Pair]:
    bars = Exchange(clock)
    async with live_client(clock) as made:
        made[0].rest["klines"] = bars.bars
        yield made


def kline(clock: FakeClock, opening: int, close: str = "150", *, closed: bool = False) -> dict[str, Any]:
    times = {"t": opening, "T": opening + HOUR - 1, "s": "BTCUSDT", "i": "1h", "f": 1, "L": 2, "x": closed}
    prices = {
        "o": "100",
        "h": "200",
        "l": "50",
        "c": close,
        "v": "3",
        "n": 9,
        "q": "300",
        "V": "1",
        "Q": "100",
    }
    return {"e": "kline", "E": clock.now_ms(), "s": "BTCUSDT", "k": {**times, **prices, "B": "0"}}


def requests(exchange: StreamExchange) -> int:
    return exchange.calls["/api/v3/klines"]


async def watched(pair: Pair, clock: FakeClock, *, held: bool = True) -> LiveSeries:
    exchange, client = pair
    client.watch("BTCUSDT", ["1h"])
    if held:
        client.streams.bars.lease(("spot", "BTCUSDT", "1h"))
    await eventually(lambda: exchange.carrying(KLINE))
    await exchange.send(KLINE, kline(clock, opening(clock)))
    await eventually(lambda: requests(exchange) >= 1)
    live = next(iter(client.streams.bars))
    await eventually(lambda: live._task is not None and live._task.done())
    return live


def opening(clock: FakeClock) -> int:
    return clock.now_ms() // HOUR * HOUR


async def test_a_warm_series_is_read_without_a_request(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    await watched(pair, clock)
    before = requests(exchange)
    for minute in range(10):
        await clock.advance(4000)
        await exchange.send(KLINE, kline(clock, opening(clock), f"{150 + minute}"))
        live = next(iter(client.streams.bars))
        await eventually(lambda live=live, wanted=minute + 1: live.counts["appended"] >= wanted)  # type: ignore[misc]
        bars = await client.spot.klines("BTCUSDT", "1h", rows=250)
        assert bars.close[-1] == 150 + minute
        assert not bars.is_final[-1]
        assert bars.as_of == clock.now_ms()
        assert len(bars.closed()) == 250
    assert requests(exchange) == before


async def test_a_closed_candle_becomes_final_without_a_request(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    live = await watched(pair, clock)
    before, first = requests(exchange), opening(clock)
    await exchange.send(KLINE, kline(clock, first, "150"))
    await eventually(lambda: live.counts["appended"] >= 1)
    clock._now_ms = first + HOUR + 100
    await exchange.send(KLINE, kline(clock, first, "160", closed=True))
    await exchange.send(KLINE, kline(clock, first + HOUR, "161"))
    await eventually(lambda: live.counts["appended"] >= 3)
    bars = await client.spot.klines("BTCUSDT", "1h", rows=250)
    assert list(bars.close[-2:]) == [160, 161]
    assert list(bars.is_final[-2:]) == [True, False]
    assert bars.gaps().size == 0
    past = await client.spot.klines("BTCUSDT", "1h", rows=5, as_of=first + HOUR)
    assert past.close[-1] == 160
    assert requests(exchange) == before


async def test_candles_missed_by_the_stream_are_read_over_rest(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    live = await watched(pair, clock)
    first = opening(clock)
    exchange.refuse = 503
    await exchange.drop()
    await clock.advance(3 * HOUR)
    exchange.refuse = None
    await eventually(lambda: exchange.carrying(KLINE), clock, 200)
    before = requests(exchange)
    await exchange.send(KLINE, kline(clock, opening(clock), "170"))
    await eventually(lambda: live.counts["gap"] >= 1 and requests(exchange) == before + 1, clock, 100)
    await eventually(lambda: live._task is not None and live._task.done())
    await exchange.send(KLINE, kline(clock, opening(clock), "171"))
    await eventually(lambda: live.counts["appended"] >= 1)
    bars = await client.spot.klines("BTCUSDT", "1h", rows=250)
    assert bars.gaps().size == 0
    assert list(bars.open_time[-4:]) == [first + step * HOUR for step in range(4)]
    assert bars.close[-1] == 171
    assert bars.close[-2] != 171


async def test_a_close_the_stream_does_not_tell_is_told_by_rest(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    live = await watched(pair, clock)
    first = opening(clock)
    await exchange.send(KLINE, kline(clock, first))
    await eventually(lambda: live.counts["appended"] >= 1)
    before = requests(exchange)
    clock._now_ms = first + HOUR - 500
    await exchange.send(KLINE, kline(clock, first))
    await eventually(lambda: live.counts["appended"] >= 2)
    await eventually(lambda: live.counts["finished_by_time"] == 1, clock, 500)
    await eventually(lambda: requests(exchange) == before + 1)
    bars = await client.spot.klines("BTCUSDT", "1h", rows=3)
    assert list(bars.is_final) == [True, True, True, False]
    assert bars.close[-2] != 150  # the exchange's own final candle


async def test_an_old_state_of_a_candle_does_not_replace_a_newer(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    live = await watched(pair, clock)
    await clock.advance(1000)
    await exchange.send(KLINE, kline(clock, opening(clock), "180"))
    await exchange.send(KLINE, {**kline(clock, opening(clock), "120"), "E": clock.now_ms() - 900})
    await exchange.send(KLINE, kline(clock, opening(clock) - HOUR, "1", closed=True))
    await eventually(lambda: live.counts["outdated"] == 2)
    bars = await client.spot.klines("BTCUSDT", "1h", rows=3)
    assert bars.close[-1] == 180
    assert np.all(bars.close != 1)


async def test_a_watch_ends_after_its_time(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    await watched(pair, clock, held=False)
    await eventually(lambda: not exchange.sockets, clock, 1000)
    assert list(client.streams.bars) == []


async def test_a_watched_series_that_is_parked_stays_so_until_it_is_read(
    pair: Pair, clock: FakeClock
) -> None:
    exchange, client = pair
    live = await watched(pair, clock)
    client._klines._max_rows = 100
    await client.spot.klines("ETHUSDT", "1h", rows=90)
    await client._klines.settled()
    before = requests(exchange)
    await clock.advance(6000)
    await exchange.send(KLINE, kline(clock, opening(clock)))
    await eventually(lambda: live.counts["parked"] == 1)
    await clock.advance(HOUR)
    live.tick(clock.monotonic())
    assert requests(exchange) == before
    assert client.kept["rows"] <= 100
    bars = await client.spot.klines("BTCUSDT", "1h", rows=250)
    assert (int(bars.is_final.sum()), requests(exchange)) == (250, before + 1)
