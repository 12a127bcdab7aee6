"""The small parts below the supervisor: names, pauses, overlaps, queues and what is kept kept."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.clock import FakeClock
from utils.binance_api.streams.backoff import CAP_S, FIRST_S, Backoff
from utils.binance_api.streams.decode import Frame, Payload
from utils.binance_api.streams.deduplicator import Deduplicator
from utils.binance_api.streams.events import AggTrade, BookTickerUpdate, DepthUpdate, ServerShutdown
from utils.binance_api.streams.feeds import CountingFeed, LatestFeed
from utils.binance_api.streams.keep_alive import KeepAlive
from utils.binance_api.streams.names import (
    FUTURES_MARKET,
    FUTURES_PUBLIC,
    OPTIONS_MARKET,
    OPTIONS_PUBLIC,
    SPOT,
    Product,
    Route,
    StreamKey,
    agg_trade_stream,
    avg_price_stream,
    depth_stream,
    kline_stream,
    liquidation_stream,
    mark_price_stream,
    ticker_stream,
    top_stream,
)
from utils.binance_api.streams.supervisor import StreamUrls
from utils.http.errors import Unavailable


@pytest.mark.parametrize(
    ("product", "name", "route"),
    [
        ("spot", "btcusdt@depth@100ms", SPOT),
        ("spot", "!miniTicker@arr", SPOT),
        ("futures", "btcusdt@depth@100ms", FUTURES_PUBLIC),
        ("futures", "btcusdt@depth20@500ms", FUTURES_PUBLIC),
        ("futures", "btcusdt@rpiDepth@500ms", FUTURES_PUBLIC),
        ("futures", "btcusdt@bookTicker", FUTURES_PUBLIC),
        ("futures", "!bookTicker", FUTURES_PUBLIC),
        ("futures", "btcusdt@aggTrade", FUTURES_MARKET),
        ("futures", "btcusdt@kline_1m", FUTURES_MARKET),
        ("futures", "btcusdt_perpetual@continuousKline_1m", FUTURES_MARKET),
        ("futures", "btcusdt@markPrice@1s", FUTURES_MARKET),
        ("futures", "!forceOrder@arr", FUTURES_MARKET),
        ("futures", "!contractInfo", FUTURES_MARKET),
        ("options", "btcusdt@optionMarkPrice", OPTIONS_MARKET),
        ("options", "btcusdt@openInterest@251226", OPTIONS_MARKET),
        ("options", "btcusdt@optionTrade", OPTIONS_PUBLIC),
        ("options", "btc-251123-126000-c@depth20@100ms", OPTIONS_PUBLIC),
    ],
)
def test_every_stream_has_one_route(product: Product, name: str, route: Route) -> None:
    assert StreamKey(product, name).route is route


def test_addresses_are_the_routed_ones_of_2026() -> None:
    urls = StreamUrls()
    assert urls.of(FUTURES_PUBLIC) == "wss://fstream.binance.com/public/stream"
    assert urls.of(FUTURES_MARKET) == "wss://fstream.binance.com/market/stream"
    assert urls.of(SPOT) == "wss://data-stream.binance.vision/stream"
    assert StreamUrls("ws://a/", "ws://b/").of(SPOT) == "ws://a/stream"
    assert StreamUrls("ws://a/", "ws://b/").of(OPTIONS_PUBLIC) == "ws://b/public/stream"
    assert OPTIONS_MARKET.max_streams == 200


@pytest.mark.parametrize(
    ("name", "idle_timeout_s"),
    [
        ("btcusdt@markPrice@1s", 15.0),
        ("btcusdt@kline_1m", 60.0),
        ("btcusdt@depth@100ms", 30.0),
        ("!forceOrder@arr", None),
        ("!miniTicker@arr", 15.0),
        ("btcusdt@depth20@500ms", 30.0),
        ("btcusdt@bookTicker", 60.0),
        ("btcusdt@somethingNew", 300.0),
    ],
)
def test_silence_is_judged_by_the_kind_of_stream(name: str, idle_timeout_s: float | None) -> None:
    assert StreamKey("futures", name).idle_timeout_s == idle_timeout_s


def test_names_are_lower_case_whatever_the_script() -> None:
    assert depth_stream("futures", "币安人生USDT").name == "币安人生usdt@depth@100ms"


@pytest.mark.parametrize(
    ("made", "arguments", "product", "name"),
    [
        (depth_stream, ("spot", "BTCUSDT"), "spot", "btcusdt@depth@100ms"),
        (agg_trade_stream, ("futures", "BTCUSDT"), "futures", "btcusdt@aggTrade"),
        (kline_stream, ("spot", "BTCUSDT", "1M"), "spot", "btcusdt@kline_1M"),
        (ticker_stream, ("futures", "BTCUSDT"), "futures", "btcusdt@ticker"),
        (top_stream, ("spot", "BTCUSDT"), "spot", "btcusdt@depth20"),
        (top_stream, ("futures", "BTCUSDT"), "futures", "btcusdt@depth20@500ms"),
        (top_stream, ("options", "BTC-251226-C"), "options", "btc-251226-c@depth20@500ms"),
        (avg_price_stream, ("BTCUSDT",), "spot", "btcusdt@avgPrice"),
        (mark_price_stream, ("BTCUSDT",), "futures", "btcusdt@markPrice"),
        (liquidation_stream, (), "futures", "!forceOrder@arr"),
    ],
)
def test_streams_are_named_as_the_exchange_names_them(
    made: Callable[..., StreamKey], arguments: tuple[str, ...], product: Product, name: str
) -> None:
    assert made(*arguments) == StreamKey(product, name)


@pytest.mark.parametrize(("name", "may_pause"), [("a@kline_1m", True), ("a@aggTrade", False)])
def test_only_candles_may_pause(name: str, may_pause: bool) -> None:
    assert StreamKey("spot", name).may_pause is may_pause


def test_pauses_grow_to_a_cap_and_never_end() -> None:
    backoff = Backoff(random.Random(1))
    pauses = [backoff.next_s() for _ in range(2000)]
    assert min(pauses) >= FIRST_S
    assert max(pauses) <= CAP_S
    assert min(pauses[10:]) >= CAP_S / 2
    assert backoff.next_s(300.0) == 300.0
    backoff.reset()
    assert backoff.next_s() <= 2 * FIRST_S


@pytest.mark.parametrize(("failures", "longest_s"), [(1, 2.0), (2, 4.0), (5, 32.0), (6, 60.0), (50, 60.0)])
def test_each_pause_is_drawn_between_half_and_all_of_twice_the_last(failures: int, longest_s: float) -> None:
    pauses = [_pause_after(failures, seed) for seed in range(300)]
    assert longest_s / 2 <= min(pauses) < longest_s * 0.52
    assert longest_s * 0.98 < max(pauses) <= longest_s


def _pause_after(failures: int, seed: int) -> float:
    backoff = Backoff(random.Random(seed))
    for _ in range(failures):
        backoff.next_s()
    return backoff.next_s()


def _trade(number: int) -> Frame[AggTrade]:
    fixed = {"price": 1.0, "quantity": 1.0, "first_trade_id": 1, "last_trade_id": 1, "trade_ms": 1}
    made = AggTrade(symbol="A", event_ms=1, trade_id=number, buyer_is_maker=False, **fixed)  # type: ignore[arg-type]
    return Frame("a@aggTrade", made)


def test_an_overlap_lets_every_event_pass_once() -> None:
    deduplicator = Deduplicator()
    passed = [deduplicator.is_new(_trade(number), b"") for number in (1, 2, 2, 1, 3)]  # type: ignore[arg-type]
    assert passed == [True, True, False, False, True]
    frame = Frame("x", ServerShutdown(event_ms=1))
    assert [deduplicator.is_new(frame, raw) for raw in (b"a", b"b", b"a")] == [True, True, False]  # type: ignore[arg-type]
    assert deduplicator.repeated == 3


def test_numbered_streams_are_told_apart_by_their_ids_and_the_rest_by_its_bytes() -> None:
    deduplicator = Deduplicator()
    levels: dict[str, Any] = {"bids": [], "asks": []}
    quotes: dict[str, Any] = {"bid": 1.0, "bid_quantity": 1.0, "ask": 2.0, "ask_quantity": 1.0}
    depth = DepthUpdate(symbol="A", event_ms=1, first_id=1, final_id=5, **levels)
    book = BookTickerUpdate(symbol="A", update_id=0, **quotes)
    for stream, payload in (("a@depth", depth), ("b@depth", depth), ("a@bookTicker", book)):
        frame = Frame[Payload](stream, payload)
        assert [deduplicator.is_new(frame, raw) for raw in (b"1", b"2")] == [True, False]
    later = Frame[Payload]("a@depth", DepthUpdate(symbol="A", event_ms=1, first_id=2, final_id=6, **levels))
    assert deduplicator.is_new(later, b"1")
    assert deduplicator.repeated == 3


async def test_a_reader_of_an_empty_queue_waits_for_the_next_item() -> None:
    counting, latest = CountingFeed[int](2), LatestFeed[int](2)
    clock, reading = FakeClock(), [asyncio.create_task(feed.get()) for feed in (counting, latest)]
    await clock.settle()
    assert not any(task.done() for task in reading)
    counting.put(1)
    latest.put("a", 2)
    assert await asyncio.gather(*reading) == [1, 2]
    counting.put(3)
    latest.put("a", 4)
    assert [await anext(aiter(counting)), await anext(aiter(latest))] == [3, 4]
    assert (len(counting), len(latest), counting.lost, latest.lost, latest.replaced) == (0, 0, 0, 0, 0)


async def test_a_full_queue_drops_the_oldest_and_counts() -> None:
    feed: CountingFeed[int] = CountingFeed(3)
    for number in range(5):
        feed.put(number)
    assert (feed.lost, len(feed), await feed.get()) == (2, 3, 2)


async def test_the_newest_of_each_key_is_kept() -> None:
    feed: LatestFeed[str] = LatestFeed(2)
    for key, item in (("a", "a1"), ("a", "a2"), ("b", "b1"), ("c", "c1")):
        feed.put(key, item)
    assert (feed.replaced, feed.lost) == (1, 1)
    assert [await feed.get(), await feed.get()] == ["b1", "c1"]


async def test_what_is_unused_gives_way_and_what_is_held_stays() -> None:
    clock = FakeClock()
    closed: list[str] = []
    kept: KeepAlive[str, str] = KeepAlive("x", str.upper, closed.append, clock, ttl_s=10.0, capacity=2)
    hold = kept.lease("a")
    assert hold.value == "A"
    kept.get("b")
    kept.get("c")
    assert closed == ["B"]
    other = kept.lease("c")
    with pytest.raises(Unavailable):
        kept.get("d")
    other.close()
    other.close()
    await clock.advance(10_000)
    kept.sweep(clock.monotonic())
    assert closed == ["B", "C"]
    hold.close()
    await clock.advance(10_000)
    kept.sweep(clock.monotonic())
    assert len(kept) == 0


async def test_a_value_stays_for_its_time_after_its_last_use() -> None:
    clock, closed = FakeClock(), list[str]()
    kept: KeepAlive[str, str] = KeepAlive("x", str.upper, closed.append, clock, ttl_s=10.0, capacity=3)
    kept.get("a")
    with kept.lease("b") as value:
        assert value == "B"
    await clock.advance(9999)
    assert (kept.peek("a"), kept.peek("c")) == ("A", None)
    kept.get("b")
    kept.sweep(clock.monotonic())
    assert list(kept) == ["A", "B"]
    await clock.advance(1)
    kept.sweep(clock.monotonic())
    assert (list(kept), closed) == (["B"], ["A"])
    kept.close()
    assert (list(kept), closed) == ([], ["A", "B"])


async def test_a_value_with_two_leases_stays_until_both_have_ended() -> None:
    clock, closed = FakeClock(), list[str]()
    kept: KeepAlive[str, str] = KeepAlive("x", str.upper, closed.append, clock, ttl_s=10.0, capacity=1)
    one, two = kept.lease("a"), kept.lease("a")
    one.close()
    one.close()
    with pytest.raises(Unavailable, match="all 1 places are held") as refused:
        kept.get("b")
    assert refused.value.source == "x"
    two.close()
    assert kept.get("b") == "B"
    assert closed == ["A"]
