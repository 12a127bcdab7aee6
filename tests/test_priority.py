"""Background work waits until nobody waits for an answer, but not for ever."""

import asyncio

from tests.support.clock import FakeClock
from utils.priority import LONGEST_WAIT_S, QUIET_S, Attention, background, is_background


async def test_background_is_inherited_by_tasks_and_ends_with_its_block() -> None:
    async def look() -> bool:
        return is_background()

    with background():
        inside = asyncio.create_task(look())
        assert is_background()
    assert await inside
    assert not is_background()
    assert not await asyncio.create_task(look())


async def test_a_step_waits_until_nobody_has_asked_for_a_while(clock: FakeClock) -> None:
    attention = Attention(clock)
    await asyncio.wait_for(attention.quiet(), 1)
    with attention.question():
        waiting = asyncio.create_task(attention.quiet())
        await clock.settle()
        await clock.advance(5_000)
        assert not waiting.done()
    await clock.advance(round(QUIET_S * 1000) - 500)
    assert not waiting.done()
    await clock.advance(1_000)
    await asyncio.wait_for(waiting, 1)


async def test_a_step_is_taken_in_the_end_however_busy_it_is(clock: FakeClock) -> None:
    attention = Attention(clock)
    with attention.question():
        waiting = asyncio.create_task(attention.quiet())
        await clock.settle()
        await clock.advance(round(LONGEST_WAIT_S * 1000) + 500)
        await asyncio.wait_for(waiting, 1)


async def test_background_work_does_not_wait_for_itself(clock: FakeClock) -> None:
    attention = Attention(clock)
    with background(), attention.question():
        assert attention.is_quiet
        await asyncio.wait_for(attention.quiet(), 1)
