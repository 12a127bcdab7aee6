"""Bayes-Stein means against skfolio and by their limits."""

import numpy as np
import pytest
from skfolio.moments import ShrunkMu, ShrunkMuMethods

from analysis.features.shrunk_means import shrunk_means

RNG = np.random.default_rng(8)


@pytest.mark.parametrize(("n", "k"), [(60, 3), (365, 8), (1000, 2)])
def test_equals_skfolio(n: int, k: int) -> None:
    rows = 0.03 * (RNG.standard_normal((n, 1)) + RNG.standard_normal((n, k))) + RNG.normal(0, 0.002, k)
    model = ShrunkMu(method=ShrunkMuMethods.BAYES_STEIN, vol_weighted_target=True).fit(rows)
    found = shrunk_means(rows.mean(axis=0), np.cov(rows.T), n)
    np.testing.assert_allclose(found.means, model.mu_, rtol=1e-9)


def test_many_rows_shrink_little_and_few_much() -> None:
    means, covariance = np.array([0.001, 0.004, -0.002]), 0.0016 * np.eye(3)
    assert shrunk_means(means, covariance, 1_000_000).shrinkage < 0.01
    few = shrunk_means(means, covariance, 10)
    assert few.shrinkage > 0.9
    assert np.ptp(few.means) < 0.1 * np.ptp(means)


def test_equal_means_stay_and_one_asset_too() -> None:
    np.testing.assert_allclose(shrunk_means(np.full(3, 0.002), np.eye(3), 50).means, 0.002)
    assert shrunk_means(np.array([0.002]), np.eye(1), 50) == (np.array([0.002]), 0.0)
