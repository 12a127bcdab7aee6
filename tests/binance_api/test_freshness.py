"""The age of what REST answers counts from the question, not from the answer, however long that takes."""

import random
from collections.abc import Hashable
from typing import Any, cast

import aiohttp

from tests.binance_api.test_kline_reading import Bench, Question
from tests.support.clock import FakeClock
from utils.binance_api import schemas
from utils.binance_api.answers import ROWS_BESIDE, Answer, rows_of
from utils.binance_api.http.clock_offset import ClockOffset
from utils.binance_api.http.limiter import BinanceLimiter
from utils.binance_api.http.reader import Reader, ReaderParts
from utils.binance_api.http.rest import RestClient
from utils.binance_api.positioning.settled_funding import MOST_ROWS, SETTLING_MS, SettledFundingCache
from utils.binance_api.schemas import FundingRate, ServerTime
from utils.binance_api.urls import SPOT_TIME, BinanceUrls
from utils.caching import TtlCache
from utils.http.retry import RetryPolicy
from utils.http.transport import Reply, Transport
from utils.units import HOUR_MS

TRAVEL_MS = 400


class SlowTransport(Transport):
    """Answers ``{"serverTime": 7}`` after ``TRAVEL_MS``."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(cast(aiohttp.ClientSession, None), timeout_s=10.0)
        self.clock = clock
        self.sent = 0

    async def send(self, *_: object, **__: object) -> Reply:
        self.sent += 1
        await self.clock.advance(TRAVEL_MS)
        return Reply(200, {}, b'{"serverTime": 7}')


class TimeReader(Reader):
    """Reads an answer without a stamp of its own."""

    async def read(self) -> Answer[ServerTime]:
        return await self._request(SPOT_TIME, {}, schemas.server_time, ttl_s=1.0)


async def nothing() -> None:
    """Measure no time."""


def reader(clock: FakeClock, transport: SlowTransport) -> TimeReader:
    offset = ClockOffset(clock)
    limiter = BinanceLimiter(clock, offset.now_ms)
    rest = RestClient(
        BinanceUrls(),
        transport,
        limiter,
        clock=clock,
        now_ms=offset.now_ms,
        rng=random.Random(1),
        policy=RetryPolicy(),
    )
    cache: TtlCache[Hashable, Any] = TtlCache(clock, size=10)
    return TimeReader(ReaderParts(rest, cache, offset, limiter, clock, nothing))


async def test_an_answer_without_a_stamp_describes_the_time_of_its_request() -> None:
    clock = FakeClock()
    asked_ms = clock.now_ms()
    answer = await reader(clock, SlowTransport(clock)).read()
    assert (answer.as_of, answer.fetched_at) == (asked_ms, asked_ms + TRAVEL_MS)
    assert answer.age_ms(clock.now_ms()) == TRAVEL_MS


async def test_an_answer_is_requested_again_when_its_request_is_too_old() -> None:
    clock = FakeClock()
    transport = SlowTransport(clock)
    times = reader(clock, transport)
    await times.read()
    await clock.advance(999 - TRAVEL_MS)
    await times.read()
    assert transport.sent == 1
    await clock.advance(1)
    await times.read()
    assert transport.sent == 2


async def test_bars_describe_the_time_of_their_request_and_age_from_it() -> None:
    bench = Bench(missing=set(), born=0)
    bench.travel_ms = TRAVEL_MS
    asked_ms = bench.clock.now_ms()
    bars = await bench.ask(Question(0, 10, None))
    assert (bars.as_of, bars.fetched_at) == (asked_ms, asked_ms + TRAVEL_MS)
    requests = len(bench.asked)
    await bench.ask(Question(4_999 - TRAVEL_MS, 10, None))
    assert len(bench.asked) == requests
    await bench.ask(Question(1, 10, None))
    assert len(bench.asked) == requests + 1


def test_answers_weigh_what_their_rows_take() -> None:
    def weight(value: object) -> int:
        return rows_of(Answer(value, 0, "made.up", 0))

    assert weight({"price": 1.0}) == weight([]) == ROWS_BESIDE
    assert weight([1.0] * 500) == 500 + ROWS_BESIDE


def settlements(count: int, last_ms: int) -> list[FundingRate]:
    """Rows by the hour; every third is special, every other one has no mark price."""
    return [
        FundingRate(
            "X", last_ms - n * HOUR_MS, 1e-4 * n, n / 2 if n % 2 else None, "Regular" if n % 3 else "Special"
        )
        for n in range(count, 0, -1)
    ]


def answer_at(now_ms: int, rows: list[FundingRate]) -> Answer[list[FundingRate]]:
    return Answer(rows, now_ms, "made.up", now_ms)


def test_settlements_of_many_symbols_are_kept_within_a_number_of_rows() -> None:
    kept, now_ms, next_ms = SettledFundingCache(), 10 * HOUR_MS + SETTLING_MS, 16 * HOUR_MS
    rows, fits = settlements(1000, now_ms), MOST_ROWS // 1000
    for number in range(fits + 1):
        kept.keep(f"S{number}", 1000, next_ms, answer_at(now_ms, rows))
    assert kept.recall("S0", 1000, next_ms, now_ms) is None
    assert all(kept.recall(f"S{number}", 1000, next_ms, now_ms) for number in range(1, fits + 1))


def test_settlements_are_recalled_as_they_were_read() -> None:
    kept, now_ms = SettledFundingCache(), 10 * HOUR_MS + SETTLING_MS
    rows = settlements(10, now_ms)
    kept.keep("X", 10, None, answer_at(now_ms, rows))
    assert kept.recall("X", 10, None, now_ms) == answer_at(now_ms, rows)
    assert kept.recall("X", 4, None, now_ms) == answer_at(now_ms, rows[-4:])
    assert kept.recall("X", 11, None, now_ms) is None


def test_settlements_are_complete_until_the_next_one_or_the_next_hour() -> None:
    kept, now_ms = SettledFundingCache(), 10 * HOUR_MS + SETTLING_MS
    rows = answer_at(now_ms, settlements(10, now_ms))
    kept.keep("X", 10, 16 * HOUR_MS, rows)
    assert kept.recall("X", 10, 16 * HOUR_MS, 15 * HOUR_MS)
    assert kept.recall("X", 10, 12 * HOUR_MS, 11 * HOUR_MS) is None  # settlements have become more frequent
    assert kept.recall("X", 10, None, 11 * HOUR_MS - 1)
    assert kept.recall("X", 10, None, 11 * HOUR_MS) is None
    assert kept.recall("X", 10, 24 * HOUR_MS, 16 * HOUR_MS) is None


def test_newer_settlements_are_put_behind_those_kept() -> None:
    kept, now_ms = SettledFundingCache(), 10 * HOUR_MS + SETTLING_MS
    rows = settlements(11, now_ms + HOUR_MS)
    kept.keep("X", 10, None, answer_at(now_ms, rows[:10]))
    later = answer_at(now_ms + HOUR_MS, rows[9:])
    assert kept.extended("X", 10, None, later).value == rows[1:]
    assert kept.recall("X", 10, None, now_ms + HOUR_MS) == answer_at(now_ms + HOUR_MS, rows[1:])
