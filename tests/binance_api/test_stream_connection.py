"""Opening a stream's socket: what each failure means to the caller, and the time limits of what was sent."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import NamedTuple

import aiohttp
import pytest

from tests.support.clock import FakeClock
from tests.support.stream_exchange import StreamExchange, eventually, serving_streams
from utils.binance_api.streams.connection import BATCH_NAMES, YIELD_EVERY, Connection, ConnectionLost, connect
from utils.binance_api.streams.decode import Frame, Payload
from utils.binance_api.streams.events import ControlReply
from utils.binance_api.streams.names import FUTURES_MARKET
from utils.http.errors import Misconfigured, Retryable, SourceError, Unavailable


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def exchange(clock: FakeClock) -> AsyncIterator[StreamExchange]:
    async with serving_streams(StreamExchange(clock)) as served:
        yield served


async def refusal(url: str) -> SourceError:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(SourceError) as caught:
            await connect(session, url, source="binance.stream.x")
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (403, Unavailable, "the exchange's firewall refuses the place this bot runs in"),
        (451, Unavailable, "the exchange does not serve the place this bot runs in"),
        (404, Misconfigured, "the path is not served (status 404)"),
        (410, Misconfigured, "the path is not served (status 410)"),
        (429, Retryable, "the exchange answered status 429"),
        (503, Retryable, "the exchange answered status 503"),
    ],
)
async def test_the_status_of_a_refused_socket_says_who_must_act(
    exchange: StreamExchange, status: int, kind: type[SourceError], said: str
) -> None:
    exchange.refuse = status
    error = await refusal(exchange.ws_url)
    assert type(error) is kind
    assert (error.source, error.detail, error.code) == ("binance.stream.x", said, status)
    if isinstance(error, Misconfigured):
        assert error.what_to_do == "check the configured stream address"


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        ("300", 300.0),
        (" 7 ", 7.0),
        ("999999999", 999_999_999.0),
        ("1000000000", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
async def test_only_a_wait_in_seconds_is_kept(
    exchange: StreamExchange, header: str | None, wait_s: float | None
) -> None:
    exchange.refuse = 429
    exchange.refuse_headers = {} if header is None else {"Retry-After": header}
    error = await refusal(exchange.ws_url)
    assert isinstance(error, Retryable)
    assert error.retry_after_s == wait_s


async def test_an_address_that_is_none_needs_a_person() -> None:
    error = await refusal("ws://")
    assert isinstance(error, Misconfigured)
    assert error.what_to_do == "correct the configured stream address"


async def test_a_port_that_nobody_serves_may_be_tried_again(exchange: StreamExchange) -> None:
    await exchange.drop()
    error = await refusal("ws://127.0.0.1:1")
    assert type(error) is Retryable
    assert error.detail.startswith("the connection failed (Client")


class Sink:
    """Remembers what a connection reports."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, bytes]] = []
        self.known: set[str] = set()
        self.unknown: dict[str, ControlReply] = {}

    def frame(self, connection: Connection, frame: Frame[Payload], raw: bytes) -> None:
        self.frames.append((frame.stream, raw))

    def acknowledged(self, connection: Connection, names: "list[str]") -> None:
        self.known |= set(names)

    def refused(self, connection: Connection, name: str, reply: ControlReply) -> None:
        self.unknown[name] = reply


Opened = tuple[Connection, Sink, "asyncio.Task[None]"]


@pytest.fixture
async def opened(exchange: StreamExchange, clock: FakeClock) -> AsyncIterator[Opened]:
    async with aiohttp.ClientSession() as session:
        ws = await connect(session, f"{exchange.ws_url}/market/stream", source="binance.stream.x")
        sink = Sink()
        made = Connection(ws, FUTURES_MARKET, sink, clock, source="binance.stream.x")  # type: ignore[arg-type]
        task = asyncio.create_task(made.run())
        await eventually(lambda: exchange.sockets)
        yield made, sink, task
        made.end("the test is over")
        await asyncio.wait({task})
        await made.closed()


def sent(exchange: StreamExchange) -> list[tuple[str, list[str]]]:
    return [(message["method"], message.get("params", [])) for message in exchange.sockets[0].messages]


async def test_names_are_sent_in_batches_with_a_pause_between_and_each_once(
    exchange: StreamExchange, opened: Opened, clock: FakeClock
) -> None:
    made, sink, _ = opened
    names = [f"s{number}@aggTrade" for number in range(BATCH_NAMES + 1)]
    made.subscribe(names)
    made.subscribe(names[:3])
    await eventually(lambda: len(sink.known) == BATCH_NAMES)
    assert sent(exchange) == [("SUBSCRIBE", names[:BATCH_NAMES])]
    gap_ms = round(FUTURES_MARKET.gap_s * 1000)
    await clock.advance(gap_ms - 1)
    assert len(sink.known) == BATCH_NAMES
    await clock.advance(1)
    await eventually(lambda: len(sink.known) == BATCH_NAMES + 1)
    assert sent(exchange)[1:] == [("SUBSCRIBE", names[BATCH_NAMES:])]
    assert made.active == made.requested == set(names)
    assert [message["id"] for message in exchange.sockets[0].messages] == [1, 2]


async def test_a_name_withdrawn_before_it_was_sent_is_never_sent(
    exchange: StreamExchange, opened: Opened, clock: FakeClock
) -> None:
    made, sink, _ = opened
    made.subscribe(["a@aggTrade", "b@aggTrade"])
    made.unsubscribe(["a@aggTrade"])
    await eventually(lambda: sink.known, clock, 50)
    made.unsubscribe(["b@aggTrade"])
    await eventually(lambda: len(sent(exchange)) == 2, clock, 50)
    assert sent(exchange) == [("SUBSCRIBE", ["b@aggTrade"]), ("UNSUBSCRIBE", ["b@aggTrade"])]
    assert made.requested == made.active == set()


async def test_a_batch_with_an_unknown_name_is_halved_until_the_name_is_alone(
    exchange: StreamExchange, opened: Opened, clock: FakeClock
) -> None:
    made, sink, _ = opened
    exchange.unknown = {"b@aggTrade"}
    names = [f"{letter}@aggTrade" for letter in "abcde"]
    made.subscribe(names)
    await eventually(lambda: sink.unknown and len(sink.known) == 4, clock, 50)
    assert [params for _, params in sent(exchange)] == [names, names[:2], names[2:], names[:1], names[1:2]]
    assert sink.unknown["b@aggTrade"].error == {"code": 2, "msg": "unknown"}
    assert made.requested == made.active == set(names) - {"b@aggTrade"}


async def test_what_the_exchange_forgot_is_found_by_probing_once_at_a_time(
    exchange: StreamExchange, opened: Opened, clock: FakeClock
) -> None:
    made, sink, _ = opened
    made.subscribe(["a@aggTrade", "b@aggTrade"])
    await eventually(lambda: len(sink.known) == 2, clock, 50)
    exchange.sockets[0].streams = {"b@aggTrade"}
    exchange.slow = asyncio.Event()
    made.probe()
    await eventually(lambda: len(sent(exchange)) == 2, clock, 50)
    made.probe()
    exchange.slow.set()
    await eventually(lambda: len(sent(exchange)) == 4, clock, 50)
    renewed = [("UNSUBSCRIBE", ["a@aggTrade"]), ("SUBSCRIBE", ["a@aggTrade"])]
    assert sent(exchange)[1:] == [("LIST_SUBSCRIPTIONS", []), *renewed]
    await eventually(lambda: made.active == {"a@aggTrade", "b@aggTrade"}, clock, 50)


async def test_the_oldest_message_without_an_answer_is_counted_from_its_sending(
    exchange: StreamExchange, opened: Opened, clock: FakeClock
) -> None:
    made, _, _ = opened
    assert made.unanswered_s == 0.0
    exchange.deaf = True
    made.subscribe(["a@aggTrade"])
    await clock.settle()
    await clock.advance(1000)
    made.subscribe(["b@aggTrade"])
    await clock.advance(3000)
    assert made.unanswered_s == 4.0
    read_s = made.last_frame_s
    made.extend_deadlines(1.5)
    assert (made.unanswered_s, made.last_frame_s) == (2.5, read_s + 1.5)


async def test_frames_reach_the_sink_as_bytes_and_bad_ones_only_the_counter(
    exchange: StreamExchange, opened: Opened, clock: FakeClock
) -> None:
    made, sink, _ = opened
    await clock.advance(5000)
    await exchange.sockets[0].ws.send_str('{"stream":"a@aggTrade","data":{')
    await exchange.sockets[0].send("!serverShutdown", {"e": "serverShutdown", "E": 1})
    await eventually(lambda: sink.frames)
    assert [stream for stream, _ in sink.frames] == ["!serverShutdown"]
    assert isinstance(sink.frames[0][1], bytes)
    assert (made.decoder.bad, made.last_frame_s) == (1, 5.0)


@pytest.mark.parametrize("code", [1001, 1008])
async def test_the_end_names_the_code_of_the_exchange(
    exchange: StreamExchange, opened: Opened, code: int
) -> None:
    made, _, task = opened
    assert not made.is_closed
    await exchange.sockets[0].ws.close(code=code)
    with pytest.raises(ConnectionLost) as lost:
        await task
    assert (lost.value.source, lost.value.detail) == (
        "binance.stream.x",
        f"the exchange closed with code {code}",
    )
    await made.closed()
    assert made.is_closed


async def test_the_first_reason_to_end_is_the_one_told(exchange: StreamExchange, opened: Opened) -> None:
    made, _, task = opened
    made.end("replaced")
    made.end("lost")
    with pytest.raises(ConnectionLost, match="replaced"):
        await task
    await eventually(lambda: not exchange.sockets)


class Message(NamedTuple):
    """What a socket received."""

    type: aiohttp.WSMsgType
    data: bytes


class Backlog:
    """A socket that has frames at hand, then waits until it is closed; it refuses what is sent."""

    close_code = 1000

    def __init__(self, frames: int) -> None:
        self.frames = frames
        self.over = asyncio.Event()

    async def receive(self) -> Message:
        if self.frames == 0:
            await self.over.wait()
            return Message(aiohttp.WSMsgType.CLOSED, b"")
        self.frames -= 1
        return Message(
            aiohttp.WSMsgType.BINARY, b'{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}'
        )

    async def send_str(self, text: str) -> None:
        raise ConnectionError

    async def close(self) -> None:
        self.over.set()


def over(socket: Backlog, sink: Sink, clock: FakeClock) -> Connection:
    return Connection(socket, FUTURES_MARKET, sink, clock, source="x")  # type: ignore[arg-type]


async def test_a_backlog_lets_others_run_between_its_frames(clock: FakeClock) -> None:
    sink, seen = Sink(), [0]
    made = over(Backlog(5 * YIELD_EVERY), sink, clock)
    task = asyncio.create_task(made.run())
    while len(sink.frames) < 5 * YIELD_EVERY:
        await asyncio.sleep(0)
        seen.append(len(sink.frames))
    assert max(after - before for before, after in pairwise(seen)) == YIELD_EVERY
    made.end("the test is over")
    await asyncio.wait({task})


async def test_a_socket_that_refuses_what_is_sent_ends(clock: FakeClock) -> None:
    made = over(Backlog(0), Sink(), clock)
    made.subscribe(["a@aggTrade"])
    with pytest.raises(ConnectionLost) as lost:
        await made.run()
    assert lost.value.detail == "the socket refused an outgoing message"
    assert made.is_closed
