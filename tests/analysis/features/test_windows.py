"""Sums and deviations of trailing windows, joined from halves, against numpy over each window."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.features.windows import rolling_mean, rolling_std, rolling_sum

VALUES = 50 + np.random.default_rng(3).standard_normal(200)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 24, 63, 128, 200])
def test_joined_windows_equal_numpy(n: int) -> None:
    view = np.lib.stride_tricks.sliding_window_view(VALUES, n)
    assert np.isnan(rolling_sum(VALUES, n)[: n - 1]).all()
    assert_allclose(rolling_sum(VALUES, n)[n - 1 :], view.sum(axis=1), rtol=1e-14)
    assert_allclose(rolling_mean(VALUES, n)[n - 1 :], view.mean(axis=1), rtol=1e-14)
    assert_allclose(rolling_std(VALUES, n)[n - 1 :], view.std(axis=1), rtol=1e-12)
    if n > 1:
        assert_allclose(rolling_std(VALUES, n, ddof=1)[n - 1 :], view.std(axis=1, ddof=1), rtol=1e-12)


@pytest.mark.parametrize("n", [5, 24, 64])
def test_a_row_depends_on_its_own_window_alone(n: int) -> None:
    for of in (rolling_sum, rolling_mean, rolling_std):
        whole = of(VALUES, n)
        assert_array_equal(of(VALUES[13:], n)[n - 1 :], whole[13 + n - 1 :])
        holed = VALUES.copy()
        holed[90] = np.nan
        touched = np.flatnonzero(np.isnan(of(holed, n)[n - 1 :])) + n - 1
        assert_array_equal(touched, np.arange(90, 90 + n))


def test_equal_values_deviate_by_nothing_and_a_level_far_above_the_spread_does_little_harm() -> None:
    assert_array_equal(rolling_std(np.full(50, 0.1), 23)[22:], 0.0)
    steps = 1e5 + 1e-3 * np.arange(40.0)  # squares less the squared mean would leave no digit of the spread
    assert_allclose(rolling_std(steps, 24)[23:], 1e-3 * np.sqrt((24**2 - 1) / 12), rtol=1e-7)


def test_a_window_longer_than_the_series_is_unknown() -> None:
    assert np.isnan(rolling_sum(VALUES[:4], 5)).all()
    assert np.isnan(rolling_std(VALUES[:4], 5)).all()
