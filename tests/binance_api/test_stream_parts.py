"""The small parts below the supervisor: names, pauses, overlaps, queues and what is kept kept."""

import random

import pytest

from tests.support.clock import FakeClock
from utils.binance_api.streams.backoff import CAP_S, FIRST_S, Backoff
from utils.binance_api.streams.decode import Frame
from utils.binance_api.streams.deduplicator import Deduplicator
from utils.binance_api.streams.events import AggTrade, ServerShutdown
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
    depth_stream,
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
    assert urls.of(SPOT).endswith("/stream")
    assert OPTIONS_MARKET.max_streams == 200


@pytest.mark.parametrize(
    ("name", "idle_timeout_s"),
    [
        ("btcusdt@markPrice@1s", 15.0),
        ("btcusdt@kline_1m", 60.0),
        ("btcusdt@depth@100ms", 30.0),
        ("!forceOrder@arr", None),
    ],
)
def test_silence_is_judged_by_the_kind_of_stream(name: str, idle_timeout_s: float | None) -> None:
    assert StreamKey("futures", name).idle_timeout_s == idle_timeout_s


def test_names_are_lower_case_whatever_the_script() -> None:
    assert depth_stream("futures", "币安人生USDT").name == "币安人生usdt@depth@100ms"


def test_pauses_grow_to_a_cap_and_never_end() -> None:
    backoff = Backoff(random.Random(1))
    pauses = [backoff.next_s() for _ in range(2000)]
    assert min(pauses) >= FIRST_S
    assert max(pauses) <= CAP_S
    assert min(pauses[10:]) >= CAP_S / 2
    assert backoff.next_s(300.0) == 300.0
    backoff.reset()
    assert backoff.next_s() <= 2 * FIRST_S


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
