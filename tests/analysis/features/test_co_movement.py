"""Correlations, covariances, betas and the common part against scipy, statsmodels, pandas and by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr, spearmanr
from sklearn.covariance import LedoitWolf
from statsmodels.regression.linear_model import OLS
from statsmodels.tools import add_constant

from analysis.features.co_movement import (
    absorption_ratio,
    covariance,
    dispersion,
    ewma_covariance,
    first_shares,
    mean_off_diagonal,
    partial_correlation,
    pearson,
    rank_correlation,
)
from analysis.features.market_beta import betas, residual_momentum, rest_of_basket
from analysis.features.shrunk_covariance import shrunk_covariance

RNG = np.random.default_rng(5)
MARKET = RNG.standard_t(4, 400)
RETURNS = np.column_stack([MARKET, *(beta * MARKET + RNG.standard_normal(400) for beta in (0.5, 1.0, 1.5))])


def test_correlations_and_intervals_equal_scipy() -> None:
    found, ranks = pearson(RETURNS), rank_correlation(RETURNS)
    oracle = pearsonr(RETURNS[:, 1], RETURNS[:, 2])
    low, high = oracle.confidence_interval(0.95)
    assert (found.value[1, 2], found.low[1, 2], found.high[1, 2]) == pytest.approx(
        (oracle.statistic, low, high)
    )
    rho = np.asarray(spearmanr(RETURNS).statistic)
    np.testing.assert_allclose(ranks.value, rho, atol=1e-12)
    error = 1.959963984540054 * np.sqrt((1 + rho[1, 2] ** 2 / 2) / 397)
    assert ranks.low[1, 2] == pytest.approx(np.tanh(np.arctanh(rho[1, 2]) - error))


def test_a_coin_in_another_unit_is_shrunk_like_the_rest() -> None:
    scaled = RETURNS * np.array([1.0, 1000.0, 1.0, 1.0])
    found, same = shrunk_covariance(scaled), shrunk_covariance(RETURNS)
    np.testing.assert_allclose(found.correlation, same.correlation)
    standard = (RETURNS - RETURNS.mean(axis=0)) / RETURNS.std(axis=0)
    assert same.shrinkage == pytest.approx(LedoitWolf().fit(standard).shrinkage_)


def test_partial_correlation_is_that_of_residuals() -> None:
    correlation = np.corrcoef(RETURNS, rowvar=False)
    others = add_constant(RETURNS[:, [0, 3]])
    left, right = (OLS(RETURNS[:, column], others).fit().resid for column in (1, 2))
    assert partial_correlation(correlation)[1, 2] == pytest.approx(np.corrcoef(left, right)[0, 1])


def test_covariances_equal_numpy_and_pandas() -> None:
    np.testing.assert_allclose(covariance(RETURNS), np.cov(RETURNS, rowvar=False))
    products = pd.Series(RETURNS[:, 0] * RETURNS[:, 1])
    expected = products.ewm(alpha=0.06).mean().iloc[-1]
    assert ewma_covariance(RETURNS, 0.94)[0, 1] == pytest.approx(expected)


def test_betas_equal_least_squares_and_the_falling_ones_too() -> None:
    found = betas(RETURNS[:, 1:], MARKET)
    for column in range(3):
        oracle = OLS(RETURNS[:, column + 1], add_constant(MARKET)).fit(cov_type="HC3")
        assert found.beta[column] == pytest.approx(oracle.params[1])
        assert found.error[column] == pytest.approx(oracle.bse[1])
        fell = MARKET.mean() > MARKET
        falling = OLS(RETURNS[fell, column + 1], add_constant(MARKET[fell])).fit()
        assert found.downside[column] == pytest.approx(falling.params[1])
    rest = rest_of_basket(RETURNS)
    np.testing.assert_allclose(rest[:, 1], RETURNS[:, [0, 2, 3]].mean(axis=1))
    assert np.isnan(betas(RETURNS, np.zeros(400)).beta).all()


def test_the_common_part_by_hand() -> None:
    correlation = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
    assert absorption_ratio(correlation, 1) == pytest.approx(2.5 / 4)
    assert absorption_ratio(np.eye(4), 1) == pytest.approx(0.25)
    np.testing.assert_allclose(first_shares(np.stack([correlation, np.eye(4)])), [0.625, 0.25])
    assert mean_off_diagonal(correlation) == pytest.approx(0.5)
    assert dispersion(np.array([[1.0, 3.0]]))[0] == pytest.approx(np.sqrt(2))


def test_momentum_beside_the_market_knows_nothing_of_the_market() -> None:
    beta = betas(RETURNS[:, 1:], MARKET).beta
    found = residual_momentum(RETURNS[:, 1:], MARKET, beta, 30)
    lifted = RETURNS[:, 1:] + beta * 0.01
    np.testing.assert_allclose(residual_momentum(lifted, MARKET + 0.01, beta, 30), found)
    beyond = RETURNS[:, 1] - beta[0] * MARKET
    assert found[0] == pytest.approx(beyond[-30:].sum() / (beyond.std() * np.sqrt(30)))
