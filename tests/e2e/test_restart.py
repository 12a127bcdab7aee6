"""Processes that end at random moments: everybody gets one answer and each push once.

Small forms of scripts/kill_loop, of one process, and scripts/kill_several, of three on one PostgreSQL.
"""

import signal

import pytest

from scripts.kill_loop import kill_loop
from scripts.kill_several import Plan, kill_several
from tests.store.databases import fresh_postgres

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda number: number.name)
async def test_nobody_is_left_without_an_answer(number: signal.Signals) -> None:
    assert await kill_loop(2, 4, number, seed=5) == 0


async def test_three_processes_on_one_database_lose_and_repeat_nothing() -> None:
    plan = Plan(kills=2, alerts=3, questions=1, longest_s=12.0, seed=5)
    async with fresh_postgres() as address:
        assert await kill_several(plan, address) == 0
