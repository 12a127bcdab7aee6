"""Bounded quadratic minima against cvxpy's solvers, PyPortfolioOpt and the conditions of a minimum."""

from importlib import import_module
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypfopt.efficient_frontier import EfficientFrontier

from analysis.arrays import Floats
from analysis.features.bounded_quadratic import bounded_minimum, largest_gain, least_variance, with_turnover

cp: Final[Any] = import_module("cvxpy")  # typed by halves: what it imports by star is unknown to mypy


def covariance_of(seed: int, k: int, n: int, scale: float = 0.03) -> Floats:
    generator = np.random.default_rng(seed)
    rows = generator.standard_normal((n, 1)) + generator.standard_normal((n, k))
    return np.atleast_2d(np.cov((scale * generator.uniform(0.3, 2, k) * rows).T))


@pytest.mark.parametrize("scale", [1.0, 0.03, 0.0004])
def test_least_variance_equals_pyportfolioopt(scale: float) -> None:
    """On hourly variances too, where a solver without scaling returns its starting point and says success."""
    covariance = covariance_of(1, 8, 400, scale)
    reference = EfficientFrontier(None, covariance / scale**2, weight_bounds=(0, 0.4))
    reference.min_volatility()
    found = least_variance(covariance, np.full(8, 0.4))
    np.testing.assert_allclose(found, reference.weights, atol=1e-4)
    assert found @ covariance @ found <= reference.weights @ covariance @ reference.weights * (1 + 1e-9)


def test_two_assets_by_hand() -> None:
    covariance = np.diag([0.01, 0.04])
    np.testing.assert_allclose(least_variance(covariance, np.ones(2)), [0.8, 0.2], atol=1e-9)
    np.testing.assert_allclose(least_variance(covariance, np.full(2, 0.6)), [0.6, 0.4], atol=1e-9)


def test_caps_that_leave_money_over() -> None:
    np.testing.assert_allclose(least_variance(np.diag([0.01, 0.04]), np.full(2, 0.3)), [0.3, 0.3])
    np.testing.assert_allclose(least_variance(np.eye(1), np.array([0.4])), [0.4])


@pytest.mark.parametrize("seed", range(6))
def test_linear_term_equals_cvxpy(seed: int) -> None:
    covariance = covariance_of(seed, 7, 60)
    means = np.random.default_rng(seed).normal(0, 0.001, 7)
    weights = cp.Variable(7)
    objective = cp.Minimize(cp.quad_form(weights, cp.psd_wrap(1e4 * covariance)) / 2 - 1e4 * means @ weights)
    cp.Problem(objective, [cp.sum(weights) == 1, weights >= 0, weights <= 0.5]).solve(solver=cp.CLARABEL)
    found = bounded_minimum(covariance, -means, np.zeros(7), np.full(7, 0.5))
    np.testing.assert_allclose(found, weights.value, atol=1e-5)


@pytest.mark.parametrize("penalty", [0.0, 1e-5, 1e-3])
def test_turnover_penalty_equals_cvxpy(penalty: float) -> None:
    covariance, held = covariance_of(2, 6, 100), np.array([0.5, 0.0, 0.1, 0.0, 0.2, 0.0])
    target = np.array([0.1, 0.2, 0.2, 0.2, 0.2, 0.1])
    weights = cp.Variable(6)
    miss = cp.quad_form(weights - target, cp.psd_wrap(1e4 * covariance)) / 2
    objective = cp.Minimize(miss + 1e4 * penalty * cp.norm1(weights - held))
    cp.Problem(objective, [cp.sum(weights) == 1, weights >= 0, weights <= 0.4]).solve(solver=cp.CLARABEL)
    found = with_turnover(target, held, covariance, np.full(6, 0.4), penalty, 1.0)
    np.testing.assert_allclose(found, weights.value, atol=2e-5)


def test_a_large_penalty_keeps_what_is_held() -> None:
    held = np.array([0.6, 0.4])
    found = with_turnover(np.array([0.5, 0.5]), held, np.diag([0.01, 0.01]), np.ones(2), 1.0, 1.0)
    np.testing.assert_allclose(found, held, atol=1e-9)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 10_000), st.integers(1, 15), st.integers(2, 40), st.floats(0.05, 1.0), st.floats(1e-8, 10)
)
def test_any_problem_is_solved_within_its_bounds(seed: int, k: int, n: int, cap: float, scale: float) -> None:
    """Singular covariances included: fewer rows than columns, and twins."""
    covariance = covariance_of(seed, k, n, scale)
    if seed % 3 == 0:
        covariance = np.tile(covariance, (2, 2))
    count, upper = len(covariance), np.full(len(covariance), cap)
    found = least_variance(covariance, upper)
    assert found.sum() == pytest.approx(min(1.0, cap * count), abs=1e-9)
    assert (found >= -1e-12).all()
    assert (found <= upper + 1e-12).all()
    scaled = covariance / np.diag(covariance).mean()
    assert largest_gain(scaled, np.zeros(count), np.zeros(count), upper, found) <= 1e-8


def test_bounds_that_nothing_fits_are_refused() -> None:
    with pytest.raises(ValueError, match="no weights fit"):
        bounded_minimum(np.eye(2), np.zeros(2), np.zeros(2), np.full(2, 0.3))
    with pytest.raises(ValueError, match="no weights fit"):
        bounded_minimum(np.eye(2), np.zeros(2), np.full(2, 0.6), np.ones(2))


def test_no_objective_keeps_the_even_start() -> None:
    np.testing.assert_allclose(
        bounded_minimum(np.zeros((2, 2)), np.zeros(2), np.zeros(2), np.ones(2)), [0.5, 0.5]
    )
