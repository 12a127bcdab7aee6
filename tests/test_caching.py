"""Eviction, expiry, shared work: what happens on errors, on cancellation and at the edges of a lifetime."""

import asyncio
from collections.abc import Callable

import pytest

from tests.support.clock import FakeClock
from utils.caching import SWEEP_S, CancellingSingleFlight, FinishingSingleFlight, LruMap, TtlCache
from utils.priority import background, is_background

Flight = CancellingSingleFlight[str, int] | FinishingSingleFlight[str, int]
BOTH = pytest.mark.parametrize("make", [CancellingSingleFlight, FinishingSingleFlight])


class Work:
    """Answers its call number once released."""

    def __init__(self) -> None:
        self.calls = 0
        self.cancelled = 0
        self.error: Exception | None = None
        self.release = asyncio.Event()

    async def __call__(self) -> int:
        self.calls += 1
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error is not None:
            raise self.error
        return self.calls


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def started(flight: Flight, work: Work, callers: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(flight.run("k", work)) for _ in range(callers)]
    await settle()
    return tasks


async def cancelled(*tasks: asyncio.Task[int]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with pytest.raises(asyncio.CancelledError):
            await task


# --- LruMap


def lru(size: int | None, keys: str) -> LruMap[str, int]:
    made: LruMap[str, int] = LruMap(size)
    for number, key in enumerate(keys):
        made.put(key, number)
    return made


@pytest.mark.parametrize(
    ("use", "order"),
    [
        (lambda kept: kept.get("a"), "bca"),
        (lambda kept: kept.put("a", 7), "bca"),
        (lambda kept: kept.setdefault("a", int), "bca"),
        (lambda kept: kept.get("absent"), "abc"),
        (lambda kept: kept.peek("a"), "abc"),
        (lambda kept: "a" in kept, "abc"),
        (lambda kept: kept.oldest(), "abc"),
        (lambda kept: [*kept, *kept.items(), *kept.values()], "abc"),
    ],
)
def test_only_reading_and_writing_count_as_use(use: Callable[[LruMap[str, int]], object], order: str) -> None:
    kept = lru(3, "abc")
    use(kept)
    assert "".join(kept) == order
    kept.put("d", 0)
    assert "".join(kept) == order[1:] + "d"


def test_what_was_kept_is_returned_and_what_was_not_is_none() -> None:
    kept = lru(2, "ab")
    assert (kept.get("b"), kept.peek("a"), kept.get("c"), kept.peek("c")) == (1, 0, None, None)
    assert (kept.items(), kept.values()) == ([("a", 0), ("b", 1)], [0, 1])
    assert ("a" in kept, "c" in kept, len(kept)) == (True, False, 2)
    assert kept.setdefault("a", lambda: 9) == 0
    assert kept.setdefault("c", lambda: 9) == 9
    assert kept.peek("c") == 9
    assert "b" not in kept


def test_writing_a_known_key_again_drops_nothing() -> None:
    kept = lru(2, "ab")
    kept.put("a", 5)
    assert kept.items() == [("b", 1), ("a", 5)]


def test_without_a_size_the_caller_removes() -> None:
    kept = lru(None, "abc")
    assert kept.oldest() == ("a", 0)
    assert kept.pop("a") == 0
    assert "".join(kept) == "bc"
    with pytest.raises(KeyError):
        kept.pop("a")
    with pytest.raises(KeyError):
        LruMap[str, int]().oldest()


def test_a_map_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="size is 0"):
        LruMap[str, int](0)


def test_weights_bound_what_is_kept() -> None:
    kept: LruMap[str, bytes] = LruMap(10, weigh=len)
    for key, weight in (("a", 4), ("b", 4), ("c", 2)):
        kept.put(key, bytes(weight))
    assert "".join(kept) == "abc"
    kept.put("b", bytes(1))
    kept.put("d", bytes(3))
    assert "".join(kept) == "acbd"
    kept.pop("c")
    kept.put("e", bytes(3))
    assert "".join(kept) == "bde"
    kept.put("huge", bytes(11))
    assert "".join(kept) == "huge"
    kept.put("f", bytes(10))
    assert "".join(kept) == "f"


# --- single flight


@BOTH
async def test_calls_that_overlap_share_one_and_later_ones_start_anew(make: type[Flight]) -> None:
    flight, work = make(), Work()
    tasks = await started(flight, work, 3)
    work.release.set()
    assert await asyncio.gather(*tasks) == [1, 1, 1]
    assert flight.joined == 2
    assert await flight.run("k", work) == 2
    assert flight.joined == 2


@BOTH
async def test_background_work_becomes_as_urgent_as_who_joins_it(make: type[Flight]) -> None:
    flight, release, seen = make(), asyncio.Event(), list[bool]()

    async def work() -> int:
        seen.append(is_background())
        await release.wait()
        seen.append(is_background())
        return 1

    with background():
        warming = asyncio.create_task(flight.run("k", work))
        await asyncio.sleep(0)
        joined = asyncio.create_task(flight.run("k", work))
        await asyncio.sleep(0)
    asked = asyncio.create_task(flight.run("k", work))
    await asyncio.sleep(0)
    release.set()
    assert list(await asyncio.gather(warming, joined, asked)) == [1, 1, 1]
    assert seen == [True, False]


@BOTH
async def test_different_keys_do_not_wait_for_each_other(make: type[Flight]) -> None:
    flight, slow, quick = make(), Work(), Work()
    (waiting,) = await started(flight, slow, 1)
    quick.release.set()
    assert await flight.run("other", quick) == 1
    assert not waiting.done()
    slow.release.set()
    assert await waiting == 1


@BOTH
async def test_a_cancelled_caller_leaves_the_work_to_the_others(make: type[Flight]) -> None:
    flight, work = make(), Work()
    first, *others = await started(flight, work, 3)
    await cancelled(first)
    assert work.cancelled == 0
    work.release.set()
    assert await asyncio.gather(*others) == [1, 1]


@BOTH
async def test_an_error_reaches_every_caller_and_is_not_kept(make: type[Flight]) -> None:
    flight, work = make(), Work()
    work.error = LookupError("not there")
    tasks = await started(flight, work, 2)
    work.release.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert found == [work.error, work.error]
    work.error = None
    assert await flight.run("k", work) == 2


async def test_cancelling_ends_abandoned_work_and_the_next_caller_starts_anew() -> None:
    flight, work = CancellingSingleFlight[str, int](), Work()
    await cancelled(*await started(flight, work, 3))
    (again,) = await started(flight, work, 1)
    assert (work.calls, work.cancelled) == (2, 1)
    work.release.set()
    assert await again == 2


async def test_finishing_lets_abandoned_work_end_and_the_next_caller_joins_it() -> None:
    flight, work = FinishingSingleFlight[str, int](), Work()
    await cancelled(*await started(flight, work, 3))
    (again,) = await started(flight, work, 1)
    assert (work.calls, work.cancelled) == (1, 0)
    work.release.set()
    assert await again == 1


async def test_an_error_of_finishing_work_that_nobody_awaits_is_not_reported_as_forgotten() -> None:
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    flight, work = FinishingSingleFlight[str, int](), Work()
    work.error = LookupError("not there")
    await cancelled(*await started(flight, work, 1))
    work.release.set()
    await settle()
    del flight
    assert reported == []
    assert work.calls == 1


@BOTH
async def test_close_cancels_what_is_in_progress(make: type[Flight]) -> None:
    flight, work = make(), Work()
    (waiting,) = await started(flight, work, 1)
    await flight.close()
    assert work.cancelled == 1
    with pytest.raises(asyncio.CancelledError):
        await waiting


# --- TtlCache


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def cache(clock: FakeClock) -> TtlCache[object, int]:
    return TtlCache(clock, size=2000)


async def test_a_value_lives_for_its_seconds_and_no_longer(
    cache: TtlCache[object, int], clock: FakeClock
) -> None:
    cache.put("k", 7, 10.0)
    await clock.advance(9_999)
    assert cache.get("k") == 7
    await clock.advance(1)
    assert cache.get("k") is None
    assert cache.counts == {"hit": 1, "miss": 1}


async def test_a_fetched_value_is_given_until_it_expires(
    cache: TtlCache[object, int], clock: FakeClock
) -> None:
    work = Work()
    work.release.set()
    assert await cache.fetch("k", 10.0, work) == 1
    await clock.advance(9_999)
    assert await cache.fetch("k", 10.0, work) == 1
    await clock.advance(1)
    assert await cache.fetch("k", 10.0, work) == 2
    assert cache.counts == {"miss": 2, "hit": 1}


async def test_age_counts_from_the_question_not_from_the_answer(
    cache: TtlCache[object, int], clock: FakeClock
) -> None:
    work = Work()
    asking = asyncio.create_task(cache.fetch("k", 10.0, work))
    await settle()
    await clock.advance(6_000)
    work.release.set()
    assert await asking == 1
    await clock.advance(3_999)
    assert cache.get("k") == 1
    await clock.advance(1)
    assert cache.get("k") is None


async def test_a_caller_may_ask_for_a_younger_value_but_not_for_an_expired_one(
    cache: TtlCache[object, int], clock: FakeClock
) -> None:
    work = Work()
    work.release.set()
    await cache.fetch("k", 10.0, work)
    await clock.advance(5_000)
    assert await cache.fetch("k", 60.0, work) == 1
    assert await cache.fetch("k", 5.0, work) == 2
    await clock.advance(5_000)
    assert await cache.fetch("k", 60.0, work) == 3


async def test_without_a_lifetime_only_those_who_wait_share(cache: TtlCache[object, int]) -> None:
    work = Work()
    waiting = [asyncio.create_task(cache.fetch("k", 0.0, work)) for _ in range(3)]
    await settle()
    work.release.set()
    assert await asyncio.gather(*waiting) == [1, 1, 1]
    assert len(cache) == 0
    cache.put("k", 9, 10.0)
    assert await cache.fetch("k", 0.0, work) == 2
    assert cache.get("k") == 9


async def test_an_error_is_not_kept(cache: TtlCache[object, int]) -> None:
    work = Work()
    work.release.set()
    work.error = LookupError("not there")
    with pytest.raises(LookupError):
        await cache.fetch("k", 10.0, work)
    work.error = None
    assert await cache.fetch("k", 10.0, work) == 2


async def test_a_call_is_cancelled_with_its_last_caller_and_on_close(cache: TtlCache[object, int]) -> None:
    work = Work()
    first, second = (asyncio.create_task(cache.fetch("k", 10.0, work)) for _ in range(2))
    await settle()
    await cancelled(first)
    assert work.cancelled == 0
    await cancelled(second)
    await settle()
    assert work.cancelled == 1
    third = asyncio.create_task(cache.fetch("k", 10.0, work))
    await settle()
    await cache.close()
    assert work.cancelled == 2
    with pytest.raises(asyncio.CancelledError):
        await third


def test_the_least_recently_used_leaves_first(clock: FakeClock) -> None:
    cache: TtlCache[str, int] = TtlCache(clock, size=2)
    cache.put("a", 1, 10.0)
    cache.put("b", 2, 10.0)
    assert cache.get("a") == 1
    cache.put("c", 3, 10.0)
    assert (cache.get("a"), cache.get("b"), cache.get("c"), len(cache)) == (1, None, 3, 2)


def test_heavy_values_leave_room_for_fewer(clock: FakeClock) -> None:
    cache: TtlCache[str, bytes] = TtlCache(clock, size=10, weigh=len)
    cache.put("a", bytes(4), 10.0)
    cache.put("b", bytes(4), 10.0)
    cache.put("c", bytes(5), 10.0)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (None, bytes(4), bytes(5))


async def test_expired_entries_leave_with_the_next_one_kept(
    cache: TtlCache[object, int], clock: FakeClock
) -> None:
    for number in range(100):
        cache.put(number, number, SWEEP_S)
    cache.put("long", 1, 3600.0)
    await clock.advance(int(SWEEP_S * 1000) - 1)
    cache.put("early", 2, 3600.0)
    assert len(cache) == 102
    await clock.advance(1)
    assert len(cache) == 102
    cache.put("next", 3, 3600.0)
    assert len(cache) == 3
    assert cache.get("long") == 1
    cache.put("short", 4, 1.0)
    await clock.advance(1_000)
    cache.put("soon after", 5, 3600.0)
    assert len(cache) == 5
