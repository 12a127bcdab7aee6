"""The soak in small: a few seconds of faults by seed, and everything whole at the end."""

import pytest

from scripts.soak import Plan, soak
from utils.clock import SystemClock


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 4])
async def test_books_and_trades_become_whole_under_random_faults(seed: int) -> None:
    outcome = await soak(Plan(symbols=3, seconds=6.0, pause_s=0.4, seed=seed), SystemClock())
    assert outcome.wrong == []
    assert outcome.faults >= 5
    assert outcome.compared >= 6 * 20
    assert outcome.trades > 0
