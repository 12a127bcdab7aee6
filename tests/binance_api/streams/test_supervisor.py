"""The supervisor on real sockets and a clock that moves only when told."""

import asyncio
from functools import partial
from itertools import pairwise
from typing import Any

import structlog

from tests.binance_api.streams.supervised import (
    BOOK,
    MARK,
    RARE,
    TRADES,
    RecordingListener,
    mark,
    state_of,
    trade,
)
from tests.support.clock import FakeClock
from tests.support.stream_exchange import StreamExchange, eventually
from utils.binance_api.streams.decode import Payload
from utils.binance_api.streams.names import StreamKey
from utils.binance_api.streams.subscription import StreamState
from utils.binance_api.streams.supervisor import StreamSupervisor


async def test_streams_go_to_the_route_that_carries_them(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    for key in (MARK, TRADES, BOOK, StreamKey("spot", "btcusdt@trade")):
        supervisor.subscribe(key, RecordingListener())
    await eventually(lambda: sum(len(socket.streams) for socket in exchange.sockets) == 4, clock, 100)
    carried = {socket.path: socket.streams for socket in exchange.sockets}
    assert carried == {
        "/market/stream": {MARK.name, TRADES.name},
        "/public/stream": {BOOK.name},
        "/stream": {"btcusdt@trade"},
    }


async def test_many_names_are_one_message_and_more_than_the_limit_is_one_more_connection(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    for number in range(1030):
        supervisor.subscribe(StreamKey("futures", f"s{number}@aggTrade"), RecordingListener())
    await eventually(lambda: sum(len(s.streams) for s in exchange.sockets) == 1030, clock, 100)
    assert sorted(len(socket.streams) for socket in exchange.sockets) == [6, 1024]
    assert max(len(socket.messages) for socket in exchange.sockets) == 6


async def test_two_listeners_share_a_stream_which_lingers_after_the_last(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    first, second = RecordingListener(), RecordingListener()
    one, two = supervisor.subscribe(TRADES, first), supervisor.subscribe(TRADES, second)
    await eventually(lambda: exchange.carrying(TRADES.name))
    await exchange.send(TRADES.name, trade(1, clock))
    await eventually(lambda: first.ids == second.ids == [1])
    one.close()
    await exchange.send(TRADES.name, trade(2, clock))
    await eventually(lambda: second.ids == [1, 2])
    assert first.ids == [1]
    two.close()
    await clock.advance(20_000)
    assert exchange.carrying(TRADES.name)
    await eventually(lambda: not exchange.sockets, clock, 1000)
    assert supervisor.status() == ()


def methods(exchange: StreamExchange, stream: str) -> list[str]:
    """Return the methods of the messages that named a stream, in order."""
    messages = (message for socket in exchange.sockets for message in socket.messages)
    return [message["method"] for message in messages if stream in message.get("params", ())]


async def test_a_stream_without_listeners_is_unsubscribed_and_its_connection_stays_for_the_others(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    listener = RecordingListener()
    unused = supervisor.subscribe(TRADES, RecordingListener())
    supervisor.subscribe(MARK, listener)
    await eventually(lambda: exchange.carrying(TRADES.name) and exchange.carrying(MARK.name), clock, 50)
    unused.close()
    await clock.advance(29_000)
    await eventually(lambda: len(supervisor.status()) == 2)
    assert methods(exchange, TRADES.name) == ["SUBSCRIBE"]
    await eventually(lambda: not exchange.carrying(TRADES.name), clock, 500)
    assert methods(exchange, TRADES.name) == ["SUBSCRIBE", "UNSUBSCRIBE"]
    assert [row.name for row in supervisor.status()] == [MARK.name]
    await exchange.send(MARK.name, mark(clock))
    await eventually(lambda: len(listener.events) == 1)
    assert exchange.opened == 1


async def test_a_stream_that_is_wanted_again_is_subscribed_again(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    supervisor.subscribe(MARK, RecordingListener())
    supervisor.subscribe(TRADES, RecordingListener()).close()
    await eventually(lambda: exchange.carrying(TRADES.name), clock, 50)
    await eventually(lambda: not exchange.carrying(TRADES.name), clock, 500)
    listener = RecordingListener()
    supervisor.subscribe(TRADES, listener)
    await eventually(lambda: exchange.carrying(TRADES.name), clock, 50)
    await exchange.send(TRADES.name, trade(1, clock))
    await eventually(lambda: listener.ids == [1])
    assert methods(exchange, TRADES.name) == ["SUBSCRIBE", "UNSUBSCRIBE", "SUBSCRIBE"]


async def test_a_late_acknowledgement_does_not_revive_a_stream_without_listeners(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    supervisor.subscribe(RARE, RecordingListener())
    await eventually(lambda: exchange.carrying(RARE.name))
    exchange.slow = asyncio.Event()
    unused = supervisor.subscribe(TRADES, RecordingListener())
    await eventually(lambda: methods(exchange, TRADES.name) == ["SUBSCRIBE"], clock, 50)
    unused.close()
    clock_jump(clock, 30_000)
    await eventually(lambda: len(supervisor.status()) == 1, clock, 100)
    exchange.slow.set()
    await eventually(lambda: methods(exchange, TRADES.name)[1:] == ["UNSUBSCRIBE"], clock, 100)
    probes = _probed(exchange)
    await eventually(lambda: _probed(exchange) >= probes + 2, clock, 500)
    assert methods(exchange, TRADES.name) == ["SUBSCRIBE", "UNSUBSCRIBE"]
    assert not exchange.carrying(TRADES.name)
    assert exchange.opened == 1


async def test_a_subscription_that_the_exchange_lost_is_found_by_asking_and_renewed(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    supervisor.subscribe(RARE, RecordingListener())
    await eventually(lambda: exchange.carrying(RARE.name))
    exchange.sockets[0].streams.clear()
    await eventually(lambda: exchange.carrying(RARE.name), clock, 500)
    assert methods(exchange, RARE.name) == ["SUBSCRIBE", "UNSUBSCRIBE", "SUBSCRIBE"]
    assert exchange.opened == 1


def _probed(exchange: StreamExchange) -> int:
    return [message["method"] for message in exchange.sockets[0].messages].count("LIST_SUBSCRIPTIONS")


async def test_a_listener_that_returns_in_time_keeps_the_stream(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    supervisor.subscribe(TRADES, RecordingListener()).close()
    await eventually(lambda: exchange.carrying(TRADES.name))
    await clock.advance(20_000)
    again = RecordingListener()
    supervisor.subscribe(TRADES, again)
    await clock.advance(20_000)
    await exchange.send(TRADES.name, trade(1, clock))
    await eventually(lambda: again.ids == [1])
    assert exchange.opened == 1


async def test_a_dropped_socket_is_opened_again_with_all_its_streams(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    listener = RecordingListener()
    supervisor.subscribe(TRADES, listener)
    supervisor.subscribe(MARK, RecordingListener())
    await eventually(lambda: len(exchange.sockets) == 1 and len(exchange.sockets[0].streams) == 2, clock, 50)
    with structlog.testing.capture_logs() as logs:
        await exchange.drop()
        await eventually(lambda: listener.losses == [StreamState.DOWN])
        await eventually(lambda: len(exchange.carrying(TRADES.name)) == 1, clock, 200)
        await exchange.send(TRADES.name, trade(7, clock))
        await eventually(lambda: listener.ids == [7])
    assert [log["event"] for log in logs] == ["source stopped answering", "source answers again"]
    assert listener.lives == 2


async def test_refused_connections_are_tried_with_growing_pauses_and_told_once(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    exchange.refuse = 503
    moments: list[int] = []
    with structlog.testing.capture_logs() as logs:
        supervisor.subscribe(TRADES, RecordingListener())
        for attempt in range(1, 13):
            await eventually(partial(_opened, exchange, attempt), clock, 250)
            moments.append(clock.now_ms())
        exchange.refuse = None
        await eventually(lambda: exchange.carrying(TRADES.name), clock, 1000)
    pauses = [(after - before) / 1000 for before, after in pairwise(moments)]
    assert all(1.0 <= pause <= 62.0 for pause in pauses)
    assert pauses[0] < 3.0
    assert min(pauses[-4:]) >= 30.0
    assert [log["event"] for log in logs].count("source stopped answering") == 1


async def test_the_wait_asked_for_by_a_429_is_kept(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    exchange.refuse, exchange.refuse_headers = 429, {"Retry-After": "300"}
    supervisor.subscribe(TRADES, RecordingListener())
    await eventually(lambda: exchange.opened == 1)
    await eventually(lambda: clock.sleeping >= 2)
    exchange.refuse = None
    await clock.advance(299_000)
    assert exchange.opened == 1
    await eventually(lambda: exchange.carrying(TRADES.name), clock, 1000)


async def test_a_stream_the_exchange_does_not_know_leaves_the_others_alone(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    exchange.unknown = {"nope@aggTrade"}
    names = [f"s{number}@aggTrade" for number in range(7)]
    for name in (*names, "nope@aggTrade"):
        supervisor.subscribe(StreamKey("futures", name), RecordingListener())
    await eventually(lambda: set(names) <= {n for s in exchange.sockets for n in s.streams}, clock, 100)
    await eventually(
        lambda: state_of(supervisor, StreamKey("futures", "nope@aggTrade")) is StreamState.REFUSED, clock, 100
    )


async def test_a_silent_stream_is_subscribed_again_then_moved_to_a_new_connection(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    quiet, busy = RecordingListener(), RecordingListener()
    supervisor.subscribe(MARK, quiet)
    supervisor.subscribe(TRADES, busy)
    await eventually(lambda: len(exchange.carrying(TRADES.name)) == 1, clock, 50)
    number = 0
    with structlog.testing.capture_logs() as logs:
        for _ in range(16):
            number += 1
            await exchange.send(TRADES.name, trade(number, clock))
            await eventually(partial(_newest_is, busy, number))
            await clock.advance(1000)
        await eventually(lambda: quiet.losses == [StreamState.STALE], clock, 100)
        await eventually(lambda: any(_again(m) for m in exchange.sockets[0].messages), clock, 100)
        assert exchange.opened == 1
        await eventually(lambda: exchange.opened == 2, clock, 200)
        await exchange.send(MARK.name, mark(clock))
        await eventually(lambda: state_of(supervisor, MARK) is StreamState.LIVE, clock, 200)
        await eventually(lambda: len(exchange.sockets) == 1, clock, 200)
    troubles = [log["event"] for log in logs]
    assert troubles.count("streams are stale or lagging") == 1
    assert troubles.count("streams are live again") <= 1
    assert busy.losses == []
    assert busy.ids == sorted(set(busy.ids))


def _opened(exchange: StreamExchange, times: int) -> bool:
    return exchange.opened >= times


def _retrieve_outcome(listener: RecordingListener, times: int) -> bool:
    return len(listener.events) == times


def _newest_is(listener: RecordingListener, number: int) -> bool:
    return listener.ids[-1:] == [number]


def _again(message: dict[str, Any]) -> bool:
    asked: bool = message["method"] == "UNSUBSCRIBE" and message["params"] == [MARK.name]
    return asked


async def test_a_half_open_socket_is_found_by_asking_and_replaced(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    listener = RecordingListener()
    supervisor.subscribe(StreamKey("futures", "!forceOrder@arr"), listener)  # its silence alone says nothing
    await eventually(lambda: exchange.carrying("!forceOrder@arr"))
    exchange.deaf = True
    await eventually(lambda: listener.losses == [StreamState.DOWN], clock, 1000)
    exchange.deaf = False
    await eventually(lambda: exchange.opened == 2 and exchange.carrying("!forceOrder@arr"), clock, 200)
    assert any(connection.get("half_open") == 1 for connection in supervisor.connections.values())


async def test_a_quiet_but_living_socket_is_left_alone(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    listener = RecordingListener()
    supervisor.subscribe(StreamKey("futures", "!forceOrder@arr"), listener)
    await eventually(lambda: exchange.carrying("!forceOrder@arr"))
    for _ in range(300):
        await clock.advance(1000)
        await eventually(lambda: all(len(s.messages) < 20 for s in exchange.sockets))
    assert exchange.opened == 1
    assert listener.losses == []


async def test_a_connection_is_replaced_at_23_hours_without_gap_or_duplicate(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    listener = RecordingListener()
    supervisor.subscribe(TRADES, listener)
    await eventually(lambda: exchange.carrying(TRADES.name))
    await exchange.send(TRADES.name, trade(1, clock))
    await eventually(lambda: listener.ids == [1])
    clock_jump(clock, 23 * 3600_000)
    number = 1
    while exchange.opened < 2 or len(exchange.sockets) > 1:
        number += 1
        await exchange.send(TRADES.name, trade(number, clock))
        await eventually(partial(_newest_is, listener, number))
        await clock.advance(500)
        assert number < 200
    number += 1
    await eventually(lambda: exchange.carrying(TRADES.name))
    await exchange.send(TRADES.name, trade(number, clock))
    await eventually(partial(_newest_is, listener, number))
    assert listener.ids == list(range(1, number + 1))
    assert listener.losses == []
    assert any(connection.get("repeated", 0) > 0 for connection in supervisor.connections.values())


def clock_jump(clock: FakeClock, ms: int) -> None:
    """Let wall and monotonic time pass as if the process had been held up."""
    clock._now_ms += ms


async def test_a_shutdown_notice_opens_the_next_connection_at_once(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    listener = RecordingListener()
    supervisor.subscribe(TRADES, listener)
    await eventually(lambda: exchange.carrying(TRADES.name))
    await exchange.sockets[0].send("!serverShutdown", {"e": "serverShutdown", "E": clock.now_ms()})
    await eventually(lambda: len(exchange.carrying(TRADES.name)) == 2, clock, 50)
    old = exchange.sockets[0]
    await eventually(lambda: all(s.streams == {TRADES.name} for s in exchange.sockets))
    await old.ws.close(code=1001)
    await eventually(lambda: len(exchange.sockets) == 1, clock, 500)
    await exchange.send(TRADES.name, trade(5, clock))
    await eventually(lambda: listener.ids == [5])
    assert listener.losses == []


async def test_a_blocked_loop_is_not_taken_for_silence(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    listener = RecordingListener()
    supervisor.subscribe(MARK, listener)
    await eventually(lambda: exchange.carrying(MARK.name))
    await exchange.send(MARK.name, mark(clock))
    await eventually(lambda: len(listener.events) == 1)
    clock_jump(clock, 60_000)
    await clock.advance(2000)
    assert supervisor.counts["blocked"] == 1
    assert listener.losses == []
    assert exchange.opened == 1
    await eventually(lambda: listener.losses == [StreamState.STALE], clock, 1000)


async def test_an_answer_outstanding_while_the_loop_was_blocked_is_not_a_half_open_socket(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    supervisor.subscribe(MARK, RecordingListener())
    await eventually(lambda: exchange.carrying(MARK.name))
    exchange.deaf = True
    supervisor.subscribe(TRADES, RecordingListener())
    await clock.advance(500)
    clock_jump(clock, 60_000)
    await clock.advance(1000)
    assert not any(connection.get("half_open") for connection in supervisor.connections.values())


async def test_late_events_are_told_and_so_is_their_end(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    listener = RecordingListener()
    supervisor.subscribe(TRADES, listener)
    await eventually(lambda: exchange.carrying(TRADES.name))
    await exchange.send(TRADES.name, {**trade(1, clock), "E": clock.now_ms() - 20_000})
    await eventually(lambda: listener.losses == [StreamState.LAGGING])
    assert supervisor.status()[0].lag_ms == 20_000
    await exchange.send(TRADES.name, trade(2, clock))
    await eventually(lambda: state_of(supervisor, TRADES) is StreamState.LIVE)
    assert listener.ids == [1, 2]


async def test_garbled_frames_are_counted_told_once_and_survived(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    listener = RecordingListener()
    supervisor.subscribe(TRADES, listener)
    await eventually(lambda: exchange.carrying(TRADES.name))
    with structlog.testing.capture_logs() as logs:
        for number in range(3):
            await exchange.sockets[0].ws.send_str('{"stream":"btcusdt@aggTrade","data":{"e":"aggTr')
            await exchange.send(TRADES.name, trade(number, clock))
            await eventually(partial(_retrieve_outcome, listener, number + 1))
            await clock.advance(1000)
    assert [log["event"] for log in logs] == ["source stopped answering"]
    assert any(connection.get("bad_frames") == 3 for connection in supervisor.connections.values())


async def test_a_listener_that_fails_does_not_end_the_others(
    supervisor: StreamSupervisor, exchange: StreamExchange, clock: FakeClock
) -> None:
    class Broken(RecordingListener):
        def event(self, payload: Payload) -> None:
            raise RuntimeError("broken")

    supervisor.subscribe(TRADES, Broken())
    listener = RecordingListener()
    supervisor.subscribe(TRADES, listener)
    await eventually(lambda: exchange.carrying(TRADES.name))
    with structlog.testing.capture_logs() as logs:
        for number in (1, 2):
            await exchange.send(TRADES.name, trade(number, clock))
        await eventually(lambda: listener.ids == [1, 2])
    assert len(logs) == 1
