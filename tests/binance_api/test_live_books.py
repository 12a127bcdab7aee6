"""Live books on sockets: joining, gaps, snapshots that fail, and never an old answer."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import aiohttp
import pytest
import structlog
from aiohttp import web

from tests.binance_api.live import DEPTH, diff, live_client, snapshot
from tests.support.clock import FakeClock
from tests.support.stream_exchange import StreamExchange, eventually
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.book.live import SNAPSHOT_LEVELS, WIDEN_PAUSE_S, LiveBook
from utils.binance_api.book.state import BookFault, BookNotReady, BookState
from utils.http.errors import Rejected, Unavailable

Pair = tuple[StreamExchange, BinanceAggregator]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def pair(clock: FakeClock) -> AsyncIterator[Pair]:
    async with live_client(clock) as made:
        made[0].rest["depth"] = lambda _: snapshot(100)
        yield made


async def joined(pair: Pair, clock: FakeClock) -> LiveBook:
    exchange, client = pair
    live = client.book("BTCUSDT")
    await eventually(lambda: exchange.carrying(DEPTH))
    await exchange.send(DEPTH, diff(clock, 99, 101, 98))
    await eventually(lambda: live.book.state is BookState.SYNCED, clock, 10)
    return live


def depth_calls(exchange: StreamExchange) -> int:
    return exchange.calls["/fapi/v1/depth"]


async def test_a_cold_book_buffers_then_joins_one_snapshot(pair: Pair, clock: FakeClock) -> None:
    live = await joined(pair, clock)
    assert live.book.best().bid == 100.0
    assert depth_calls(pair[0]) == 1
    assert await live.ready() is live.book
    assert pair[1].book("BTCUSDT") is live
    assert live.age_ms() is not None


async def test_a_book_that_does_not_come_says_so(pair: Pair, clock: FakeClock) -> None:
    live = pair[1].book("BTCUSDT")
    with pytest.raises(BookNotReady):
        live.book.best()
    waiting = asyncio.create_task(live.ready(timeout_s=3.0))
    await eventually(waiting.done, clock, 500)
    with pytest.raises(BookNotReady) as refused:
        await waiting
    assert refused.value.reason is BookFault.NO_UPDATE


async def test_a_gap_resyncs_that_symbol_only(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    other = client.book("ETHUSDT")
    live = await joined(pair, clock)
    await eventually(lambda: exchange.carrying("ethusdt@depth@100ms"), clock, 100)
    await exchange.send("ethusdt@depth@100ms", {**diff(clock, 99, 101, 98), "s": "ETHUSDT"})
    await eventually(lambda: other.book.state is BookState.SYNCED, clock, 10)
    exchange.rest["depth"] = lambda _: snapshot(205, 110.0, 111.0)
    with structlog.testing.capture_logs() as logs:
        await exchange.send(DEPTH, diff(clock, 200, 204, 199))
        await eventually(lambda: live.book.state is not BookState.SYNCED)
        with pytest.raises(BookNotReady):
            live.book.best()
        assert other.book.state is BookState.SYNCED
        await exchange.send(DEPTH, diff(clock, 205, 206, 204))
        await eventually(lambda: live.book.state is BookState.SYNCED, clock, 100)
    assert live.book.best().bid == 110.0
    assert live.book.counts.gaps == 1
    assert [log["event"] for log in logs] == ["book out of sync", "book in sync again"]
    assert other.snapshots == 1


async def test_duplicates_and_old_updates_change_nothing(pair: Pair, clock: FakeClock) -> None:
    live = await joined(pair, clock)
    update = diff(clock, 102, 103, 101, b=[["100.5", "2"]])
    for message in (update, update, diff(clock, 99, 101, 98)):
        await pair[0].send(DEPTH, message)
    await eventually(lambda: live.book.counts.stale == 2)
    assert live.book.best().bid == 100.5
    assert live.book.state is BookState.SYNCED


async def test_a_snapshot_older_than_the_buffer_is_asked_for_again(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    answers = iter([snapshot(50), snapshot(60), snapshot(101)])
    exchange.rest["depth"] = lambda _: next(answers)
    live = client.book("BTCUSDT")
    await eventually(lambda: exchange.carrying(DEPTH))
    await exchange.send(DEPTH, diff(clock, 100, 101, 99))
    await eventually(lambda: live.book.state is BookState.SYNCED, clock, 100)
    assert depth_calls(exchange) == 3


async def test_a_lost_connection_makes_the_book_unreadable_at_once(pair: Pair, clock: FakeClock) -> None:
    exchange, _ = pair
    live = await joined(pair, clock)
    await exchange.drop()
    await eventually(lambda: live.book.state is not BookState.SYNCED)
    with pytest.raises(BookNotReady) as refused:
        live.book.best()
    assert refused.value.reason is BookFault.DISCONNECTED
    await eventually(lambda: exchange.carrying(DEPTH), clock, 200)
    exchange.rest["depth"] = lambda _: snapshot(300, 90.0, 91.0)
    await exchange.send(DEPTH, diff(clock, 299, 301, 298))
    await eventually(lambda: live.book.state is BookState.SYNCED, clock, 200)
    assert live.book.best().ask == 91.0


async def test_a_silent_book_is_unreadable(pair: Pair, clock: FakeClock) -> None:
    live = await joined(pair, clock)
    await eventually(lambda: live.book.state is not BookState.SYNCED, clock, 1000)
    with pytest.raises(BookNotReady) as refused:
        live.book.best()
    assert refused.value.reason is BookFault.STREAM_STALE


async def test_late_updates_leave_the_book_unreadable(pair: Pair, clock: FakeClock) -> None:
    exchange, _ = pair
    live = await joined(pair, clock)
    for number in (102, 103):
        late = {**diff(clock, number, number, number - 1), "E": clock.now_ms() - 20_000}
        await exchange.send(DEPTH, late)
    await eventually(lambda: live.book.state is BookState.EMPTY)
    assert depth_calls(exchange) == 1
    exchange.rest["depth"] = lambda _: snapshot(104)
    await exchange.send(DEPTH, diff(clock, 104, 105, 103))
    await eventually(lambda: live.book.state is BookState.SYNCED, clock, 100)


async def test_a_delisted_symbol_is_asked_for_seldom_and_told_once(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    exchange.rest["depth"] = lambda _: web.json_response(
        {"code": -1121, "msg": "Invalid symbol."}, status=400
    )
    live = client.book("BTCUSDT")
    await eventually(lambda: exchange.carrying(DEPTH))
    with structlog.testing.capture_logs() as logs:
        for number in range(50):
            await exchange.send(DEPTH, diff(clock, 100 + number, 100 + number, 99 + number))
            await clock.advance(1000)
        await eventually(lambda: live.problem is not None)
    assert isinstance(live.problem, Rejected)
    assert depth_calls(exchange) == 1
    assert [log["event"] for log in logs] == ["no book snapshot"]
    with pytest.raises(BookNotReady):
        live.book.best()


async def test_snapshots_of_many_books_are_paced_by_the_weight(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    names = [f"S{number}USDT" for number in range(60)]
    lives = [client.book(name) for name in names]
    await eventually(lambda: sum(len(s.streams) for s in exchange.sockets) == 60, clock, 50)
    for name in names:
        await exchange.send(f"{name.lower()}@depth@100ms", {**diff(clock, 99, 101, 98), "s": name})
    await eventually(lambda: depth_calls(exchange) >= 40)
    await clock.advance(100)
    await eventually(lambda: sum(live.book.state is BookState.SYNCED for live in lives) >= 48)
    async with aiohttp.ClientSession() as session:
        for _ in range(40):  # time for more snapshots, if more were allowed
            async with session.get(f"{exchange.url}/time") as answer:
                await answer.read()
    assert sum(live.book.state is BookState.SYNCED for live in lives) == 48
    used, limit = client.weight_used()["futures"]
    assert used <= 0.4 * limit + 40  # a share stays for people's questions
    for number in range(102, 112):
        for name in names:
            update = {**diff(clock, number, number, number - 1), "s": name}
            await exchange.send(f"{name.lower()}@depth@100ms", update)
        await clock.advance(5000)
    await eventually(lambda: all(live.book.state is BookState.SYNCED for live in lives))
    assert [live.snapshots for live in lives] == [1] * 60


async def test_a_foreign_event_does_not_enter_a_book(pair: Pair, clock: FakeClock) -> None:
    live = await joined(pair, clock)
    await pair[0].send(DEPTH, {**diff(clock, 102, 102, 101), "s": "ETHUSDT"})
    await eventually(lambda: live.misrouted == 1)
    assert live.book.local_id == 101
    assert pair[1].streams.losses()["misrouted"] == 1


async def test_coin_margined_updates_are_dropped(pair: Pair, clock: FakeClock) -> None:
    live = await joined(pair, clock)
    await pair[0].send(DEPTH, {**diff(clock, 102, 102, 101), "st": 2})
    await pair[0].send(DEPTH, diff(clock, 102, 103, 101))
    await eventually(lambda: live.book.local_id == 103)
    assert live.book.counts.gaps == 0


async def test_books_leave_after_a_while_and_held_ones_stay(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    client.book("BTCUSDT")
    await eventually(lambda: exchange.carrying(DEPTH))
    with client.streams.books.lease(("futures", "ETHUSDT")):
        await eventually(lambda: len(list(client.streams.books)) == 1, clock, 1000)
        await eventually(lambda: not exchange.carrying(DEPTH), clock, 1000)
        assert [live.symbol for live in client.streams.books] == ["ETHUSDT"]
    await eventually(lambda: not exchange.sockets, clock, 1000)


async def test_when_all_places_are_held_the_next_book_is_refused(clock: FakeClock) -> None:
    async with live_client(clock) as (_, client):
        client.streams.books._capacity = 1
        hold = client.streams.books.lease(("futures", "BTCUSDT"))
        with pytest.raises(Unavailable) as refused:
            client.book("ETHUSDT")
        assert refused.value.source == "binance.books"
        hold.close()
        assert client.book("ETHUSDT").symbol == "ETHUSDT"


@pytest.mark.parametrize("status", [451, 503])
async def test_a_failed_snapshot_is_read_again_and_its_fault_forgotten(
    pair: Pair, clock: FakeClock, status: int
) -> None:
    exchange, client = pair
    answers = iter([web.Response(status=status), snapshot(101)])
    exchange.rest["depth"] = lambda _: next(answers)
    live = client.book("BTCUSDT")
    await eventually(lambda: exchange.carrying(DEPTH))
    await exchange.send(DEPTH, diff(clock, 99, 101, 98))
    await eventually(lambda: live.problem is not None)
    assert live.snapshots == 0
    await eventually(lambda: live.book.state is BookState.SYNCED, clock, 100)
    assert live.problem is None
    assert live.snapshots == 1


async def test_the_age_of_a_book_is_that_of_its_newest_update(pair: Pair, clock: FakeClock) -> None:
    live = pair[1].book("BTCUSDT")
    assert live.age_ms() is None
    live = await joined(pair, clock)
    await pair[0].send(DEPTH, diff(clock, 102, 102, 101))
    await eventually(lambda: live.book.local_id == 102)
    await clock.advance(1500)
    assert live.age_ms() == 1500


async def test_a_caller_may_wait_for_the_next_update(pair: Pair, clock: FakeClock) -> None:
    live = await joined(pair, clock)
    waiting = asyncio.create_task(live.changed())
    await clock.settle()
    assert not waiting.done()
    await pair[0].send(DEPTH, diff(clock, 102, 102, 101))
    await eventually(waiting.done)
    assert live.book.local_id == 102


def deep(last: int, best_bid: float) -> dict[str, Any]:
    """A REST book as deep as requested, a level per unit of price."""
    bids = [[str(best_bid - row), "1"] for row in range(SNAPSHOT_LEVELS)]
    return {"lastUpdateId": last, "bids": bids, "asks": [["9001", "1"]]}


async def test_a_book_that_leaves_its_range_is_extended_after_a_pause_and_stays_readable(
    pair: Pair, clock: FakeClock
) -> None:
    exchange, _ = pair
    exchange.rest["depth"] = lambda _: deep(100, 9000.0)
    live = await joined(pair, clock)
    gone = [[str(9000.0 - row), "0"] for row in range(SNAPSHOT_LEVELS)]
    exchange.rest["depth"] = lambda _: deep(102, 7000.0)
    await exchange.send(DEPTH, diff(clock, 102, 102, 101, b=[*gone, ["7000", "1"]]))
    await eventually(lambda: live.book.local_id == 102)
    await clock.settle()
    await clock.advance(round(WIDEN_PAUSE_S * 1000) - 1)
    assert (live.book.state, live.book.best().bid, depth_calls(exchange)) == (BookState.SYNCED, 7000.0, 1)
    await clock.advance(1)
    await eventually(lambda: live.snapshots == 2)
    assert live.book.top(SNAPSHOT_LEVELS)[0][-1] == (7000.0 - SNAPSHOT_LEVELS + 1, 1.0)


@pytest.mark.parametrize(("in_sync_s", "at_once"), [(50, False), (60, True)])
async def test_only_a_book_that_was_in_sync_for_long_is_read_again_without_a_pause(
    pair: Pair, clock: FakeClock, in_sync_s: int, at_once: bool
) -> None:
    exchange, _ = pair
    live = await joined(pair, clock)
    for number in range(102, 102 + in_sync_s // 10):
        await clock.advance(10_000)
        await exchange.send(DEPTH, diff(clock, number, number, number - 1))
        await eventually(partial(_is_at, live, number))
    exchange.rest["depth"] = lambda _: snapshot(205)
    await exchange.send(DEPTH, diff(clock, 204, 205, 203))
    await eventually(lambda: live.book.counts.gaps == 1)
    if at_once:
        await eventually(lambda: live.book.state is BookState.SYNCED)
    else:
        await clock.settle()
        await clock.advance(999)
        assert depth_calls(exchange) == 1
        await eventually(lambda: live.book.state is BookState.SYNCED, clock, 100)


def _is_at(live: LiveBook, update_id: int) -> bool:
    return live.book.local_id == update_id


async def test_looking_at_a_book_neither_opens_nor_keeps_it(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    books = client.streams.books
    assert books.peek(("futures", "BTCUSDT")) is None
    live = client.book("BTCUSDT")
    assert books.peek(("futures", "BTCUSDT")) is live
    assert books.peek(("spot", "BTCUSDT")) is None
    await eventually(lambda: books.peek(("futures", "BTCUSDT")) is None, clock, 1000)
    await eventually(lambda: not exchange.sockets, clock, 1000)


async def test_a_snapshot_on_its_way_is_dropped_with_its_connection(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    exchange.hold = asyncio.Event()
    live = client.book("BTCUSDT")
    await eventually(lambda: exchange.carrying(DEPTH))
    await exchange.send(DEPTH, diff(clock, 99, 101, 98))
    await eventually(lambda: depth_calls(exchange) == 1)
    await exchange.drop()
    await eventually(lambda: live.book.reason is BookFault.DISCONNECTED)
    exchange.hold.set()
    exchange.rest["depth"] = lambda _: snapshot(300)
    await eventually(lambda: exchange.carrying(DEPTH), clock, 200)
    assert live.snapshots == 0
    await exchange.send(DEPTH, diff(clock, 299, 301, 298))
    await eventually(lambda: live.book.state is BookState.SYNCED, clock, 200)
    assert (live.snapshots, live.book.local_id) == (1, 301)


async def test_closed_books_leave_their_streams(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    await joined(pair, clock)
    client.streams.books.close()
    assert list(client.streams.books) == []
    await eventually(lambda: not exchange.sockets, clock, 1000)


async def test_after_a_ban_a_book_is_read_again_as_soon_as_it_ends(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    answers = iter([web.Response(status=418, headers={"Retry-After": "20"}), snapshot(101)])
    exchange.rest["depth"] = lambda _: next(answers)
    live = client.book("BTCUSDT")
    await eventually(lambda: exchange.carrying(DEPTH))
    await exchange.send(DEPTH, diff(clock, 99, 101, 98))
    await eventually(lambda: live.problem is not None)
    await clock.settle()
    await clock.advance(19_000)
    assert depth_calls(exchange) == 1
    await eventually(lambda: live.book.state is BookState.SYNCED, clock, 100)
    assert depth_calls(exchange) == 2
