"""Fading flow against the weighted sums of the definition, and delays of messages."""

import numpy as np
import pytest

from analysis.features.delayed_flow import DelayedFlow, Delays


def test_the_ratio_weighs_trades_by_their_age_whatever_their_order() -> None:
    rng = np.random.default_rng(2)
    times = rng.integers(0, 60_000, 200)
    notional, side = rng.exponential(size=200), rng.choice([-1, 1], 200)
    flow = DelayedFlow(10_000.0, 500.0)
    for time, value, one in zip(times.tolist(), notional.tolist(), side.tolist(), strict=True):
        flow.add(time, value, one, 5.0)
    weight = np.exp(-(61_000 - times) / 10_000.0) * notional
    assert flow.ratio == pytest.approx((weight * side).sum() / weight.sum())


def test_late_messages_are_left_out_and_their_share_is_known() -> None:
    flow = DelayedFlow(1_000.0, 500.0)
    flow.add(1_000, 10.0, 1, 20.0)
    flow.add(1_100, 90.0, -1, 501.0)
    assert flow.ratio == 1.0
    assert flow.late_share(60) == 0.5


def test_without_trades_there_is_no_ratio() -> None:
    flow = DelayedFlow(1_000.0, 500.0)
    assert flow.ratio is None
    assert flow.late_share(60) is None
    assert flow.delays.quantiles(0.5) is None
    with pytest.raises(ValueError, match="tau_ms"):
        DelayedFlow(0.0, 1.0)


def test_delays_are_those_of_the_newest_messages() -> None:
    delays = Delays(kept=4)
    for delay in (-5.0, 1.0, 2.0, 3.0, 4.0):
        delays.add(delay)
    assert delays.quantiles(0.5, 1.0) == (2.5, 4.0)
    assert delays.smallest == -5.0
