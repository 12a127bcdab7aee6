"""Irregular series at other moments: joined by time, never by position, and never older than asked."""

import numpy as np
import pandas as pd

from analysis.features.as_of import Irregular, log_change, newest_at

TIMES = np.array([10, 20, 50, 60], np.int64)
VALUES = np.array([1.0, 2.0, 4.0, 8.0])


def test_the_newest_known_value_is_pandas_merge_asof() -> None:
    moments = np.arange(0, 90, 3, dtype=np.int64)
    wanted = pd.merge_asof(
        pd.DataFrame({"t": moments}),
        pd.DataFrame({"t": TIMES, "v": VALUES}),
        on="t",
        tolerance=12,
    )["v"]
    np.testing.assert_array_equal(newest_at(TIMES, VALUES, moments, 12), wanted)


def test_a_value_counts_from_the_moment_it_is_known() -> None:
    found = Irregular(TIMES, VALUES).at(np.array([9, 10, 19, 20], np.int64), 100)
    np.testing.assert_array_equal(found, [np.nan, 1.0, 1.0, 2.0])


def test_without_values_nothing_is_known() -> None:
    found = newest_at(np.empty(0, np.int64), np.empty(0), TIMES, 100)
    assert np.isnan(found).all()


def test_a_change_reaches_back_in_time_and_not_in_rows() -> None:
    # 30 before 50 is 20, before 60 the newest of 30 is that of 20, ten older; two rows back would be another ratio
    np.testing.assert_allclose(log_change(TIMES, VALUES, 30, 10), [np.nan, np.nan, np.log(2.0), np.log(4.0)])
    np.testing.assert_allclose(log_change(TIMES, VALUES, 30, 9)[3], np.nan)


def test_what_is_not_positive_has_no_change() -> None:
    assert np.isnan(log_change(TIMES, np.array([0.0, 2.0, 4.0, 8.0]), 10, 0)[1])
