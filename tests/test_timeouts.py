"""Timeouts on the injected clock: what ends first decides, and nothing is left running."""

import asyncio

import pytest

from tests.support.clock import FakeClock
from utils.timeouts import first_within, within


async def test_one_of_several_ends_the_wait_and_none_is_cancelled() -> None:
    clock, loop = FakeClock(), asyncio.get_running_loop()
    first, second = loop.create_future(), loop.create_future()
    waiting = asyncio.create_task(first_within(clock, 5.0, first, second))
    await clock.settle()
    await clock.advance(4999)
    assert not waiting.done()
    second.set_result(None)
    assert await waiting
    assert not first.cancelled()
    await clock.settle()
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_the_time_ends_the_wait_exactly() -> None:
    clock = FakeClock()
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(first_within(clock, 5.0, never))
    await clock.settle()
    await clock.advance(5000)
    assert not await waiting
    assert not never.cancelled()


async def test_a_call_that_ends_in_time_is_told_from_one_that_is_cancelled() -> None:
    clock, event, cancelled = FakeClock(), asyncio.Event(), asyncio.Event()

    async def call() -> None:
        try:
            await event.wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    late = asyncio.create_task(within(clock, 5.0, call()))
    await clock.settle()
    await clock.advance(5000)
    assert not await late
    await clock.settle()
    assert cancelled.is_set()
    prompt = asyncio.create_task(within(clock, 5.0, call()))
    await clock.settle()
    event.set()
    assert await prompt


async def test_the_failure_of_a_call_is_the_callers() -> None:
    async def call() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await within(FakeClock(), 5.0, call())
