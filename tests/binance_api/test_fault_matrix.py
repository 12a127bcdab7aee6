"""Everything an exchange does to its clients, one row each: what happens, and what must be seen.

Of every row it is demanded besides that nothing crashed, that the book and the trades became whole by themselves,
and that no line was logged twice.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from tests.binance_api.world import World, running_world
from tests.support.clock import FakeClock
from tests.support.stream_exchange import StreamExchange, eventually, serving_streams
from utils.binance_api.book.state import BookFault, BookNotReady, BookState
from utils.binance_api.streams.names import StreamKey
from utils.binance_api.streams.subscription import StreamState
from utils.binance_api.streams.supervisor import StreamSupervisor, StreamUrls
from utils.http.errors import Rejected, Retryable, SourceError, Unavailable

Happen = Callable[[World], Awaitable[None]]


@dataclass(frozen=True)
class Row:
    """A fault by name; ``happens`` does it and checks what must be seen meanwhile."""

    name: str
    must_be_seen: str
    happens: Happen


def unreadable(world: World, reason: BookFault) -> None:
    with pytest.raises(BookNotReady) as refused:
        world.live.book.best()
    assert refused.value.reason is reason


async def out_of_step(world: World, **how: Any) -> None:
    for _ in range(400):
        if world.live.book.state is not BookState.SYNCED:
            return
        await world.step(1000, **how)
    raise AssertionError("the book stayed readable")


async def dropped_socket(world: World) -> None:
    await world.exchange.drop()
    await eventually(lambda: world.live.book.state is not BookState.SYNCED)
    unreadable(world, BookFault.DISCONNECTED)


async def half_open_socket(world: World) -> None:
    world.exchange.deaf = True
    await out_of_step(world, depth=False, trades=False)
    await world.clock.advance(40_000)
    world.exchange.deaf = False
    assert any(
        connection.get("half_open") for connection in world.client.streams.supervisor.connections.values()
    )


async def silent_stream(world: World) -> None:
    await out_of_step(world, depth=False)
    unreadable(world, BookFault.STREAM_STALE)
    assert world.tape.tape.last_id == world.trade_id


async def wrong_route(world: World) -> None:
    """The exchange acknowledges the stream and sends nothing, as on the wrong route."""
    key = StreamKey("futures", "ethusdt@depth@100ms")
    other = world.client.book("ETHUSDT")
    await eventually(lambda: world.exchange.carrying(key.name), world.clock, 50)
    assert world.exchange.carrying(key.name)[0].path == "/public/stream"
    await world.steps(40, ms=1000)
    status = {row.name: row.state for row in world.client.streams.status()}
    assert status[key.name] is StreamState.STALE
    assert other.book.state is BookState.EMPTY


async def gap(world: World) -> None:
    world.depth()
    await world.step()
    assert world.live.book.counts.gaps == 1
    assert world.tape.tape.missed == 0


async def duplicate(world: World) -> None:
    update, trade = world.depth(), world.trade()
    for _ in range(2):
        await world.exchange.send(world.depth_name, update)
        await world.exchange.send(world.trade_name, trade)
    await eventually(lambda: world.live.book.counts.stale >= 1 and world.tape.tape.ignored == 1)
    assert world.live.book.state is BookState.SYNCED
    assert world.live.book.counts.gaps == 0


async def out_of_order(world: World) -> None:
    for make, name in ((world.depth, world.depth_name), (world.trade, world.trade_name)):
        first, second = make(), make()
        await world.exchange.send(name, second)
        await world.exchange.send(name, first)
    await eventually(lambda: world.live.book.counts.gaps == 1)
    await eventually(lambda: world.tape.tape.ignored == 1)
    assert world.tape.tape.missed == 0


async def close_at_24_hours(world: World) -> None:
    """The replacement at 23 hours is refused as well."""
    world.exchange.refuse = 503
    world.clock._now_ms += 23 * 3_600_000
    await world.steps(20, ms=1000)
    assert world.live.book.state is BookState.SYNCED
    await world.exchange.drop(1008)
    await world.steps(5, ms=1000)
    unreadable(world, BookFault.DISCONNECTED)
    world.exchange.refuse = None


async def slow_consumer(world: World) -> None:
    feed = world.tape.feed()
    feed._items = type(feed._items)(maxlen=5)
    await world.steps(20)
    assert feed.lost == 15
    assert world.client.streams.losses()["feed_lost"] == 15
    assert world.whole


async def blocked_loop(world: World) -> None:
    """Nothing is read for a minute; then the backlog comes with its old stamps."""
    backlog = [(world.depth_name, world.depth()), (world.trade_name, world.trade())]
    world.clock._now_ms += 60_000
    for name, message in backlog:
        await world.exchange.send(name, message)
    await eventually(lambda: world.live.book.state is BookState.EMPTY)
    await world.clock.advance(2000)
    assert world.client.streams.supervisor.counts["blocked"] == 1
    assert world.exchange.opened == 2


def rest_fault(answer: Callable[[World], Any], problem: type[SourceError]) -> Happen:
    """The snapshot after a gap is answered like this, until the market has gone on for three minutes."""

    async def happens(world: World) -> None:
        good = world.exchange.rest["depth"]
        world.exchange.rest["depth"] = lambda _: answer(world)
        world.depth()
        await world.until(lambda: world.live.problem is not None)
        assert type(world.live.problem) is problem
        await world.steps(60, ms=3000)
        assert world.live.book.state is not BookState.SYNCED
        assert world.exchange.calls["/fapi/v1/depth"] < 20
        world.exchange.rest["depth"] = good

    return happens


def status(code: int, body: str = "{}", **headers: str) -> Callable[[object], web.Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: web.Response(status=code, text=body, headers=named, content_type="application/json")


def banned(world: World) -> web.Response:
    text = f"Way too many requests; IP banned until {world.clock.now_ms() + 120_000}."
    return web.json_response({"code": -1003, "msg": text}, status=418)


async def unknown_fields(world: World) -> None:
    world.extra = {"zz": {"new": [1]}, "X": "SOMETHING_NEW", "st": 1}
    await world.steps(5)
    assert world.whole
    world.extra = {}


async def delisted_symbol(world: World) -> None:
    good = world.exchange.rest["depth"]
    world.exchange.rest["depth"] = status(400, '{"code":-1121,"msg":"Invalid symbol."}')
    await out_of_step(world, depth=False, trades=False)
    await world.exchange.send(world.depth_name, world.depth())
    await eventually(lambda: isinstance(world.live.problem, Rejected), world.clock, 100)
    unreadable(world, BookFault.NO_SNAPSHOT)
    world.exchange.rest["depth"] = good


async def maintenance(world: World) -> None:
    """Sockets are closed and refused and REST answers 503 for ten minutes."""
    good = world.exchange.rest["depth"]
    world.exchange.refuse = 503
    world.exchange.rest["depth"] = status(503)
    await world.exchange.drop(1012)
    await world.steps(600, ms=1000)
    unreadable(world, BookFault.DISCONNECTED)
    assert world.exchange.opened < 50
    world.exchange.refuse = None
    world.exchange.rest["depth"] = good


async def truncated_frame(world: World) -> None:
    cut = '{"stream":"' + world.depth_name + '","data":{"e":"depthUp'
    for socket in world.exchange.carrying(world.depth_name):
        await socket.ws.send_str(cut)
    world.depth()
    await world.steps(3)
    assert world.live.book.counts.gaps == 1


ROWS = (
    Row("dropped socket", "the book is unreadable at once; trades are filled by id", dropped_socket),
    Row("half-open socket", "found by asking; a new connection", half_open_socket),
    Row("silent stream", "the book is unreadable; other streams go on", silent_stream),
    Row("wrong route", "acknowledged is not alive: the stream shows as silent", wrong_route),
    Row("gap", "that book alone is read again", gap),
    Row("duplicate", "counted and dropped", duplicate),
    Row(
        "out of order", "the book is read again, the trade is filled and its late copy dropped", out_of_order
    ),
    Row("24 h close", "kept until the exchange closes, then a new connection", close_at_24_hours),
    Row("slow consumer", "its queue loses and counts; nobody waits", slow_consumer),
    Row("blocked loop", "retry_after once; late events do not make a book; no reconnect", blocked_loop),
    Row("429 with Retry-After", "waits as asked", rest_fault(status(429, Retry_After="60"), Retryable)),
    Row("429 without Retry-After", "waits for the next minute", rest_fault(status(429), Retryable)),
    Row("418 with ban end in the text", "no call before it", rest_fault(banned, Unavailable)),
    Row("403", "pauses for minutes", rest_fault(status(403), Unavailable)),
    Row("451", "says where it runs; tries seldom", rest_fault(status(451), Unavailable)),
    Row("500", "tried again with growing pauses", rest_fault(status(500), Retryable)),
    Row("503", "tried again with growing pauses", rest_fault(status(503), Retryable)),
    Row("truncated body", "never half a book", rest_fault(status(200, '{"lastUpdateId":1,"b'), Retryable)),
    Row("non-json body", "never a guess", rest_fault(status(200, "<html>"), Retryable)),
    Row("truncated frame", "counted; what it held is data_missed by id", truncated_frame),
    Row("unknown fields and enum values", "read as if they were not there", unknown_fields),
    Row("delisted symbol", "unreadable, asked for seldom", delisted_symbol),
    Row("exchange maintenance", "unreadable; tried with growing pauses", maintenance),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_fault(row: Row) -> None:
    async with running_world(FakeClock()) as world:
        with structlog.testing.capture_logs() as logs:
            await row.happens(world)
            await world.healthy()
        assert world.whole, row.must_be_seen
        _nothing_crashed(world)
        _told_once(logs)


@pytest.mark.parametrize("skew_ms", [5000, -5000], ids=["ahead", "behind"])
async def test_a_clock_five_seconds_off_is_seen_through(skew_ms: int) -> None:
    async with running_world(FakeClock(), skew_ms=skew_ms) as world:
        with structlog.testing.capture_logs() as logs:
            await world.steps(20)
        assert world.client.clock_offset_ms == skew_ms
        age = world.live.age_ms()
        assert age is not None
        assert abs(age) <= 1000
        assert logs == []


async def test_a_symbol_in_another_script_is_watched_like_any_other() -> None:
    async with running_world(FakeClock(), symbol="币安人生USDT") as world:
        await dropped_socket(world)
        await world.healthy()
        assert ("/fapi/v1/depth", {"symbol": "币安人生USDT", "limit": "1000"}) in world.exchange.queries


class LostNames(AbstractResolver):
    """A resolver that knows no name until ``found``."""

    def __init__(self) -> None:
        self.found = False
        self.asked = 0

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        self.asked += 1
        if not self.found:
            raise OSError("name or service not known")
        entry = {"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 0, "flags": 0}
        return [ResolveResult(**entry)]  # type: ignore[typeddict-item]

    async def close(self) -> None:
        """Nothing to close."""


async def test_a_name_that_does_not_resolve_is_told_once_and_tried_until_it_does() -> None:
    clock, names = FakeClock(), LostNames()
    async with (
        serving_streams(StreamExchange(clock)) as exchange,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=names)) as session,
    ):
        url = exchange.ws_url.replace("127.0.0.1", "exchange.test")
        made = StreamSupervisor(
            StreamUrls(url, url), session=session, clock=clock, market_ms=clock.now_ms, rng=random.Random(1)
        )
        with structlog.testing.capture_logs() as logs:
            made.subscribe(StreamKey("spot", "btcusdt@trade"), _Deaf())
            await eventually(lambda: names.asked >= 6, clock, 500)
            names.found = True
            await eventually(lambda: exchange.carrying("btcusdt@trade"), clock, 500)
        await made.close()
        await asyncio.sleep(0)
    assert [log["detail"] for log in logs] == ["the host name could not be resolved"]


class _Deaf:
    def event(self, payload: Any) -> None:
        """Hear nothing."""

    def lost(self, state: StreamState) -> None:
        """Hear nothing."""

    def live(self) -> None:
        """Hear nothing."""


def _nothing_crashed(world: World) -> None:
    supervisor = world.client.streams.supervisor
    assert supervisor.counts["connection_crashes"] == supervisor.counts["tick_errors"] == 0
    assert all(track.counts.listener_errors == 0 for track, _ in supervisor._subscriptions.values())


def _told_once(logs: list[Any]) -> None:
    """A breaker that closes again after it had opened is a new transition; everything else may be said once."""
    lines = [log for log in logs if log["event"] != "calls are blocked"]
    retry_after = Counter(str(sorted(log.items(), key=str)) for log in lines)
    assert max(retry_after.values(), default=0) <= 1, [
        line for line, times in retry_after.items() if times > 1
    ]
