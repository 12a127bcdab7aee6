"""Ratios of signed trades by hand, and the fading ratio against its definition."""

import numpy as np
import pytest

from analysis.features.trade_flow import (
    aggression_ratio,
    first_fills,
    latency_adjusted_ratio,
    signed_log,
    signed_share,
    taker_dominance,
)


def test_shares_by_hand() -> None:
    buy, sell = np.array([3.0, 0.0, 0.0]), np.array([1.0, 2.0, 0.0])
    assert signed_share(buy, sell) == pytest.approx([0.5, -1.0, np.nan], nan_ok=True)
    assert taker_dominance(buy, sell) == pytest.approx([0.75, 0.0, np.nan], nan_ok=True)
    assert aggression_ratio(buy, np.array([1.0, 1.0, 0.0])) == pytest.approx([0.75, 0.0, np.nan], nan_ok=True)


def test_the_signed_log_keeps_signs_and_compresses_tails() -> None:
    assert signed_log(np.array([1 - np.e, 0.0, np.e - 1])) == pytest.approx([-1.0, 0.0, 1.0])


def test_fills_of_one_side_and_millisecond_are_one_order() -> None:
    time = np.array([1000, 1000, 1000, 1000, 1001, 1001])
    side = np.array([1, 1, -1, 1, 1, -1], np.int8)
    assert first_fills(time, side).tolist() == [True, False, True, False, True, True]


def test_trades_weigh_by_age_and_late_ones_not_at_all() -> None:
    time, signed = np.array([10_000, 8_000, 9_000]), np.array([100.0, -50.0, -900.0])
    delay = np.array([20.0, np.nan, 501.0])
    ratio, late = latency_adjusted_ratio(signed, time, delay, 10_000, tau_ms=2_000.0, late_ms=500.0)
    assert ratio == pytest.approx((100 - 50 / np.e) / (100 + 50 / np.e))
    assert late == pytest.approx(1 / 3)


def test_without_trades_in_time_there_is_no_ratio() -> None:
    time, signed = np.array([10_000]), np.array([100.0])
    ratio, late = latency_adjusted_ratio(signed, time, np.array([900.0]), 10_000, tau_ms=2e3, late_ms=500.0)
    assert np.isnan(ratio)
    assert late == 1.0
    nothing = latency_adjusted_ratio(signed[:0], time[:0], signed[:0], 10_000, tau_ms=2e3, late_ms=500.0)
    assert np.isnan(nothing).all()
