"""Joint simulation and the parts of a tail, against numpy, scipy's normal distribution and worked examples."""

import numpy as np
import pytest
from scipy import stats

from analysis.features.filtered_returns import Recursion, ewma, simulated_returns
from analysis.features.joint_returns import complete_rows, component_shortfall, joint_returns
from analysis.features.tail_loss import historical

CALM = Recursion(0.0, 0.0, 1.0)
"""Variance that never moves: then a path is a plain sum of draws."""
VARIANCE = np.array([1e-4, 4e-4])


def residuals(correlation: float, n: int = 4000) -> np.ndarray:
    drawn = np.random.default_rng(7).standard_normal((n, 2))
    drawn[:, 1] = correlation * drawn[:, 0] + np.sqrt(1 - correlation**2) * drawn[:, 1]
    return drawn


def correlated(columns: np.ndarray) -> float:
    return float(stats.pearsonr(columns[:, 0], columns[:, 1]).statistic)


def test_one_bar_is_every_row_at_its_deviation() -> None:
    rows = residuals(0.5, 10)
    drawn = joint_returns(rows, [CALM, CALM], VARIANCE, bars=1, paths=3, seed=1)
    np.testing.assert_allclose(drawn, rows * np.array([0.01, 0.02]))


@pytest.mark.parametrize("correlation", [-0.8, 0.0, 0.9])
def test_many_bars_keep_variance_and_correlation(correlation: float) -> None:
    """Reference: scipy's moments of sums of independent draws, variance times bars and the same correlation."""
    rows = residuals(correlation)
    drawn = joint_returns(rows, [CALM, CALM], VARIANCE, bars=24, paths=20_000, seed=3)
    np.testing.assert_allclose(drawn.var(axis=0), 24 * VARIANCE * rows.var(axis=0), rtol=0.05)
    assert correlated(drawn) == pytest.approx(correlated(rows), abs=0.02)


def test_one_asset_is_the_simulation_of_one_asset() -> None:
    """Reference: ``simulated_returns``, which draws the same rows from the same seed."""
    rows = residuals(0.0)[:, :1]
    alone = simulated_returns(rows[:, 0], ewma(0.94), 2e-4, 12, 500, 11)
    drawn = joint_returns(rows, [ewma(0.94)], np.array([2e-4]), bars=12, paths=500, seed=11)
    np.testing.assert_allclose(drawn[:, 0], alone, rtol=1e-12)


def test_every_asset_moves_by_its_own_recursion() -> None:
    rows = np.ones((5, 2))
    drawn = joint_returns(
        rows, [CALM, Recursion(0.0, 0.5, 0.0)], np.array([0.01, 0.01]), bars=2, paths=2, seed=1
    )
    np.testing.assert_allclose(drawn, [[0.2, 0.1 + np.sqrt(0.005)]] * 2)


def test_the_same_seed_is_the_same_answer() -> None:
    rows = residuals(0.3, 100)
    first, again, other = (
        joint_returns(rows, [CALM, CALM], VARIANCE, bars=5, paths=50, seed=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("rows", "count", "bars"),
    [(np.empty((0, 2)), 2, 1), (np.ones((3, 2)), 1, 1), (np.ones((3, 2)), 2, 0)],
)
def test_what_does_not_belong_together_is_refused(rows: np.ndarray, count: int, bars: int) -> None:
    with pytest.raises(ValueError, match="one recursion and variance per asset"):
        joint_returns(rows, [CALM] * count, VARIANCE, bars=bars, paths=10, seed=1)


def test_rows_with_a_hole_are_left_out() -> None:
    rows = np.array([[1.0, 2.0], [np.nan, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(complete_rows(rows), [[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize("confidence", [0.95, 0.99, 0.973])
def test_parts_add_up_to_the_shortfall_of_the_whole(confidence: float) -> None:
    pnl = residuals(0.4, 777) * np.array([100.0, -30.0])
    whole = historical(pnl.sum(axis=1), confidence, min_count=1).expected_shortfall
    assert component_shortfall(pnl, confidence).sum() == pytest.approx(whole, rel=1e-12)


def test_a_worked_tail() -> None:
    """Ten rows at 75 %: the two worst whole and half of the third, over 2.5."""
    pnl = np.zeros((10, 2))
    pnl[:3] = [[-6, -4], [-5, 1], [1, -3]]
    np.testing.assert_allclose(component_shortfall(pnl, 0.75), [(6 + 5 - 0.5) / 2.5, (4 - 1 + 1.5) / 2.5])


def test_parts_of_normal_returns() -> None:
    """Reference: Euler shares of an elliptical tail, weight times covariance over variance, and scipy's normal."""
    covariance = np.array([[1.0, 0.6], [0.6, 4.0]])
    weights = np.array([3.0, -1.0])
    drawn = np.random.default_rng(2).multivariate_normal([0, 0], covariance, 400_000)
    parts = component_shortfall(drawn * weights, 0.95)
    deviation = np.sqrt(weights @ covariance @ weights)
    shortfall = deviation * stats.norm.pdf(stats.norm.ppf(0.05)) / 0.05
    np.testing.assert_allclose(parts, shortfall * weights * (covariance @ weights) / deviation**2, rtol=0.03)
