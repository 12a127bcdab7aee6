"""The sandbox clock shifts, and obeys only where bot and sandbox share it."""

import pytest

from tests.support.clock import FakeClock
from utils.sandbox.control import ClockError, SandboxClock


async def test_a_shared_clock_is_advanced_itself() -> None:
    source = FakeClock(1_000)
    clock = SandboxClock(source=source)
    await clock.advance(250)
    assert source.now_ms() == 1_250
    assert clock.now_ms() == 1_250


async def test_a_lonely_clock_refuses_steps_and_rates() -> None:
    clock = SandboxClock(5_000)
    with pytest.raises(ClockError, match="injected"):
        await clock.advance(1)
    with pytest.raises(ClockError, match="injected"):
        clock.set(rate=2.0)


async def test_rate_stretches_the_source_from_the_moment_it_is_set() -> None:
    source = FakeClock(0)
    clock = SandboxClock(start_ms=100, source=source)
    await source.advance(50)
    clock.set(rate=10.0)
    await source.advance(5)
    assert clock.now_ms() == 200


def test_setting_the_time_tells_listeners() -> None:
    clock = SandboxClock(source=FakeClock(0))
    heard: list[int] = []
    clock.on_step(lambda: heard.append(clock.now_ms()))
    clock.set(now_ms=77)
    assert heard == [77]


@pytest.mark.parametrize("rate", [0, -1.0])
def test_time_does_not_stand_or_run_back(rate: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        SandboxClock(source=FakeClock(0)).set(rate=rate)
