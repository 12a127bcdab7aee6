"""Counts among the values before a row, and the ranks made of them, against counting loops and pandas."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from analysis.features.rank_counts import BLOCK, SHORT, counts_before
from analysis.features.robust import mid_rank

GENERATOR = np.random.default_rng(11)
PLAIN = GENERATOR.standard_normal(1400)
TIED = np.round(PLAIN, 1)
HOLED = np.where(GENERATOR.random(1400) < 0.1, np.nan, TIED)


@pytest.mark.parametrize("values", [PLAIN, TIED, HOLED], ids=["plain", "tied", "holed"])
@pytest.mark.parametrize("n", [1, 40, SHORT, SHORT + 1, 1300, 5000])
def test_counts_equal_a_loop(values: np.ndarray, n: int) -> None:
    rows = np.array([0, 1, 39, 40, 41, 700, 700 + BLOCK - 1, 700 + BLOCK, 1399])
    below, equal = counts_before(values, n, rows)
    for place, row in enumerate(rows):
        if np.isnan(values[row]):
            continue
        past = values[max(0, row - n) : row]
        assert (below[place], equal[place]) == ((past < values[row]).sum(), (past == values[row]).sum())


def test_no_rows_have_no_counts() -> None:
    below, equal = counts_before(PLAIN, 600, np.empty(0, np.intp))
    assert len(below) == len(equal) == 0


@pytest.mark.parametrize("window", [30, 250, 700, 5000])
@pytest.mark.parametrize("last", [1, 77, 450, 1400, 3000])
def test_the_last_rows_alone_rank_as_all_rows_do(window: int, last: int) -> None:
    holed = HOLED.copy()
    holed[1300] = np.inf  # no value, as for pandas
    ranked = pd.Series(np.where(np.isfinite(holed), holed, np.nan)).rolling(window + 1, min_periods=21)
    expected = np.array((ranked.rank() - 1) / (ranked.count() - 1))
    expected[: max(0, 1400 - last)] = np.nan
    assert_array_equal(mid_rank(holed, window, 20, last), expected)
    whole = mid_rank(holed, window, 20)
    assert_array_equal(mid_rank(holed, window, 20, last)[-last:], whole[-last:])
