"""Exchange time: measured, corrected for the round trip, measured again."""

from tests.support.clock import FakeClock
from utils.binance_api.http.clock_offset import ClockOffset
from utils.binance_api.http.rest import Fetched
from utils.binance_api.schemas import ServerTime
from utils.http.errors import Retryable
from utils.priority import Urgency, background, urgency


class Server:
    """An exchange whose clock is ``ahead`` of ours; each reading travels ``trips`` ms there and back."""

    def __init__(self, clock: FakeClock, ahead: int, trips: list[tuple[int, int]]) -> None:
        self.clock, self.ahead, self.trips = clock, ahead, trips
        self.readings = 0
        self.down = False
        self.offset = ClockOffset(clock, every_s=600)

    async def read(self) -> Fetched[ServerTime]:
        self.readings += 1
        if self.down:
            raise Retryable("binance.spot.time", "no answer")
        there, back = self.trips[(self.readings - 1) % len(self.trips)]
        sent = self.offset.now_ms()
        await self.clock.advance(there)
        value = ServerTime(self.clock.now_ms() + self.ahead)
        await self.clock.advance(back)
        return Fetched(value, "binance.spot.time", sent, self.offset.now_ms())


async def test_the_shortest_round_trip_is_taken_at_its_middle() -> None:
    clock = FakeClock()
    server = Server(clock, -86_400_000, [(900, 100), (40, 40), (10, 700)])
    await server.offset.ensure(server.read)
    assert server.offset.offset_ms == -86_400_000
    assert server.offset.round_trip_ms == 80
    assert server.offset.now_ms() == clock.now_ms() - 86_400_000


async def test_it_is_measured_again_when_due_and_refines_itself() -> None:
    clock = FakeClock()
    server = Server(clock, 500, [(10, 10)])
    await server.offset.ensure(server.read)
    server.ahead = 900
    await clock.advance(599_000)
    await server.offset.ensure(server.read)
    assert (server.readings, server.offset.offset_ms) == (3, 500)
    await clock.advance(2_000)
    await server.offset.ensure(server.read)
    assert (server.readings, server.offset.offset_ms) == (6, 900)
    server.offset.invalidate()
    await server.offset.ensure(server.read)
    assert server.readings == 9


async def test_a_set_wall_clock_is_noticed() -> None:
    clock = FakeClock()
    server = Server(clock, 0, [(0, 0)])
    await server.offset.ensure(server.read)
    clock._now_ms += 5_000  # the wall jumps ...
    clock._start_ms += 5_000  # ... while monotonic time stands
    server.ahead = -5_000
    await server.offset.ensure(server.read)
    assert server.offset.offset_ms == -5_000


async def test_without_an_answer_the_last_offset_stays_and_the_next_try_waits() -> None:
    clock = FakeClock()
    server = Server(clock, 700, [(0, 0)])
    server.down = True
    await server.offset.ensure(server.read)
    await server.offset.ensure(server.read)
    assert (server.readings, server.offset.measured, server.offset.offset_ms) == (1, False, 0)
    server.down = False
    await clock.advance(30_000)
    await server.offset.ensure(server.read)
    assert (server.offset.measured, server.offset.offset_ms) == (True, 700)


async def test_the_time_is_everybodys_whoever_finds_it_due() -> None:
    server, seen = Server(FakeClock(), 0, [(0, 0)]), set[Urgency]()

    async def read() -> Fetched[ServerTime]:
        seen.add(urgency())
        return await server.read()

    with background():
        await server.offset.ensure(read)
    assert seen == {Urgency.ANSWER}
