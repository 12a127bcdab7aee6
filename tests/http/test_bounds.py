"""What a host may cost: bytes, seconds and requests, on real sockets."""

import asyncio
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from tests.support.clock import FakeClock
from tests.support.limits import PATIENCE_S
from tests.support.stream_exchange import eventually
from utils.http.crowding import SLOW_S
from utils.http.errors import Retryable, Unavailable
from utils.http.host_gate import (
    ANSWERING,
    FAULTS,
    PAUSE_S,
    PROVEN,
    PROVEN_S,
    REFUSAL_S,
    TRUSTED_S,
    UNPROVEN,
    HostGate,
)
from utils.http.session import open_session
from utils.http.transport import LARGEST_BODY, Reply, Transport, is_answer

MEGABYTE = 1_000_000
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def asked_of(
    handler: Handler,
    clock: FakeClock,
    timeout_s: float = PATIENCE_S,
    answered: Callable[[Reply], bool] = is_answer,
) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Serve a handler on loopback and give a function that asks it once, for the length of the body."""
    app = web.Application()
    app.router.add_get("/x", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/x"
    async with open_session() as session:
        transport = Transport(session, timeout_s=timeout_s, clock=clock, answered=answered)

        async def ask() -> int:
            return len((await transport.get(url, {}, source="s")).body)

        yield ask
    await runner.cleanup()


def packed(megabytes: int) -> bytes:
    """So many megabytes of zeros, deflated to a thousandth."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(bytes(MEGABYTE)) for _ in range(megabytes)]
    return b"".join([*parts, packer.flush()])


@pytest.mark.parametrize(("megabytes", "fits"), [(31, True), (33, False), (400, False)])
async def test_an_answer_that_unpacks_beyond_the_bound_ends_with_flat_memory(
    clock: FakeClock, megabytes: int, fits: bool
) -> None:
    body = packed(megabytes)

    async def bomb(_: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Encoding": "deflate"})

    async with asked_of(bomb, clock) as ask:
        tracemalloc.start()
        try:
            if fits:
                assert await ask() == megabytes * MEGABYTE
            else:
                with pytest.raises(Unavailable, match="larger than 32 MB"):
                    await ask()
            assert tracemalloc.get_traced_memory()[1] < 3 * LARGEST_BODY
        finally:
            tracemalloc.stop()


async def test_an_endless_answer_ends(clock: FakeClock) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(bytes(MEGABYTE))

    async with asked_of(endless, clock) as ask:
        with pytest.raises(Unavailable, match="larger than 32 MB"):
            await ask()


async def test_an_answer_that_begins_and_does_not_end_is_not_asked_again(clock: FakeClock) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"[[1")
        await asyncio.Event().wait()
        return response

    async with asked_of(drip, clock, timeout_s=0.2) as ask:
        with pytest.raises(Unavailable, match=r"did not arrive whole within 0\.2 s"):
            await ask()


class Host:
    """A host that answers or fails, and holds its answers where asked to."""

    def __init__(self) -> None:
        self.answers = True
        self.asked = 0
        self.under_way = 0
        self.go_on = asyncio.Event()
        self.go_on.set()
        self._held: list[asyncio.Event] = []

    async def serve(self, _: web.Request) -> web.Response:
        self.asked += 1
        self.under_way += 1
        alone = asyncio.Event()
        self._held.append(alone)
        await first_of(self.go_on, alone)
        self._held.remove(alone)
        self.under_way -= 1
        return web.Response(status=200 if self.answers else 503, text="body")

    def release_one(self) -> None:
        """Let the oldest request be answered."""
        self._held[0].set()

    async def reached(self, count: int) -> None:
        """Wait until that many requests have come."""
        await eventually(lambda: self.asked >= count)


async def first_of(*events: asyncio.Event) -> None:
    waiting = {asyncio.create_task(event.wait()) for event in events}
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()


async def outcomes(ask: Callable[[], Awaitable[int]], count: int) -> list[object]:
    return await asyncio.gather(*(ask() for _ in range(count)), return_exceptions=True)


async def test_an_outage_costs_as_many_requests_as_it_takes_to_know(clock: FakeClock) -> None:
    host = Host()
    host.answers = False
    async with asked_of(host.serve, clock) as ask:
        found = await outcomes(ask, 40)
        assert host.asked == FAULTS
        assert sum(isinstance(one, Unavailable) for one in found) == 40 - FAULTS
        with pytest.raises(Unavailable, match="failed 4 times in a row"):
            await ask()
        assert host.asked == FAULTS


async def test_a_host_that_fails_is_left_alone_until_it_answers(clock: FakeClock) -> None:
    gate = HostGate("exchange", clock)
    for _ in range(FAULTS):
        assert not gate.left_alone
        gate.leave(await gate.enter("source"), answered=False)
    assert gate.left_alone
    await clock.advance(round(PAUSE_S * 1000))
    assert gate.left_alone
    gate.leave(await gate.enter("source"), answered=True)
    assert not gate.left_alone


async def test_an_outage_that_begins_between_two_questions_costs_at_most_eight(clock: FakeClock) -> None:
    host = Host()
    async with asked_of(host.serve, clock) as ask:
        await outcomes(ask, 20)
        assert host.asked == 20
        host.answers, host.asked = False, 0
        for _ in range(4):
            await outcomes(ask, 30)
        assert host.asked <= PROVEN


async def test_a_host_that_was_not_asked_lately_is_tried_with_few(clock: FakeClock) -> None:
    host = Host()
    async with asked_of(host.serve, clock) as ask:
        await ask()
        await clock.advance(round(PROVEN_S * 1000) + 1)
        host.asked = 0
        host.go_on.clear()
        asking = asyncio.create_task(outcomes(ask, 20))
        await host.reached(UNPROVEN)
        assert host.under_way == UNPROVEN
        host.go_on.set()
        assert await asking == [4] * 20


async def test_a_host_that_is_answering_is_asked_everything_at_once_until_it_has_nothing_left_to_do(
    clock: FakeClock,
) -> None:
    host = Host()
    async with asked_of(host.serve, clock) as ask:
        await ask()
        host.go_on.clear()
        host.asked = 0
        asking = [asyncio.ensure_future(ask()) for _ in range(60)]
        await host.reached(PROVEN)
        assert host.under_way == PROVEN
        host.release_one()
        await host.reached(ANSWERING + 1)
        assert host.under_way == ANSWERING
        host.go_on.set()
        await asyncio.gather(*asking)
        host.go_on.clear()
        host.asked = 0
        asking = [asyncio.ensure_future(ask()) for _ in range(20)]
        await host.reached(PROVEN)
        assert host.under_way == PROVEN
        host.go_on.set()
        await asyncio.gather(*asking)


async def test_a_host_whose_answers_are_slow_is_asked_less_at_a_time_until_they_are_quick_again(
    clock: FakeClock,
) -> None:
    host = Host()
    async with asked_of(host.serve, clock) as ask:
        await ask()
        host.go_on.clear()
        host.asked = 0
        asking = [asyncio.ensure_future(ask()) for _ in range(ANSWERING + 30)]
        await host.reached(PROVEN)
        host.release_one()
        await host.reached(ANSWERING + 1)
        await clock.advance(round(SLOW_S * 1000) + 1)
        left = ANSWERING // 2
        for _ in range(ANSWERING - left):  # those that began before it was known are not replaced
            host.release_one()
            await clock.settle()
        await eventually(lambda: host.under_way == left)
        assert host.asked == ANSWERING + 1
        host.release_one()
        await host.reached(ANSWERING + 2)
        assert host.under_way == left
        host.go_on.set()
        await asyncio.gather(*asking)


@pytest.mark.parametrize(("idle_s", "at_once"), [(TRUSTED_S - 1, ANSWERING), (TRUSTED_S + 1, UNPROVEN)])
async def test_a_trusted_host_that_refuses_nothing_is_asked_everything_before_it_answers(
    clock: FakeClock, idle_s: float, at_once: int
) -> None:
    host = Host()
    async with asked_of(host.serve, clock) as ask:
        await ask()
        await clock.advance(round(idle_s * 1000))
        host.go_on.clear()
        host.asked = 0
        asking = [asyncio.ensure_future(ask()) for _ in range(ANSWERING + 5)]
        await host.reached(UNPROVEN)
        assert host.asked == UNPROVEN
        await clock.advance(round(REFUSAL_S * 1000))
        await host.reached(at_once)
        assert host.under_way == at_once
        host.go_on.set()
        await asyncio.gather(*asking)


async def test_a_trusted_host_that_refused_once_is_asked_little_until_it_answers(clock: FakeClock) -> None:
    host = Host()
    async with asked_of(host.serve, clock) as ask:
        await ask()
        host.answers = False
        await ask()
        host.go_on.clear()
        host.asked = 0
        asking = asyncio.create_task(outcomes(ask, 20))
        await host.reached(UNPROVEN - 1)
        await clock.advance(round(REFUSAL_S * 1000))
        assert host.asked == UNPROVEN - 1
        host.go_on.set()
        await asking
        assert host.asked == UNPROVEN - 1


async def test_after_the_pause_one_request_finds_out_for_all(clock: FakeClock) -> None:
    host = Host()
    host.answers = False
    async with asked_of(host.serve, clock) as ask:
        await outcomes(ask, 20)
        await clock.advance(round(PAUSE_S * 1000))
        assert all(isinstance(one, Unavailable) or one == 4 for one in await outcomes(ask, 20))
        assert host.asked == FAULTS + 1
        await clock.advance(round(PAUSE_S * 1000))
        host.answers = True
        assert await outcomes(ask, 20) == [4] * 20
        assert host.asked == FAULTS + 1 + 20


async def test_a_fault_that_proves_that_the_host_works_closes_nothing(clock: FakeClock) -> None:
    host = Host()
    host.answers = False
    async with asked_of(host.serve, clock, answered=lambda reply: reply.body == b"body") as ask:
        for _ in range(3 * FAULTS):
            assert await ask() == 4


async def test_an_answer_between_faults_begins_the_count_anew(clock: FakeClock) -> None:
    host = Host()
    async with asked_of(host.serve, clock) as ask:
        for _ in range(3):
            host.answers = False
            await outcomes(ask, 1)
            await outcomes(ask, 1)
            host.answers = True
            assert await ask() == 4
        assert host.asked == 9


async def test_refused_connections_count_and_a_cancelled_request_does_not(clock: FakeClock) -> None:
    host = Host()
    host.go_on.clear()
    async with asked_of(host.serve, clock) as ask:
        for count in range(1, 7):
            asking = asyncio.create_task(outcomes(ask, 1))
            await host.reached(count)
            asking.cancel()
            await asyncio.wait([asking])
        host.go_on.set()
        assert await ask() == 4
    async with open_session() as session:
        transport = Transport(session, timeout_s=PATIENCE_S, clock=clock)
        faults = [Retryable] * FAULTS + [Unavailable] * 2
        for kind in faults:
            with pytest.raises(kind):
                await transport.get("http://127.0.0.1:1/x", {}, source="s")
        with pytest.raises(Retryable):
            await transport.get("http://localhost:1/x", {}, source="s")


async def test_a_cancelled_request_between_faults_is_no_answer(clock: FakeClock) -> None:
    host = Host()
    host.answers = False
    async with asked_of(host.serve, clock) as ask:
        for _ in range(FAULTS - 1):
            await ask()
        host.go_on.clear()
        asking = asyncio.create_task(outcomes(ask, 1))
        await host.reached(FAULTS)
        asking.cancel()
        await asyncio.wait([asking])
        host.go_on.set()
        await ask()
        with pytest.raises(Unavailable, match="failed 4 times"):
            await ask()
