"""Black-Litterman against He and Litterman's worked example, PyPortfolioOpt and the limits of confidence."""

import numpy as np
import pandas as pd
import pytest
from pypfopt.black_litterman import BlackLittermanModel, market_implied_prior_returns
from skfolio.moments import EquilibriumMu
from skfolio.prior import BlackLitterman, EmpiricalPrior

from analysis.arrays import Floats
from analysis.features.black_litterman import (
    MarketViews,
    Posterior,
    confident_omega,
    equilibrium_returns,
    posterior,
)

# Australia, Canada, France, Germany, Japan, United Kingdom, United States: He and Litterman (2002), tables 1 and 2
LOWER = [[0.488], [0.478, 0.664], [0.515, 0.655, 0.861], [0.439, 0.310, 0.355, 0.354]]
LOWER += [[0.512, 0.608, 0.783, 0.777, 0.405], [0.491, 0.779, 0.668, 0.653, 0.306, 0.652]]
DEVIATION = np.array([16.0, 20.3, 24.8, 27.1, 21.0, 20.0, 18.7]) / 100
MARKET = np.array([1.6, 2.2, 5.2, 5.5, 11.6, 12.4, 61.5]) / 100
RISK_AVERSION, TAU = 2.5, 0.05
GERMANY = np.array([0, 0, -5.2 / 17.6, 1, 0, -12.4 / 17.6, 0])
CANADA = np.array([0, 1.0, 0, 0, 0, 0, -1.0])


def covariance() -> Floats:
    rho = np.eye(7)
    for row, values in enumerate(LOWER, start=1):
        rho[row, :row] = rho[:row, row] = values
    return np.asarray(rho * np.outer(DEVIATION, DEVIATION))


def after(pick: Floats, told: list[float], omega_over_tau: list[float]) -> tuple[Posterior, Floats]:
    """The paper calibrates omega as p tau C p', a confidence of one half, and prints it over tau to three decimals."""
    c = covariance()
    omega = confident_omega(pick, c, np.full(len(told), 0.5), TAU)
    np.testing.assert_allclose(omega / TAU, omega_over_tau, atol=0.00051)
    views = MarketViews(pick, np.array(told), omega)
    found = posterior(equilibrium_returns(c, MARKET, RISK_AVERSION), c, views, TAU)
    return found, np.asarray(np.linalg.solve(RISK_AVERSION * found.covariance, found.returns), np.float64)


def test_equilibrium_returns_of_table_two() -> None:
    found = 100 * equilibrium_returns(covariance(), MARKET, RISK_AVERSION)
    np.testing.assert_allclose(found, [3.9, 6.9, 8.4, 9.0, 4.3, 6.8, 7.6], atol=0.051)


def test_germany_against_the_rest_of_europe() -> None:
    """Table 4: Germany outperforms France and the United Kingdom by 5 % a year."""
    found, weights = after(GERMANY[None], [0.05], [0.021])
    np.testing.assert_allclose(100 * found.returns, [4.3, 7.6, 9.3, 11.0, 4.5, 7.0, 8.1], atol=0.051)
    np.testing.assert_allclose(100 * weights, [1.5, 2.1, -4.0, 35.4, 11.0, -9.5, 58.6], atol=0.06)


def test_and_canada_against_the_united_states() -> None:
    """Table 5: the same, and Canada outperforms the United States by 3 %."""
    found, weights = after(np.stack([GERMANY, CANADA]), [0.05, 0.03], [0.021, 0.017])
    np.testing.assert_allclose(100 * found.returns, [4.4, 8.7, 9.5, 11.2, 4.6, 7.0, 7.5], atol=0.051)
    np.testing.assert_allclose(100 * weights, [1.5, 41.9, -3.4, 33.6, 11.0, -8.2, 18.8], atol=0.06)


def views(confidence: list[float]) -> tuple[Floats, MarketViews]:
    c, pick = covariance(), np.stack([GERMANY, CANADA])
    omega = confident_omega(pick, c, np.array(confidence), TAU)
    return equilibrium_returns(c, MARKET, RISK_AVERSION), MarketViews(pick, np.array([0.05, 0.03]), omega)


@pytest.mark.parametrize("confidence", [[0.5, 0.5], [0.1, 0.9], [0.65, 0.25]])
def test_confidences_equal_pyportfolioopt(confidence: list[float]) -> None:
    prior, told = views(confidence)
    model = BlackLittermanModel(
        covariance(),
        pi=prior,
        P=told.pick,
        Q=told.returns,
        tau=TAU,
        omega="idzorek",
        view_confidences=confidence,
    )
    found = posterior(prior, covariance(), told, TAU)
    np.testing.assert_allclose(found.returns, model.bl_returns(), rtol=1e-9)
    np.testing.assert_allclose(found.covariance, model.bl_cov(), rtol=1e-9)


def test_the_prior_equals_pyportfolioopt_and_skfolio() -> None:
    c = covariance()
    found = equilibrium_returns(c, MARKET, RISK_AVERSION)
    expected = market_implied_prior_returns(pd.Series(MARKET), RISK_AVERSION, pd.DataFrame(c))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    rows = np.random.default_rng(2).multivariate_normal(np.zeros(7), c, 500)
    model = EquilibriumMu(risk_aversion=RISK_AVERSION, weights=MARKET).fit(rows)
    sample = np.cov(rows.T)
    fitted = model.covariance_estimator_.covariance_
    np.testing.assert_allclose(fitted, sample, rtol=1e-9)
    np.testing.assert_allclose(model.mu_, equilibrium_returns(sample, MARKET, RISK_AVERSION), rtol=1e-9)


def test_the_posterior_equals_skfolio() -> None:
    rows = np.random.default_rng(3).multivariate_normal(np.full(2, 0.001), np.diag([0.02, 0.05]) ** 2, 400)
    weights = np.array([0.7, 0.3])
    model = BlackLitterman(
        views=["a - b == 0.002", "b == 0.001"],
        tau=TAU,
        view_confidences=[0.3, 0.6],
        prior_estimator=_equilibrium(weights),
    )
    model.fit(_named(rows))
    c = np.cov(rows.T)
    pick = np.array([[1.0, -1.0], [0.0, 1.0]])
    told = MarketViews(pick, np.array([0.002, 0.001]), confident_omega(pick, c, np.array([0.3, 0.6]), TAU))
    found = posterior(equilibrium_returns(c, weights, RISK_AVERSION), c, told, TAU)
    np.testing.assert_allclose(found.returns, model.return_distribution_.mu, rtol=1e-6)


def test_confidence_none_is_the_prior() -> None:
    prior, told = views([0.0, 0.0])
    np.testing.assert_array_equal(posterior(prior, covariance(), told, TAU).returns, prior)


def test_confidence_full_is_the_view() -> None:
    prior, told = views([1.0, 1.0])
    found = posterior(prior, covariance(), told, TAU)
    np.testing.assert_allclose(told.pick @ found.returns, told.returns, atol=1e-12)


def test_confidence_near_the_limits_is_near_them() -> None:
    prior, none = views([1e-9, 1e-9])
    np.testing.assert_allclose(posterior(prior, covariance(), none, TAU).returns, prior, atol=1e-9)
    prior, full = views([1 - 1e-9, 1 - 1e-9])
    found = posterior(prior, covariance(), full, TAU)
    np.testing.assert_allclose(full.pick @ found.returns, full.returns, atol=1e-8)


def test_with_confidences_tau_does_not_move_the_mean() -> None:
    c, pick = covariance(), GERMANY[None]
    prior = equilibrium_returns(c, MARKET, RISK_AVERSION)
    means = []
    for tau in (0.01, 0.05, 1.0):
        told = MarketViews(pick, np.array([0.05]), confident_omega(pick, c, np.array([0.4]), tau))
        means.append(posterior(prior, c, told, tau).returns)
    np.testing.assert_allclose(means[0], means[1], rtol=1e-12)
    np.testing.assert_allclose(means[0], means[2], rtol=1e-12)


def _equilibrium(weights: Floats) -> EmpiricalPrior:
    return EmpiricalPrior(mu_estimator=EquilibriumMu(risk_aversion=RISK_AVERSION, weights=weights))


def _named(rows: Floats) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["a", "b"])
