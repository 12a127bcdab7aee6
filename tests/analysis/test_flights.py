"""One call for all who overlap; memory of fixed size."""

import asyncio

import pytest

from analysis.flights import Recent, SingleFlight


async def test_overlapping_calls_share_one() -> None:
    flights, gate, calls = SingleFlight(), asyncio.Event(), 0

    async def work() -> int:
        nonlocal calls
        calls += 1
        await gate.wait()
        return calls

    waiting = [asyncio.ensure_future(flights.once("k", work)) for _ in range(100)]
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*waiting) == [1] * 100
    assert flights.shared == 99
    assert await flights.once("k", work) == 2


async def test_a_cancelled_caller_leaves_the_work_to_the_others() -> None:
    flights, gate = SingleFlight(), asyncio.Event()

    async def work() -> str:
        await gate.wait()
        return "done"

    first = asyncio.ensure_future(flights.once("k", work))
    second = asyncio.ensure_future(flights.once("k", work))
    await asyncio.sleep(0)
    first.cancel()
    gate.set()
    assert await second == "done"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_fault_reaches_every_caller_and_is_not_kept() -> None:
    flights, broken = SingleFlight(), True

    async def work() -> str:
        if broken:
            raise LookupError("not there")
        return "done"

    both = await asyncio.gather(flights.once("k", work), flights.once("k", work), return_exceptions=True)
    assert [type(one) for one in both] == [LookupError, LookupError]
    broken = False
    assert await flights.once("k", work) == "done"


async def test_close_cancels_what_is_under_way() -> None:
    flights = SingleFlight()
    waiting = asyncio.ensure_future(flights.once("k", asyncio.Event().wait))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await flights.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_the_value_used_longest_ago_is_forgotten() -> None:
    kept: Recent[str, int] = Recent(2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c"), len(kept)) == (1, None, 3, 2)
