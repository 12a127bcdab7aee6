"""Crash paths from hourly bars, and the beta that stands in for them."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.features.stress import EVENTS, CrashPath
from analysis.framework.reasons import Reason
from analysis.sources.crashes import beta_between, crash_path
from tests.support.recorded import walk_bars

CRASH = EVENTS[3]


def test_a_window_that_is_not_covered_is_no_path() -> None:
    hours = walk_bars(400, interval="1h")
    event = replace(CRASH, start=int(hours.open_time[100]), end=int(hours.open_time[148]))
    path = crash_path(hours, event)
    assert isinstance(path, CrashPath)
    np.testing.assert_allclose(path.low, hours.low[100:148] / hours.open[100] - 1)
    late = crash_path(hours.tail(299), event)
    assert late == Reason("not_traded_then", {"symbol": "BTCUSDT", "event": event.title})
    before = replace(event, start=event.start - 10**9, end=event.start - 10**9 + 48 * 3_600_000)
    assert isinstance(crash_path(hours, before), Reason)


def test_beta_between_bars_skips_holes_and_needs_a_tenth() -> None:
    market = walk_bars(600, seed=3, interval="1h")
    own = replace(market, close=market.close**1.7, symbol="HIGHUSDT")
    assert beta_between(own, market, 500) == pytest.approx(1.7)
    few = beta_between(own.tail(40), market, 500)
    assert few == Reason("too_few_bars", {"needs": 51, "has": 40})
    still = replace(market, close=np.ones(600))
    assert beta_between(own, still, 500) == Reason("constant")
