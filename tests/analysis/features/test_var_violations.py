"""Violations counted by rank equal those of the historical quantile worked out."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from analysis.features.tail_loss import historical_forecasts
from analysis.features.var_violations import STRIDE, rows_below


@pytest.mark.parametrize("n", [40, 300, 500])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_equal_to_the_quantile_of_every_window(n: int, confidence: float) -> None:
    pnl = np.random.default_rng(n).standard_t(3, 3 * STRIDE + n + 17)
    with np.errstate(invalid="ignore"):
        expected = -pnl > historical_forecasts(pnl, n, confidence)
    rank = int(round((1 - confidence) * n, 9))
    assert_array_equal(rows_below(pnl, n, rank, 0), expected)
    assert expected.any()


def test_ties_are_no_violations() -> None:
    pnl = np.random.default_rng(3).integers(-3, 3, 1200).astype(np.float64)
    expected = -pnl > historical_forecasts(pnl, 200, 0.95)
    assert_array_equal(rows_below(pnl, 200, 10, 0), expected)


def test_rows_before_the_first_are_false() -> None:
    pnl = np.random.default_rng(4).standard_normal(1000)
    whole, late = rows_below(pnl, 100, 5, 0), rows_below(pnl, 100, 5, 600)
    assert not late[:600].any()
    assert_array_equal(late[600:], whole[600:])
    assert whole[:600].any()


def test_short_series_and_impossible_ranks() -> None:
    assert not rows_below(np.array([-5.0, -9.0]), 100, 5, 0).any()
    with pytest.raises(ValueError, match="inside its window"):
        rows_below(np.zeros(10), 5, 5, 0)
