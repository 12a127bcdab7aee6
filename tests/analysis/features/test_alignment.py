"""Series at given moments against a loop over what was known, and the edges of age and time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from analysis.features.alignment import at_same_time, last_known

TIMES = st.lists(st.integers(0, 30), unique=True, max_size=12).map(sorted)


def column(times: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(times, dtype=np.int64)


@given(TIMES, TIMES, st.none() | st.integers(0, 8))
def test_values_are_those_a_loop_finds(moments: list[int], known: list[int], max_age: int | None) -> None:
    value = {time: 100.0 + time for time in known}
    oldest = -1 if max_age is None else max_age
    newest = [max((time for time in known if time <= moment), default=None) for moment in moments]
    kept = [
        value[time] if time is not None and (oldest < 0 or moment - time <= oldest) else np.nan
        for moment, time in zip(moments, newest, strict=True)
    ]
    values = np.array(list(value.values()))
    assert_array_equal(last_known(column(moments), column(known), values, max_age), kept)
    same = [value.get(moment, np.nan) for moment in moments]
    assert_array_equal(at_same_time(column(moments), column(known), values), same)


@pytest.mark.parametrize(("max_age_ms", "value"), [(9, np.nan), (10, 7.0), (None, 7.0)])
def test_a_value_of_exactly_the_greatest_age_counts(max_age_ms: int | None, value: float) -> None:
    assert_array_equal(last_known(column([15]), column([5]), np.array([7.0]), max_age_ms), [value])


def test_a_value_counts_from_the_moment_it_is_known() -> None:
    assert_array_equal(last_known(column([4, 5]), column([5]), np.array([7.0])), [np.nan, 7.0])
