"""Funding: intervals by stamp through a change, the baseline as the mode, and which side of it rates lie on."""

from collections import Counter

import numpy as np

from analysis.arrays import Floats
from analysis.features.funding import annualised, baseline, interval_hours, per_8h, sign_skew, window_starts
from utils.units import HOUR_MS

MONTH = 720 * HOUR_MS


def times_of(*hours: float) -> np.ndarray:
    """Settlements so many hours after the first, some milliseconds late."""
    late = np.random.default_rng(3).integers(0, 20, len(hours) + 1)
    return np.array([0, *np.cumsum(hours) * HOUR_MS], np.int64) + late


def test_intervals_follow_the_stamps_through_a_change() -> None:
    np.testing.assert_array_equal(interval_hours(times_of(8, 8, 4, 4, 1, 1)), [8, 8, 8, 4, 4, 1, 1])


def test_a_missing_settlement_is_no_interval() -> None:
    np.testing.assert_array_equal(interval_hours(times_of(8, 16, 8, 24)), [8, 8, 8, 8, 8])
    np.testing.assert_array_equal(interval_hours(times_of(4, 12, 4)), [4, 4, 4, 4])


def test_one_settlement_tells_no_interval() -> None:
    np.testing.assert_array_equal(interval_hours(times_of()), [8])
    assert len(interval_hours(np.empty(0, np.int64))) == 0


def test_rates_of_other_intervals_are_brought_to_eight_hours_and_a_year() -> None:
    rates, hours = np.array([1e-4, 5e-5, 1.25e-5]), np.array([8.0, 4.0, 1.0])
    np.testing.assert_allclose(per_8h(rates, hours), 1e-4)
    np.testing.assert_allclose(annualised(rates, hours), 1e-4 * 3 * 365)


def test_the_baseline_is_the_mode_of_the_window() -> None:
    generator = np.random.default_rng(5)
    rates: Floats = np.round(1e-4 * generator.standard_normal(400), 8)
    rates[generator.random(400) < 0.3] = 1e-4
    times = 8 * HOUR_MS * np.arange(400, dtype=np.int64)
    found = baseline(times, rates, MONTH, 3)
    for row in (89, 200, 399):
        window = Counter(rates[max(0, row - 89) : row + 1].tolist())
        assert found[row] == window.most_common(1)[0][0] == 1e-4


def test_a_coin_that_rests_at_zero_has_that_baseline() -> None:
    rates = np.tile([0.0, 0.0, 2e-5, -1e-5], 30)
    assert baseline(8 * HOUR_MS * np.arange(120, dtype=np.int64), rates, MONTH, 3)[-1] == 0


def test_where_no_rate_repeats_the_last_baseline_holds() -> None:
    rates = np.concatenate([np.full(20, 2e-5), np.linspace(2e-4, 4e-4, 200)])
    times = 8 * HOUR_MS * np.arange(len(rates), dtype=np.int64)
    found = baseline(times, rates, MONTH, 3)
    assert found[-1] == 2e-5
    assert baseline(times[:100], np.linspace(0, 1e-4, 100), MONTH, 3)[-1] == 1e-4


def test_equally_frequent_rates_leave_the_baseline_near_where_it_was() -> None:
    rates = np.array([0.0, 0.0, 0.0, 9e-5, 9e-5, 9e-5])
    found = baseline(8 * HOUR_MS * np.arange(6, dtype=np.int64), rates, MONTH, 3)
    np.testing.assert_array_equal(found, [1e-4, 1e-4, 0, 0, 0, 0])


def test_the_window_is_a_length_of_time() -> None:
    times = np.array([0, 1, 2, 10, 11], np.int64)
    np.testing.assert_array_equal(window_starts(times, 3), [0, 0, 0, 3, 3])


def test_skew_is_the_difference_of_both_shares_with_its_error() -> None:
    distances = np.array([[1.0, 2.0, 0.0, -1.0, 3.0], [np.nan, np.nan, -1.0, -1.0, -1.0]])
    skew, error = sign_skew(distances)
    np.testing.assert_allclose(skew, [0.6 - 0.2, -1.0])
    np.testing.assert_allclose(error, [np.std(np.sign(distances[0])) / np.sqrt(5), 0.0], atol=1e-12)
    assert np.isnan(sign_skew(np.full((1, 3), np.nan))).all()
