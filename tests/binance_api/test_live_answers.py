"""Prices, books and funding told from streams while those are fresh, and over REST the moment they are not."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.binance_api.live import DEPTH, diff, live_client, snapshot
from tests.support.clock import FakeClock
from tests.support.stream_exchange import StreamExchange, eventually
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.streams.decode import FrameDecoder
from utils.binance_api.streams.events import AvgPriceUpdate
from utils.binance_api.urls import Market

Pair = tuple[StreamExchange, BinanceAggregator]
HOUR_MS = 3_600_000
DAY: dict[str, Any] = {"o": "90", "h": "120", "l": "80", "v": "7", "q": "700", "O": 1, "C": 2, "n": 5}
CHANGE = {"p": "10", "P": "11.1", "w": "99", "Q": "1", "x": "90", "b": "1", "B": "1", "a": "2", "A": "1"}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def pair(clock: FakeClock) -> AsyncIterator[Pair]:
    async with live_client(clock) as made:
        made[0].rest |= {
            "price": lambda _: {"symbol": "BTCUSDT", "price": "1"},
            "avgPrice": lambda _: {"mins": 5, "price": "1", "closeTime": 3},
            "bookTicker": lambda _: {
                **{"symbol": "BTCUSDT", "bidPrice": "1", "bidQty": "1"},
                **{"askPrice": "2", "askQty": "1"},
            },
            "depth": lambda _: snapshot(100),
            "fundingRate": lambda _: [settled(clock.now_ms() // HOUR_MS * HOUR_MS)],
            "premiumIndex": lambda _: {
                **{"symbol": "BTCUSDT", "markPrice": "1", "indexPrice": "1", "lastFundingRate": "0"},
                **{"nextFundingTime": 4, "time": 3},
            },
        }
        yield made


def settled(time: int) -> dict[str, Any]:
    return {"symbol": "BTCUSDT", "fundingTime": time, "fundingRate": "0.0001", "markPrice": "100"}


def ticker(clock: FakeClock, price: str, event_ms: int | None = None) -> dict[str, Any]:
    stamp = clock.now_ms() if event_ms is None else event_ms
    return {"e": "24hrTicker", "E": stamp, "s": "BTCUSDT", "c": price, **DAY, **CHANGE}


def mark(clock: FakeClock, next_ms: int) -> dict[str, Any]:
    prices = {"p": "100", "ap": "100", "i": "101", "P": "101", "r": "-0.0002"}
    return {"e": "markPriceUpdate", "E": clock.now_ms(), "s": "BTCUSDT", **prices, "T": next_ms, "st": 1}


async def told(pair: Pair, stream: str, data: dict[str, Any]) -> None:
    """Send one event on a stream of the quote and wait until it was taken."""
    exchange, client = pair
    market: Market = "futures" if stream.endswith(("@markPrice", "@500ms")) else "spot"
    quote = client.quote("BTCUSDT", market)
    await eventually(lambda: exchange.carrying(stream))
    seen = sum(quote.counts.values())
    await exchange.send(stream, data)
    await eventually(lambda: sum(quote.counts.values()) > seen)


async def test_a_fresh_ticker_is_read_without_a_request(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    await told(pair, "btcusdt@ticker", ticker(clock, "100.5"))
    sent = clock.now_ms()
    await clock.advance(3000)
    price = await client.spot.ticker_price("BTCUSDT")
    assert (price.value.price, price.as_of, price.source) == (100.5, sent, "binance.spot.stream.ticker")
    day = (await client.spot.ticker_24h("BTCUSDT")).value
    assert (day.price_change_percent, day.high_price, day.low_price, day.volume) == (11.1, 120, 80, 7)
    assert not exchange.calls
    await clock.advance(2001)
    assert (await client.spot.ticker_price("BTCUSDT")).value.price == 1
    assert exchange.calls["/api/v3/ticker/price"] == 1


async def test_an_event_older_than_the_one_held_is_left_out(pair: Pair, clock: FakeClock) -> None:
    _, client = pair
    await told(pair, "btcusdt@ticker", ticker(clock, "100"))
    await told(pair, "btcusdt@ticker", ticker(clock, "50", clock.now_ms() - 100))
    await told(pair, "btcusdt@ticker", {**ticker(clock, "60"), "s": "ETHUSDT"})
    assert (await client.spot.ticker_price("BTCUSDT")).value.price == 100
    assert client.quote("BTCUSDT").counts == {"accepted": 1, "older": 1, "misrouted": 1}


async def test_a_lost_connection_is_not_answered_from(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    await told(pair, "btcusdt@ticker", ticker(clock, "100"))
    exchange.refuse = 503
    await exchange.drop()
    quote = client.quote("BTCUSDT")
    await eventually(lambda: not quote._newest)
    assert (await client.spot.ticker_price("BTCUSDT")).value.price == 1


async def test_the_mean_price_comes_from_its_own_stream(pair: Pair, clock: FakeClock) -> None:
    _, client = pair
    mean = {"e": "avgPrice", "E": clock.now_ms(), "s": "BTCUSDT", "i": "5m", "w": "99.5", "T": 7}
    await told(pair, "btcusdt@avgPrice", mean)
    answer = await client.spot.avg_price("BTCUSDT")
    assert (answer.value.mins, answer.value.price, answer.value.close_time) == (5, 99.5, 7)
    assert (await client.spot.ticker_price("BTCUSDT")).value.price == 1  # its own stream told nothing
    await told(pair, "btcusdt@avgPrice", {**mean, "i": "1h"})
    assert (await client.spot.avg_price("BTCUSDT")).value.price == 1


async def test_running_funding_and_settlements_of_a_live_perpetual(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    following = (clock.now_ms() // HOUR_MS + 1) * HOUR_MS
    await told(pair, "btcusdt@markPrice", mark(clock, following))
    premium = (await client.futures.premium_index("BTCUSDT")).value
    assert (premium.last_funding_rate, premium.next_funding_time) == (-0.0002, following)
    assert premium.interest_rate is None
    for _ in range(5):
        await client.futures.settled_funding("BTCUSDT", 2)
        await clock.advance(60_000)
        await told(pair, "btcusdt@markPrice", mark(clock, following))
    assert exchange.calls["/fapi/v1/fundingRate"] == 1


async def test_rows_read_just_after_a_settlement_are_not_kept(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    following = (clock.now_ms() // HOUR_MS + 1) * HOUR_MS
    await told(pair, "btcusdt@markPrice", mark(clock, following))
    await client.futures.settled_funding("BTCUSDT", 2)
    clock._now_ms = following + 1000
    for _ in range(2):
        await told(pair, "btcusdt@markPrice", mark(clock, following + HOUR_MS))
        await client.futures.settled_funding("BTCUSDT", 2)
        clock._now_ms += 31_000
    assert exchange.calls["/fapi/v1/fundingRate"] == 3


async def test_settlements_without_a_live_mark_price_are_requested_by_the_hour_and_only_new_ones(
    pair: Pair, clock: FakeClock
) -> None:
    exchange, client = pair
    asked: list[dict[str, str]] = []
    answer = exchange.rest["fundingRate"]

    def noted(query: dict[str, str]) -> object:
        asked.append(query)
        return answer(query)

    exchange.rest["fundingRate"] = noted
    hour = clock.now_ms() // HOUR_MS * HOUR_MS
    clock._now_ms = hour + 180_000
    for _ in range(3):
        rows = (await client.futures.settled_funding("BTCUSDT", 2)).value
        clock._now_ms += 60_000
    assert ([row.funding_time for row in rows], len(asked)) == ([hour], 1)
    clock._now_ms = hour + HOUR_MS + 180_000
    rows = (await client.futures.settled_funding("BTCUSDT", 2)).value
    assert [row.funding_time for row in rows] == [hour, hour + HOUR_MS]
    assert [query.get("startTime") for query in asked] == [None, str(hour + 1)]


async def test_a_book_in_step_answers_quotes_and_levels(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    live = client.book("BTCUSDT")
    await eventually(lambda: exchange.carrying(DEPTH))
    best = await client.futures.book_ticker("BTCUSDT")
    assert best.source != "binance.futures.stream.depth"  # not in step yet
    await exchange.send(DEPTH, diff(clock, 99, 101, 98, b=[["99.5", "2"]]))
    await eventually(lambda: live.book.reason is None, clock, 10)
    before = dict(exchange.calls)
    best = await client.futures.book_ticker("BTCUSDT")
    assert (best.value.bid_price, best.value.ask_price, best.as_of) == (100, 101, live.book.event_ms)
    depth = (await client.futures.depth("BTCUSDT", 5, notional=100.0)).value
    assert depth.bids.tolist() == [[100, 1], [99.5, 2]]
    assert depth.asks.tolist() == [[101, 1]]
    assert dict(exchange.calls) == before
    await exchange.send(DEPTH, diff(clock, 110, 111, 109))
    await eventually(lambda: live.book.reason is not None)
    await client.futures.depth("BTCUSDT", 5, notional=100.0)
    assert exchange.calls["/fapi/v1/depth"] > before["/fapi/v1/depth"]


@pytest.mark.parametrize("market", ["spot", "futures"])
async def test_the_best_levels_answer_as_far_as_they_reach(
    pair: Pair, clock: FakeClock, market: Market
) -> None:
    exchange, client = pair
    reader = client.spot if market == "spot" else client.futures
    name = "btcusdt@depth20" if market == "spot" else "btcusdt@depth20@500ms"
    sides = {"bids": [["99", "2"], ["98", "3"]], "asks": [["101", "4"]]}
    if market == "spot":
        await told(pair, name, {"lastUpdateId": 7, **sides})
        assert (
            await reader.book_ticker("BTCUSDT")
        ).source != "binance.spot.stream.depth20"  # nothing vouches
        await clock.advance(1100)
        await told(pair, "btcusdt@ticker", ticker(clock, "100"))
        await told(pair, name, {"lastUpdateId": 7, **sides})
    else:
        stamps = {"E": clock.now_ms(), "T": clock.now_ms(), "s": "BTCUSDT", "U": 1, "u": 7, "pu": 0}
        await told(pair, name, {"e": "depthUpdate", **stamps, "b": sides["bids"], "a": sides["asks"]})
    before = dict(exchange.calls)
    best = await reader.book_ticker("BTCUSDT")
    assert (best.value.bid_price, best.value.ask_qty, best.as_of) == (99, 4, clock.now_ms())
    depth = await reader.depth("BTCUSDT", 100, notional=400.0)
    assert (depth.source, depth.value.last_update_id) == (f"binance.{market}.stream.depth20", 7)
    assert depth.value.bids.tolist() == [[99, 2], [98, 3]]
    assert dict(exchange.calls) == before
    assert (await reader.depth("BTCUSDT", 100, notional=500.0)).value.last_update_id == 100
    await clock.advance(5001)
    assert (await reader.book_ticker("BTCUSDT")).value.bid_price == 1


def test_the_mean_price_is_decoded_from_its_stream() -> None:
    body = b'{"e":"avgPrice","E":1,"s":"BTCUSDT","i":"5m","w":"25776.86","T":2}'
    frame = FrameDecoder(spot=True).decode(b'{"stream":"btcusdt@avgPrice","data":' + body + b"}")
    assert getattr(frame, "data", None) == AvgPriceUpdate(
        symbol="BTCUSDT", event_ms=1, interval="5m", price=25776.86, trade_ms=2
    )
