"""Ratios against loops; errors against Lo's closed form, statsmodels' HAC, and the spread of simulated ratios."""

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from analysis.features import reward_ratios as rr

RNG = np.random.default_rng(14)
RETURNS = 0.001 + 0.02 * RNG.standard_t(5, 700)
YEAR = 365.0


def test_equal_weights_equal_the_loop() -> None:
    sharpe, sortino = (f(RETURNS, rr.equal_weights(200), YEAR).value for f in (rr.sharpe, rr.sortino))
    assert np.isnan(sharpe[:199]).all()
    for t in (199, 400, 699):
        window = RETURNS[t - 199 : t + 1]
        assert sharpe[t] == pytest.approx(window.mean() / window.std() * np.sqrt(YEAR), rel=1e-12)
        below = np.sqrt(np.mean(np.minimum(window, 0) ** 2))
        assert sortino[t] == pytest.approx(window.mean() / below * np.sqrt(YEAR), rel=1e-12)


def test_exponential_weights_equal_the_weighted_loop() -> None:
    weights = rr.ewma_weights(300, 30.0)
    assert weights.sum() == pytest.approx(1)
    assert weights[-31] / weights[-1] == pytest.approx(0.5)
    window = RETURNS[-300:]
    mean = np.average(window, weights=weights)
    deviation = np.sqrt(np.average((window - mean) ** 2, weights=weights))
    found = rr.sharpe(RETURNS, weights, 1.0).value[-1]
    assert found == pytest.approx(mean / deviation, rel=1e-12)


@pytest.mark.parametrize("lags", [0, 3, 10])
def test_sharpe_error_equals_the_delta_method_on_statsmodels_hac(lags: int) -> None:
    window = RETURNS[-250:]
    mean, variance = window.mean(), window.var()
    moments = np.column_stack([window - mean, (window - mean) ** 2 - variance])
    system = sm.stats.sandwich_covariance.S_hac_simple(moments, nlags=lags) / 250
    gradient = np.array([1 / np.sqrt(variance), -mean / (2 * variance**1.5)])
    expected = np.sqrt(gradient @ system @ gradient / 250 * YEAR)
    found = rr.sharpe(RETURNS, rr.equal_weights(250), YEAR, lags).error[-1]
    assert found == pytest.approx(expected, rel=1e-10)


def test_normal_returns_meet_lo_closed_form() -> None:
    exact = 0.05 + np.asarray(stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000))
    found = rr.sharpe(exact, rr.equal_weights(20_000), YEAR)
    assert found.error[-1] == pytest.approx(rr.normal_error(found.value[-1], 20_000, YEAR), rel=1e-2)
    assert rr.normal_error(np.array([0.5]), 100, 1.0)[0] == pytest.approx(np.sqrt(1.125 / 100))


@pytest.mark.parametrize("function", [rr.sharpe, rr.sortino])
@pytest.mark.parametrize("weights", [rr.equal_weights(400), rr.ewma_weights(600, 60.0)])
def test_errors_cover_as_often_as_they_say(function: object, weights: np.ndarray) -> None:
    assert callable(function)
    n, law = len(weights), stats.norm(0.1, 1.0)
    samples = law.rvs(size=(1000, n), random_state=np.random.default_rng(2))
    ratios = [function(sample, weights, 1.0) for sample in samples]
    values = np.array([ratio.value[-1] for ratio in ratios])
    errors = np.array([ratio.error[-1] for ratio in ratios])
    below = np.sqrt(law.expect(lambda r: np.minimum(r, 0) ** 2))
    truth = 0.1 / (1.0 if function is rr.sharpe else below)
    covered = np.mean(np.abs(values - truth) < 1.96 * errors)
    assert covered == pytest.approx(0.95, abs=0.022)


def test_nothing_after_the_cut_matters() -> None:
    spoiled = np.concatenate([RETURNS[:500], np.full(200, 7.0)])
    for function in (rr.sharpe, rr.sortino):
        whole, cut = (function(x, rr.ewma_weights(200, 20.0), YEAR, 5) for x in (RETURNS, spoiled))
        for one, two in zip(whole, cut, strict=True):
            assert_array_equal(one[:500], two[:500])


def test_degenerate_inputs() -> None:
    weights = rr.equal_weights(50)
    holed = np.where(np.arange(700) == 300, np.nan, RETURNS)
    for function in (rr.sharpe, rr.sortino):
        for flat in (np.full(100, 0.01), np.zeros(100), RETURNS[:49], np.empty(0)):
            assert all(np.isnan(part).all() for part in function(flat, weights, YEAR, 2))
        value, error = function(holed, weights, YEAR)
        assert np.isnan(value[300:350]).all()
        assert np.isnan(error[300:350]).all()
        assert_allclose(value[350:], function(RETURNS, weights, YEAR).value[350:])
    rising = np.abs(RETURNS) + 1e-9
    assert np.isnan(rr.sortino(rising, weights, YEAR).value).all()
    assert np.isfinite(rr.sharpe(rising, weights, YEAR).value[49:]).all()
