"""Processes that end at random moments: everybody who asked gets one answer (a small form of scripts/kill_loop)."""

import signal

import pytest

from scripts.kill_loop import kill_loop

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda number: number.name)
async def test_nobody_is_left_without_an_answer(number: signal.Signals) -> None:
    assert await kill_loop(2, 4, number, seed=5) == 0
