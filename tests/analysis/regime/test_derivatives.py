"""Module B's values of the derivatives markets: basis, funding per eight hours, premium, implied volatility."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from analysis.features.alignment import at_same_time, last_known
from analysis.framework.question import SourceStamp
from analysis.regime.derivatives import basis_values, funding_values, implied_values, premium_values
from analysis.sources.funding import SettledFunding
from analysis.sources.implied_volatility import ImpliedVolatility
from analysis.sources.quarterly import Quarterly
from config.c_volat import VolatilityConfig
from tests.support.recorded import walk_bars
from utils.binance_api.intervals import DAY, HOUR

CONFIG = VolatilityConfig()
BARS = walk_bars(600, interval="4h")  # from 2023-01-02


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_basis_is_annualised_over_the_days_left() -> None:
    index = replace(BARS, series="index")
    future = replace(BARS, series="continuous", close=BARS.close * 1.02)
    found = basis_values(BARS, Quarterly(future, index, None), CONFIG)
    row = 10
    days = (utc("2023-03-31T08:00") - int(BARS.close_time[row])) / DAY
    assert found["days_to_delivery"][row] == pytest.approx(days)
    assert found["basis_annual"][row] == pytest.approx(100 * 0.02 * 365 / days)
    near = found["days_to_delivery"] < CONFIG.delivery_days
    assert near.any()
    np.testing.assert_array_equal(np.isnan(found["basis_annual"]), near)


def test_the_listed_delivery_counts_for_its_contract_alone() -> None:
    index = replace(BARS, series="index")
    listed = utc("2023-06-30T08:00") + DAY
    by_rule, dated = (basis_values(BARS, Quarterly(index, index, date), CONFIG) for date in (None, listed))
    moved = dated["days_to_delivery"] - by_rule["days_to_delivery"]
    this = BARS.close_time >= utc("2023-03-31T08:00")
    np.testing.assert_allclose(moved[this], 1.0)
    np.testing.assert_allclose(moved[~this], 0.0, atol=1e-12)


def test_funding_is_per_eight_hours_by_the_spacing_of_settlements() -> None:
    start = int(BARS.open_time[0])
    times = start + HOUR * np.array([0, 8, 16, 18, 20], dtype=np.int64) + np.array([3, 1, 7, 0, 12])
    settled = SettledFunding(times, np.array([1e-4, 1e-4, 2e-4, 2e-4, -1e-4]), SourceStamp("funding", 0, 0))
    found = funding_values(BARS, settled)["funding_8h"]
    assert np.isnan(found[:2]).all()  # the first settlement has no interval
    np.testing.assert_allclose(found[2:5], [1.0, 1.0, 8.0])  # bars close at 12, 16 and 20 hours less 1 ms
    np.testing.assert_allclose(found[5:], -4.0)


def test_premium_is_in_basis_points_at_its_own_bar() -> None:
    keep = np.r_[0:300, 301:600]
    premium = replace(BARS, close=np.linspace(-1e-3, 1e-3, 600))._pick(keep)
    found = premium_values(BARS, premium, CONFIG, None)
    assert np.isnan(found["premium_bps"][300])
    np.testing.assert_allclose(found["premium_bps"][keep], 1e4 * premium.close)
    past = found["premium_bps"][99:599]
    middle = np.nanmedian(past)
    scale = 1.4826 * np.nanmedian(np.abs(past - middle))
    assert found["premium_z"][-1] == pytest.approx((found["premium_bps"][-1] - middle) / scale)


def test_recorded_volatility_counts_for_some_hours_and_the_live_one_for_now() -> None:
    known_at = BARS.close_time[[10, 12]] + np.array([0, 1])
    implied = ImpliedVolatility(known_at, np.array([50.0, 60.0]))
    found = implied_values(BARS, implied, CONFIG)
    assert np.flatnonzero(np.isfinite(found)).tolist() == [10, 11, 13]  # six hours are one bar of four
    assert found[[10, 11, 13]].tolist() == [50.0, 50.0, 60.0]
    assert implied_values(BARS, replace(implied, now=70.0), CONFIG)[-1] == 70.0


def test_nothing_known_is_nothing() -> None:
    empty = np.empty(0, np.int64)
    assert np.isnan(at_same_time(BARS.open_time, empty, np.empty(0))).all()
    assert np.isnan(last_known(BARS.close_time, empty, np.empty(0))).all()
    assert np.isnan(last_known(BARS.close_time, empty, np.empty(0), HOUR)).all()
