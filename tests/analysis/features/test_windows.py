"""Sums and deviations of trailing windows, joined from halves, against numpy over each window."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.arrays import Floats
from analysis.features.windows import (
    CHUNK,
    divide,
    lag,
    on_last,
    ragged,
    rolling,
    rolling_correlation,
    rolling_max,
    rolling_mean,
    rolling_min,
    rolling_std,
    rolling_sum,
    varies,
    weighted_sum,
)

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


LONG = np.random.default_rng(8).standard_normal(2 * CHUNK + 90)


@pytest.mark.parametrize("n", [1, 2, 5, 16, 31, 64])
def test_extremes_and_weighted_sums_equal_numpy(n: int) -> None:
    view, weights = np.lib.stride_tricks.sliding_window_view(VALUES, n), np.arange(1.0, n + 1)
    assert_array_equal(rolling_max(VALUES, n)[n - 1 :], view.max(axis=1))
    assert_array_equal(rolling_min(VALUES, n)[n - 1 :], view.min(axis=1))
    assert_allclose(weighted_sum(VALUES, weights)[n - 1 :], view @ weights, rtol=1e-13)
    assert_array_equal(lag(VALUES, n)[n:], VALUES[:-n])


@pytest.mark.parametrize("n", [3, 40])
def test_windows_taken_in_blocks_equal_numpy(n: int) -> None:
    other = np.sin(np.arange(len(LONG))) + LONG
    view, theirs = (np.lib.stride_tricks.sliding_window_view(one, n) for one in (LONG, other))
    medians = rolling(LONG, n, lambda block: np.median(block, axis=1))
    assert_array_equal(medians[n - 1 :], np.median(view, axis=1))
    expected = [np.corrcoef(a, b)[0, 1] for a, b in zip(view, theirs, strict=True)]
    assert_allclose(rolling_correlation(LONG, other, n)[n - 1 :], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("rows", [1, 2, 50, 181, 182, None])
def test_a_function_of_the_last_rows_equals_the_end_of_the_whole(rows: int | None) -> None:
    def both(values: Floats) -> tuple[Floats, Floats]:
        return rolling_sum(values, 20), rolling_max(values, 20)

    for found, whole in zip(on_last(rows, 20, both, VALUES), both(VALUES), strict=True):
        kept = len(VALUES) if rows is None else rows
        assert len(found) == len(VALUES)
        assert_array_equal(found[-kept:], whole[-kept:])
        assert np.isnan(found[:-kept]).all()


def test_a_quotient_by_nothing_or_the_unknown_is_unknown() -> None:
    found = divide(np.array([1.0, 1.0, 1.0, 0.0, 1.0]), np.array([2.0, 0.0, np.inf, -4.0, np.nan]))
    assert_array_equal(found, [0.5, np.nan, np.nan, -0.0, np.nan])


def test_only_known_values_that_are_not_all_equal_vary() -> None:
    values = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0, np.nan, 2.0, 2.0, 3.0])
    expected = [False, False, False, True, True, False, False, False, False, True]
    assert varies(values, 3).tolist() == expected
    assert not varies(values, 1).any()


def test_ragged_rows_hold_what_lies_between_their_bounds() -> None:
    values = np.arange(10.0)
    found = ragged(values, np.array([0, 4, 7]), np.array([2, 8, 7]))
    assert_array_equal(found, [[np.nan, np.nan, 0, 1], [4, 5, 6, 7], [np.nan, np.nan, np.nan, np.nan]])
    assert ragged(np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64)).shape == (0, 0)
