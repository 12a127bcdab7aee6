"""The clock of the tests: who sleeps until a moment is there at that moment."""

import asyncio

import pytest

from tests.support.clock import FakeClock


@pytest.mark.parametrize("wait_s", [7.1, 0.0004, 1e-15])
async def test_who_sleeps_for_what_is_left_comes_to_the_end(wait_s: float) -> None:
    clock = FakeClock()
    end_s = clock.monotonic() + wait_s

    async def wait() -> int:
        sleeps = 0
        while (left_s := end_s - clock.monotonic()) > 0:
            assert sleeps < 3
            await clock.sleep(left_s)
            sleeps += 1
        return sleeps

    waiting = asyncio.create_task(wait())
    await clock.settle()
    await clock.advance(8_000)
    assert await waiting > 0
