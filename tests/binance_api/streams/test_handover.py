"""Replacing a connection: what is counted, what happens when the next one fails, and restarts after a defect."""

import asyncio
import random
from collections.abc import AsyncIterator
from functools import partial
from itertools import pairwise

import aiohttp
import pytest
import structlog

from tests.binance_api.streams.supervised import (
    BOOK,
    MARK,
    RARE,
    TRADES,
    RecordingListener,
    Supervised,
    mark,
    state_of,
    supervising,
    trade,
)
from tests.support.clock import FakeClock
from tests.support.stream_exchange import StreamExchange, eventually
from utils.binance_api.streams.backoff import Backoff
from utils.binance_api.streams.connection import Connection, connect
from utils.binance_api.streams.names import FUTURES_MARKET, StreamKey
from utils.binance_api.streams.route_connection import (
    HANDOVER_S,
    RECOVERY_PAUSE_S,
    ROTATE_S,
    RouteConnection,
)
from utils.binance_api.streams.subscription import LAGGING_MS, StreamState
from utils.binance_api.streams.supervisor import (
    CONNECTIONS_WINDOW_MS,
    CRASH_PAUSE_S,
    MAX_CONNECTIONS,
    StreamStatus,
    StreamSupervisor,
)
from utils.http.limiter import GUARD_MS, SAFE_SHARE
from utils.http.transitions import Transitions

NAME = "futures.market.1"
"""The connection of TRADES, the first that is made."""


@pytest.fixture
async def listener(supervised: Supervised) -> RecordingListener:
    """The listener of TRADES, which are acknowledged."""
    exchange, supervisor = supervised
    made = RecordingListener()
    supervisor.subscribe(TRADES, made)
    await eventually(lambda: exchange.carrying(TRADES.name) and made.lives)
    return made


async def test_a_requested_replacement_takes_over_after_both_have_run_for_a_while(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock, listener: RecordingListener
) -> None:
    with structlog.testing.capture_logs() as logs:
        supervisor.reconnect()
        await eventually(lambda: len(exchange.carrying(TRADES.name)) == 2, clock, 50)
        await exchange.send(TRADES.name, trade(1, clock))
        await eventually(lambda: listener.ids == [1])
        await clock.advance(round(HANDOVER_S * 1000) - 1000)
        assert len(exchange.sockets) == 2
        await eventually(lambda: len(exchange.sockets) == 1, clock, 100)
    assert [(log["event"], log["reason"]) for log in logs] == [
        ("replacing connection", "requested by an operator")
    ]
    assert listener.losses == []
    assert supervisor.connections == {NAME: {"connected": 2, "replaced": 1, "repeated": 1}}


async def test_a_replacement_that_is_refused_leaves_the_connection_in_use(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock, listener: RecordingListener
) -> None:
    exchange.refuse = 503
    supervisor.reconnect()
    await eventually(lambda: supervisor.transitions.failing, clock, 50)
    assert supervisor.transitions.failing == (f"binance.stream.{NAME}.replacement",)
    await exchange.send(TRADES.name, trade(1, clock))
    await eventually(lambda: listener.ids == [1])
    exchange.refuse = None
    supervisor.reconnect()
    await eventually(lambda: supervisor.connections[NAME].get("replaced") == 1, clock, 50)
    await eventually(lambda: not supervisor.transitions.failing)
    assert listener.losses == []


async def test_a_successor_that_never_answers_is_given_up_and_the_old_one_stays(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock, listener: RecordingListener
) -> None:
    exchange.deaf = True
    supervisor.reconnect()
    await eventually(lambda: len(exchange.sockets) == 2, clock, 50)
    number = 0
    while "handover_failed" not in supervisor.connections[NAME]:
        number += 1
        await exchange.send(TRADES.name, trade(number, clock))
        await eventually(partial(_newest_is, listener, number))
        await clock.advance(1000)
        assert number < 30
    exchange.deaf = False
    await eventually(lambda: len(exchange.sockets) == 1, clock, 100)
    await exchange.send(TRADES.name, trade(number + 1, clock))
    await eventually(lambda: listener.ids == list(range(1, number + 2)))
    assert listener.losses == []
    assert supervisor.connections == {
        NAME: {"connected": 2, "half_open": 1, "handover_failed": 1, "repeated": 0}
    }


def _newest_is(listener: RecordingListener, number: int) -> bool:
    return listener.ids[-1:] == [number]


async def test_the_successor_is_used_when_the_old_connection_ends_before_it_is_complete(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock, listener: RecordingListener
) -> None:
    exchange.slow = asyncio.Event()
    supervisor.reconnect()
    await eventually(lambda: len(exchange.sockets) == 2 and exchange.sockets[1].messages, clock, 50)
    await exchange.sockets[0].ws.close()
    await eventually(lambda: listener.losses == [StreamState.DOWN], clock, 50)
    exchange.slow.set()
    await eventually(lambda: exchange.carrying(TRADES.name) and listener.lives == 2, clock, 50)
    await exchange.send(TRADES.name, trade(1, clock))
    await eventually(lambda: listener.ids == [1])
    assert exchange.opened == 2
    assert supervisor.connections == {
        NAME: {"connected": 2, "handover_failed": 1, "replaced": 1, "repeated": 0}
    }


async def test_after_a_replacement_a_silent_stream_asks_for_the_next_only_after_a_pause(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    supervisor.subscribe(MARK, RecordingListener())
    await eventually(lambda: exchange.opened == 2, clock, 500)
    replaced_s = clock.monotonic()
    await eventually(lambda: exchange.opened == 3, clock, 500)
    assert clock.monotonic() - replaced_s >= RECOVERY_PAUSE_S - 1.0
    assert supervisor.connections[NAME]["recoveries"] == 2


async def test_after_a_failed_replacement_the_next_waits_a_minute(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock, listener: RecordingListener
) -> None:
    supervisor.subscribe(MARK, RecordingListener())  # silent, so that it asks for replacements
    number, failed_s = 0, 0.0
    while exchange.opened < 3:
        number += 1
        await exchange.send(TRADES.name, trade(number, clock))
        await eventually(partial(_newest_is, listener, number))
        await clock.advance(1000)
        if "handover_failed" in supervisor.connections[NAME]:
            failed_s = failed_s or clock.monotonic()
        exchange.deaf = number >= 20 and not failed_s  # the successor is never answered
        assert number < 300
    assert clock.monotonic() - failed_s >= RECOVERY_PAUSE_S
    assert listener.losses == []


async def test_a_dropped_connection_counts_its_failure_and_the_next(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock, listener: RecordingListener
) -> None:
    await exchange.drop()
    await eventually(lambda: listener.lives == 2, clock, 100)
    assert supervisor.connections == {NAME: {"connected": 2, "failed": 1}}


async def test_streams_that_fall_behind_are_told_once_and_so_is_their_recovery(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock, listener: RecordingListener
) -> None:
    gone = supervisor.subscribe(MARK, RecordingListener())
    await eventually(lambda: exchange.carrying(MARK.name), clock, 50)
    with structlog.testing.capture_logs() as logs:
        late_ms = clock.now_ms() - LAGGING_MS - 1
        await exchange.send(TRADES.name, {**trade(1, clock), "E": late_ms})
        await exchange.send(MARK.name, {**mark(clock), "E": late_ms})
        await eventually(lambda: state_of(supervisor, MARK) is StreamState.LAGGING)
        await clock.advance(2000)
        gone.close()
        for number in range(2, 40):
            await exchange.send(TRADES.name, trade(number, clock))
            await eventually(partial(_newest_is, listener, number))
            await clock.advance(1000)
    assert [row.name for row in supervisor.status()] == [TRADES.name]
    assert [(log["event"], log["count"], log["streams"]) for log in logs if "count" in log] == [
        ("streams are stale or lagging", 2, [TRADES.name, MARK.name]),
        ("streams are live again", 1, [TRADES.name]),
    ]
    assert supervisor.counts == {}


async def test_frames_of_no_stream_of_ours_and_refused_streams_are_counted(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock, listener: RecordingListener
) -> None:
    exchange.unknown = {"nope@aggTrade"}
    supervisor.subscribe(StreamKey("futures", "nope@aggTrade"), RecordingListener())
    await eventually(lambda: supervisor.connections[NAME].get("refused"), clock, 50)
    await exchange.sockets[0].send("other@aggTrade", trade(1, clock))
    await exchange.sockets[0].send("!serverShutdown", {"e": "serverShutdown", "E": clock.now_ms()})
    await eventually(lambda: "shutdown_notice" in supervisor.connections[NAME])
    counts = supervisor.connections[NAME]
    assert (counts["unrouted"], counts["refused"], counts["shutdown_notice"]) == (1, 1, 1)
    assert listener.events == []


async def test_the_status_tells_of_every_stream(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock, listener: RecordingListener
) -> None:
    supervisor.subscribe(TRADES, RecordingListener())
    supervisor.subscribe(RARE, RecordingListener()).close()
    await eventually(lambda: state_of(supervisor, RARE) is StreamState.SUBSCRIBED, clock, 50)
    await exchange.send(TRADES.name, trade(1, clock))
    await eventually(lambda: listener.events)
    await clock.advance(700)
    live, waiting = StreamState.LIVE, StreamState.SUBSCRIBED
    assert supervisor.status() == (
        StreamStatus("futures", TRADES.name, NAME, live, listeners=2, frames=1, losses=0, lag_ms=700),
        StreamStatus("futures", RARE.name, NAME, waiting, listeners=0, frames=0, losses=0, lag_ms=None),
    )


async def test_a_supervisor_closes_at_any_time_and_what_it_had_is_gone(
    supervisor: StreamSupervisor, exchange: StreamExchange
) -> None:
    await supervisor.close()
    supervisor.subscribe(TRADES, RecordingListener())
    await eventually(lambda: exchange.carrying(TRADES.name))
    await supervisor.close()
    await supervisor.close()
    await eventually(lambda: not exchange.sockets)
    assert (supervisor.status(), supervisor.connections) == ((), {})


async def test_a_watcher_that_fails_is_counted_and_the_ticks_go_on(
    supervisor: StreamSupervisor, clock: FakeClock, listener: RecordingListener
) -> None:
    ticks: list[float] = []

    def watch(now_s: float) -> None:
        ticks.append(now_s)
        raise RuntimeError("broken")

    supervisor.on_tick.append(watch)
    with structlog.testing.capture_logs():
        await clock.advance(3000)
    assert [after - before for before, after in pairwise(ticks)] == [1.0, 1.0]
    assert supervisor.counts == {"tick_errors": 3}


async def test_a_defect_in_a_connection_is_told_and_the_connection_restarted(clock: FakeClock) -> None:
    broken: list[bool] = []

    def market_ms() -> int:
        if broken:
            broken.pop()
            raise RuntimeError("broken")
        return clock.now_ms()

    async with supervising(clock, market_ms) as (exchange, supervisor):
        listener = RecordingListener()
        supervisor.subscribe(TRADES, listener)
        await eventually(lambda: exchange.carrying(TRADES.name))
        broken.append(True)
        with structlog.testing.capture_logs() as logs:
            await exchange.send(TRADES.name, trade(1, clock))
            await eventually(lambda: supervisor.counts["connection_crashes"] == 1)
        assert [log["log_level"] for log in logs] == ["error"]
        await clock.settle()
        await clock.advance(round(CRASH_PAUSE_S * 1000) - 1)
        assert exchange.opened == 1
        await clock.advance(1)
        await eventually(lambda: exchange.carrying(TRADES.name), clock, 100)
        await exchange.send(TRADES.name, trade(2, clock))
        await eventually(lambda: listener.ids == [2])


async def test_a_route_that_is_closed_to_us_is_tried_again(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    exchange.refuse = 403
    supervisor.subscribe(TRADES, RecordingListener())
    await eventually(lambda: exchange.opened == 3, clock, 250)
    assert supervisor.transitions.failing == (f"binance.stream.{NAME}",)
    exchange.refuse = None
    await eventually(lambda: exchange.carrying(TRADES.name), clock, 250)
    assert (supervisor.counts, supervisor.connections[NAME]) == ({}, {"failed": 3, "connected": 1})


async def test_new_connections_stay_within_the_limit_of_five_minutes() -> None:
    window = 5_666_667 * CONNECTIONS_WINDOW_MS
    clock, allowed = FakeClock(window + GUARD_MS), int(MAX_CONNECTIONS * SAFE_SHARE)
    async with supervising(clock) as (exchange, supervisor):
        for key in (TRADES, BOOK, *(StreamKey(product, "a@depth") for product in ("spot", "options"))):
            supervisor.subscribe(key, RecordingListener())
        supervisor.subscribe(StreamKey("options", "a@optionMarkPrice"), RecordingListener())
        while exchange.opened < allowed:
            supervisor.reconnect()
            await clock.advance(500)
            assert clock.now_ms() < window + CONNECTIONS_WINDOW_MS - GUARD_MS
        supervisor.reconnect()
        await clock.advance(window + CONNECTIONS_WINDOW_MS + GUARD_MS - 1 - clock.now_ms())
        assert exchange.opened == allowed
        await eventually(lambda: exchange.opened > allowed, clock, 100)


@pytest.fixture
async def route(exchange: StreamExchange, clock: FakeClock) -> AsyncIterator[RouteConnection]:
    """A connection of its own that no supervisor ticks, subscribed to MARK at second 0."""
    async with aiohttp.ClientSession() as session:

        async def opened(owner: RouteConnection) -> Connection:
            ws = await connect(session, f"{exchange.ws_url}/market/stream", source=owner.source)
            return Connection(ws, owner.route, owner, clock, source=owner.source)

        backoff = Backoff(random.Random(1))
        made = RouteConnection("x", FUTURES_MARKET, opened, clock, clock.now_ms, backoff, Transitions())
        subscription, task = made.add(MARK), asyncio.create_task(made.run())
        await eventually(lambda: subscription.state is StreamState.SUBSCRIBED)
        yield made
        task.cancel()
        await asyncio.wait({task})


async def test_replacements_for_silence_are_a_minute_apart(route: RouteConnection) -> None:
    recoveries = []
    for second in range(1, 100):
        route.tick(float(second))
        recoveries.append(route.counts["recoveries"])
    assert [recoveries.index(times) + 1 for times in (1, 2)] == [30, 30 + RECOVERY_PAUSE_S]


async def test_a_connection_is_old_only_after_23_hours(
    route: RouteConnection, exchange: StreamExchange, clock: FakeClock
) -> None:
    route.remove(MARK.name)
    route.tick(ROTATE_S)
    await clock.settle()
    assert exchange.opened == 1
    route.tick(ROTATE_S + 0.5)
    await eventually(lambda: exchange.opened == 2)
