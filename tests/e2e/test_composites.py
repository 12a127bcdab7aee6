"""Composite scores through the real bot: a past moment is what a walk along the recorded bars says of it."""

from pathlib import Path
from typing import Final

import pytest

from analysis.framework.module import module_by
from analysis.registry import MODULES
from analysis.replay import walk_forward
from scripts.bench.recorded_bars import recorded_bars
from tests.support.app_under_test import AppUnderTest

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

AT: Final = "2022-11-09T00:00:00Z"
CLOSE_MS: Final = 1_667_951_999_999
"""The last 4h close before it."""
WALKED: Final = 3_000


async def test_a_past_moment_is_what_the_walk_forward_says_of_it(
    replay_app: AppUnderTest, shared_data: Path
) -> None:
    """One moment through the bot and walked along the recorded bars: what bars alone decide is the same number."""
    status, body = await replay_app.get(f"/composite/trend_strength?symbol=BTCUSDT&interval=4h&at={AT}")
    assert status == 200, body
    bars = recorded_bars(shared_data, "spot", "4h", "BTCUSDT")
    assert bars is not None
    known = bars.closed(CLOSE_MS + 1).tail(WALKED)
    walked = walk_forward("trend", known, module_by("trend", MODULES).config())
    assert walked.time[-1] == CLOSE_MS
    said = {one["input"]: one["value"] for one in body["contributions"]}
    assert said["trend.direction"] == pytest.approx(float(walked.scalars["trend.direction"][-1]), abs=1e-6)
