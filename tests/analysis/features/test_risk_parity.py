"""Equal risk contributions by their definition, and against skfolio's risk budgeting."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skfolio.optimization import RiskBudgeting
from skfolio.prior import EmpiricalPrior

from analysis.arrays import Floats
from analysis.features.risk_parity import diversification_ratio, equal_risk_weights, risk_contributions
from analysis.features.shrunk_covariance import shrunk_covariance


def sample(seed: int, k: int, n: int = 300) -> Floats:
    generator = np.random.default_rng(seed)
    market = generator.standard_normal((n, 1))
    scale = generator.uniform(0.005, 0.06, k)
    return np.asarray(scale * (market * generator.uniform(-0.5, 2, k) + generator.standard_normal((n, k))))


@pytest.mark.parametrize("k", [2, 5, 10, 30])
def test_contributions_are_equal(k: int) -> None:
    covariance = np.cov(sample(k, k).T)
    weights = equal_risk_weights(covariance)
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(risk_contributions(weights, covariance), 1 / k, atol=1e-6 / k)


def test_equals_skfolio() -> None:
    returns = sample(3, 8)
    model = RiskBudgeting(prior_estimator=EmpiricalPrior()).fit(returns)
    np.testing.assert_allclose(equal_risk_weights(np.cov(returns.T)), model.weights_, atol=1e-5)


def test_two_assets_in_closed_form() -> None:
    """With two assets correlation does not matter: weights are inverse to the deviations."""
    deviation = np.array([0.02, 0.05])
    for rho in (-0.9, 0.0, 0.99):
        covariance = np.array([[1, rho], [rho, 1]]) * np.outer(deviation, deviation)
        np.testing.assert_allclose(equal_risk_weights(covariance), [5 / 7, 2 / 7], atol=1e-9)


def test_one_asset_and_twins() -> None:
    np.testing.assert_array_equal(equal_risk_weights(np.array([[0.04]])), [1.0])
    twins = np.array([[0.04, 0.04, 0.0], [0.04, 0.04, 0.0], [0.0, 0.0, 0.04]])
    weights = equal_risk_weights(twins)
    np.testing.assert_allclose(risk_contributions(weights, twins), 1 / 3, atol=1e-6)
    assert weights[0] == pytest.approx(weights[1])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(5, 40))
def test_any_sample_gives_weights_that_sum_to_one(seed: int, k: int, n: int) -> None:
    """Fewer rows than columns make the sample covariance singular; shrunk it is not."""
    covariance = shrunk_covariance(sample(seed, k, n)).covariance
    weights = equal_risk_weights(covariance)
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert (weights > 0).all()


def test_a_riskless_mix_of_longs_has_no_answer() -> None:
    hedged = np.array([[1.0, -1.0], [-1.0, 1.0]])
    with pytest.raises(ArithmeticError, match="not reached"):
        equal_risk_weights(np.kron(hedged, np.ones((2, 2))))


def test_diversification_ratio_of_independent_equals() -> None:
    assert diversification_ratio(np.full(4, 0.25), 0.04 * np.eye(4)) == pytest.approx(2.0)
    assert diversification_ratio(np.array([1.0, 0.0]), np.diag([0.04, 0.01])) == pytest.approx(1.0)
    assert np.isnan(diversification_ratio(np.ones(1), np.zeros((1, 1))))


def test_no_variance_is_refused() -> None:
    with pytest.raises(ValueError, match="positive variances"):
        equal_risk_weights(np.diag([1.0, 0.0]))
