"""The record of a factor's sign: rates and correlations by hand and by scipy, errors by statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import spearmanr

from analysis.features.sign_record import sign_record


def test_rates_and_correlation_are_over_moments_with_a_sign() -> None:
    factor = np.array([1.0, -2.0, 0.0, 3.0, np.nan, 2.0] * 10)
    later = np.array([2.0, 1.0, 5.0, 1.0, 1.0, 0.0] * 10)
    found = sign_record(factor, later, 1)
    assert found is not None
    assert found.count == 30
    assert found.hit_rate == pytest.approx(2 / 3)
    usable = np.array([True, True, False, True, False, False] * 10)
    assert found.correlation == pytest.approx(spearmanr(factor[usable], later[usable]).statistic)


def test_errors_know_of_overlapping_moves() -> None:
    rng = np.random.default_rng(9)
    steps = rng.normal(size=2_009)
    later = np.convolve(steps, np.ones(10), "valid")
    factor = np.repeat(rng.normal(size=200), 10)
    found = sign_record(factor, later, 10)
    assert found is not None
    hits = (np.sign(factor) == np.sign(later)).astype(float)
    reference = sm.OLS(hits, np.ones(2_000)).fit(cov_type="HAC", cov_kwds={"maxlags": 10})
    assert found.hit_error == pytest.approx(reference.bse[0])
    assert found.hit_error > 1.5 * np.sqrt(0.25 / 2_000)
    assert abs(found.hit_rate - 0.5) < 3 * found.hit_error
    assert abs(found.correlation) < 3 * found.correlation_error


def test_few_moments_have_no_record_and_a_constant_factor_no_correlation() -> None:
    assert sign_record(np.ones(29), np.ones(29), 1) is None
    found = sign_record(np.ones(40), np.arange(1.0, 41.0), 1)
    assert found is not None
    assert (found.hit_rate, found.correlation) == (1.0, 0.0)
