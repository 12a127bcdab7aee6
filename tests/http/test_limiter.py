"""Budgets never overspend a window of the source's clock, and the breaker stops everyone."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.clock import FakeClock
from utils.http.errors import Misconfigured, Unavailable
from utils.http.limiter import CircuitBreaker, WeightBudget, acquire
from utils.priority import LOOK_S, Standing, background, beside, shared_work

MINUTE = 60_000
START = 28_333_333 * MINUTE  # a full minute


def budget(clock: FakeClock, limit: int = 100, guard_ms: int = 0) -> WeightBudget:
    return WeightBudget("spot", limit, MINUTE, clock.now_ms, guard_ms=guard_ms)


async def test_it_stops_at_four_fifths_and_goes_on_at_second_zero() -> None:
    clock = FakeClock(START + 10_000)
    spot = budget(clock)
    for _ in range(8):
        assert spot.wait_ms(10) == 0
        spot.release(spot.reserve(10))
    assert spot.used == 80
    assert spot.wait_ms(1) == 50_000
    await clock.advance(49_999)
    assert spot.wait_ms(1) == 1
    await clock.advance(1)
    assert spot.wait_ms(80) == 0
    assert spot.used == 0


async def test_requests_on_their_way_count_in_the_window_that_begins_meanwhile() -> None:
    clock = FakeClock(START + 59_000)
    spot = budget(clock)
    reservation = spot.reserve(50)
    await clock.advance(2_000)
    assert spot.used == 50
    spot.release(reservation)
    assert spot.used == 50


async def test_a_spend_near_the_edge_counts_on_both_sides() -> None:
    clock = FakeClock(START - 100)
    spot = budget(clock, guard_ms=250)
    spot.release(spot.reserve(70))
    await clock.advance(400)
    assert spot.used == 70
    assert spot.wait_ms(20) == MINUTE - 300 + 250


async def test_just_after_the_edge_the_last_window_may_still_run_at_the_source() -> None:
    clock = FakeClock(START - 1_000)
    spot = budget(clock, guard_ms=250)
    spot.release(spot.reserve(80))
    await clock.advance(1_100)
    assert spot.wait_ms(1) == 150
    await clock.advance(150)
    assert spot.wait_ms(1) == 0


async def test_the_reported_weight_raises_ours_and_never_lowers_it() -> None:
    clock = FakeClock(START + 5_000)
    spot = budget(clock)
    spot.release(spot.reserve(2), 60)
    assert spot.used == 60
    spot.release(spot.reserve(2), 10)
    assert spot.used == 62


async def test_a_report_that_may_be_of_the_last_window_is_not_taken() -> None:
    clock = FakeClock(START - 1_000)
    spot = budget(clock)
    reservation = spot.reserve(2)
    await clock.advance(2_000)
    spot.release(reservation, 79)
    assert spot.used == 2


@settings(max_examples=60, deadline=None)
@given(
    requests=st.lists(
        st.tuples(st.integers(1, 30), st.integers(0, 3_000), st.integers(0, 20_000)), max_size=60
    ),
    skew_ms=st.integers(-250, 250),
)
def test_no_window_of_the_source_is_ever_overspent(
    requests: list[tuple[int, int, int]], skew_ms: int
) -> None:
    """``requests`` are (cost, travel ms, pause before ms); the source's clock differs by ``skew_ms``."""
    counted = asyncio.run(_spend_all(requests, skew_ms))
    assert sum(counted.values()) == sum(cost for cost, _, _ in requests)
    assert all(weight <= 80 for weight in counted.values())


async def _spend_all(requests: list[tuple[int, int, int]], skew_ms: int) -> dict[int, int]:
    clock = FakeClock(START)
    spot, breaker = budget(clock, guard_ms=250), CircuitBreaker("spot", clock)
    counted: dict[int, int] = {}

    async def one(cost: int, travel: int) -> None:
        permit = await acquire([(spot, cost)], breaker, clock, source="s", max_wait_s=1e9)
        await clock.sleep(travel / 1000)
        window = (clock.now_ms() + skew_ms) // MINUTE
        counted[window] = counted.get(window, 0) + cost
        await clock.sleep(travel / 1000)
        permit.release()

    tasks = []
    for cost, travel, pause in requests:
        await clock.advance(pause)
        tasks.append(asyncio.create_task(one(cost, travel)))
    for _ in range(3 * len(requests) + 3):
        await clock.advance(MINUTE)
    await asyncio.gather(*tasks)
    return counted


async def test_the_closed_gate_holds_everyone_until_its_time() -> None:
    clock = FakeClock(START)
    spot, breaker = budget(clock), CircuitBreaker("spot", clock)
    breaker.trip(30.0, until_ms=START + 30_000, reason="limit reached")
    tasks = [
        asyncio.create_task(acquire([(spot, 1)], breaker, clock, source="s", max_wait_s=60)) for _ in range(5)
    ]
    await clock.advance(29_999)
    assert not any(task.done() for task in tasks)
    await clock.advance(1)
    assert all(task.done() for task in tasks)


async def test_what_is_not_for_an_answer_leaves_a_part_of_the_budget() -> None:
    clock = FakeClock(START)
    spot, breaker = budget(clock), CircuitBreaker("spot", clock)
    spot.release(spot.reserve(40))  # half of the 80 that may be used
    granted: list[str] = []

    async def one(who: str) -> None:
        await acquire([(spot, 1)], breaker, clock, source="s", max_wait_s=120)
        granted.append(who)

    with background():
        late = asyncio.create_task(one("background"))
    await clock.advance(1000)
    assert granted == []
    with beside():
        neighbour = asyncio.create_task(one("beside"))
    await clock.advance(1000)
    assert granted == ["beside"]
    spot.release(spot.reserve(38))
    with beside():
        second = asyncio.create_task(one("second beside"))
    answer = asyncio.create_task(one("answer"))
    await clock.advance(1000)
    assert granted == ["beside", "answer"]
    await clock.advance(MINUTE)
    assert sorted(granted[2:]) == ["background", "second beside"]
    await asyncio.gather(late, neighbour, second, answer)


async def test_what_waits_for_its_part_goes_on_as_soon_as_an_answer_waits_for_it() -> None:
    clock = FakeClock(START)
    spot, breaker = budget(clock), CircuitBreaker("spot", clock)
    spot.release(spot.reserve(60))
    shared: list[Standing] = []

    async def one() -> None:
        with shared_work() as standing:
            shared.append(standing)
            await acquire([(spot, 1)], breaker, clock, source="s", max_wait_s=120)

    with beside():
        task = asyncio.create_task(one())
    await clock.advance(1000)
    assert not task.done()
    with shared[0].awaited():
        await clock.advance(round(1000 * LOOK_S))
        assert task.done()


async def test_a_cost_above_the_part_of_background_work_fits_an_unused_window() -> None:
    clock = FakeClock(START)
    spot, breaker = budget(clock), CircuitBreaker("spot", clock)
    with background():
        task = asyncio.create_task(acquire([(spot, 70)], breaker, clock, source="s", max_wait_s=1))
    await clock.advance(0)
    assert task.done()


async def test_a_longer_wait_than_patience_is_said_with_the_moment_to_return() -> None:
    clock = FakeClock(START)
    spot, breaker = budget(clock), CircuitBreaker("spot", clock)
    breaker.trip(120.0, until_ms=START + 120_000, reason="banned")
    with pytest.raises(Unavailable, match="banned") as shut:
        await acquire([(spot, 1)], breaker, clock, source="s", max_wait_s=60)
    assert shut.value.until_ms == START + 120_000
    spot.reserve(80)
    with pytest.raises(Unavailable, match="budget") as spent:
        await acquire([(spot, 1)], CircuitBreaker("other", clock), clock, source="s", max_wait_s=59)
    assert spent.value.until_ms == START + MINUTE


async def test_a_shorter_ban_does_not_open_the_gate_earlier() -> None:
    clock = FakeClock(START)
    breaker = CircuitBreaker("spot", clock)
    breaker.trip(120.0, until_ms=1, reason="long")
    breaker.trip(5.0, until_ms=2, reason="short")
    assert (breaker.wait_s, breaker.reason, breaker.until_ms) == (120.0, "long", 1)


async def test_linked_budgets_are_reserved_together() -> None:
    clock = FakeClock(START)
    first, second = budget(clock), budget(clock, limit=10)
    second.release(second.reserve(8))
    breaker = CircuitBreaker("spot", clock)
    task = asyncio.create_task(acquire([(first, 5), (second, 1)], breaker, clock, source="s", max_wait_s=90))
    await clock.settle()
    assert first.used == 0
    await clock.advance(MINUTE)
    assert task.done()
    assert (first.used, second.used) == (5, 1)


async def test_a_cost_that_can_never_fit_is_a_mistake_of_configuration() -> None:
    clock = FakeClock(START)
    with pytest.raises(Misconfigured, match="costs 81"):
        await acquire([(budget(clock), 81)], CircuitBreaker("spot", clock), clock, source="s", max_wait_s=9)
