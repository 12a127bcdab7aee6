"""Single flight and the timed cache."""

import asyncio

import pytest

from tests.support.clock import FakeClock
from utils.binance_api.http.cache import SingleFlight, TimedCache


class Work:
    """Answers its call number once released."""

    def __init__(self) -> None:
        self.calls = 0
        self.cancelled = 0
        self.release = asyncio.Event()

    async def __call__(self) -> int:
        self.calls += 1
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return self.calls


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_first_waiter_may_leave_without_ending_the_work() -> None:
    flight, work = SingleFlight[int](), Work()
    waiters = [asyncio.create_task(flight.run("k", work)) for _ in range(3)]
    await settle()
    waiters[0].cancel()
    await settle()
    work.release.set()
    assert [await waiter for waiter in waiters[1:]] == [1, 1]
    assert (work.calls, work.cancelled, flight.joined) == (1, 0, 2)


async def test_when_all_have_left_the_work_ends_and_the_next_caller_starts_anew() -> None:
    flight, work = SingleFlight[int](), Work()
    waiters = [asyncio.create_task(flight.run("k", work)) for _ in range(3)]
    await settle()
    for waiter in waiters:
        waiter.cancel()
    await settle()
    assert work.cancelled == 1
    work.release.set()
    assert await flight.run("k", work) == 2


async def test_different_keys_do_not_wait_for_each_other() -> None:
    flight, slow = SingleFlight[int](), Work()
    waiting = asyncio.create_task(flight.run("slow", slow))

    async def quick() -> int:
        return 7

    assert await flight.run("quick", quick) == 7
    await flight.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_results_live_their_seconds_and_errors_are_not_kept() -> None:
    clock = FakeClock()
    cache = TimedCache[int](clock)
    made: list[int] = []

    async def make() -> int:
        made.append(len(made))
        if len(made) == 1:
            raise RuntimeError("first")
        return len(made)

    with pytest.raises(RuntimeError):
        await cache.get("k", 10.0, make)
    assert await cache.get("k", 10.0, make) == 2
    await clock.advance(9_999)
    assert await cache.get("k", 10.0, make) == 2
    await clock.advance(1)
    assert await cache.get("k", 10.0, make) == 3
    assert cache.counts == {"miss": 3, "hit": 1}


async def test_nothing_is_kept_without_a_life_and_the_least_used_leaves_first() -> None:
    cache = TimedCache[str](FakeClock(), max_entries=2)

    async def value() -> str:
        return "v"

    await cache.get("zero", 0.0, value)
    assert len(cache) == 0
    for key in ("a", "b", "a", "c"):
        await cache.get(key, 10.0, value)
    hits = cache.counts["hit"]
    await cache.get("a", 10.0, value)
    assert cache.counts["hit"] == hits + 1
    await cache.get("b", 10.0, value)
    assert cache.counts["hit"] == hits + 1


async def test_what_is_too_old_to_be_given_does_not_stay_in_memory() -> None:
    clock = FakeClock()
    cache = TimedCache[int](clock)

    async def made() -> int:
        return 1

    for number in range(100):
        await cache.get(("short", number), 30.0, made)
    await cache.get("long", 3600.0, made)
    await clock.advance(31_000)
    await cache.get("next", 30.0, made)
    assert len(cache) == 2
    await cache.get("long", 3600.0, made)
    assert cache.counts["hit"] == 1
