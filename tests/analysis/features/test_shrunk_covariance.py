"""Shrunk covariance against scikit-learn's Ledoit-Wolf on standardised columns."""

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf

from analysis.arrays import Floats
from analysis.features.shrunk_covariance import ledoit_wolf_shrinkage, shrunk_covariance

RNG = np.random.default_rng(11)


def returns(n: int = 120, k: int = 6) -> Floats:
    market = RNG.standard_normal((n, 1))
    return np.asarray(0.02 * (market + RNG.standard_normal((n, k))) * np.linspace(0.5, 3.0, k))


@pytest.mark.parametrize(("n", "k"), [(120, 6), (15, 30), (2, 3), (500, 2), (40, 1)])
def test_agrees_with_scikit_learn(n: int, k: int) -> None:
    sample = returns(n, k)
    standard = (sample - sample.mean(axis=0)) / sample.std(axis=0)
    expected, shrinkage = ledoit_wolf(standard, assume_centered=True)
    found = shrunk_covariance(sample)
    assert found.shrinkage == pytest.approx(shrinkage, abs=1e-12)
    np.testing.assert_allclose(found.correlation, expected, atol=1e-12)
    np.testing.assert_allclose(np.diag(found.covariance), sample.var(axis=0), rtol=1e-12)


def test_the_unit_of_one_column_changes_nothing() -> None:
    """The trap: without standardising, one column in another unit moves every correlation."""
    sample, scale = returns(), np.array([1, 1, 1000, 1, 1, 1.0])
    plain, scaled = shrunk_covariance(sample), shrunk_covariance(sample * scale)
    np.testing.assert_allclose(scaled.correlation, plain.correlation, atol=1e-12)
    centred = sample - sample.mean(axis=0)
    assert abs(ledoit_wolf_shrinkage(centred * scale) - ledoit_wolf_shrinkage(centred)) > 0.01


def test_a_constant_column_is_uncorrelated_and_has_no_variance() -> None:
    sample = returns()
    sample[:, 2] = 0.001
    found = shrunk_covariance(sample)
    assert found.deviation[2] == 0.0
    np.testing.assert_array_equal(found.correlation[2], np.eye(6)[2])
    assert np.linalg.eigvalsh(found.covariance).min() >= -1e-18


def test_duplicates_and_few_rows_stay_positive_definite() -> None:
    sample = returns(10, 4)
    doubled = np.hstack([sample, sample])
    assert np.linalg.eigvalsh(shrunk_covariance(doubled).correlation).min() > 0.0


@pytest.mark.parametrize("bad", [np.ones((1, 3)), np.array([[0.1, np.nan], [0.2, 0.1]]), np.ones(4)])
def test_missing_rows_are_refused(bad: Floats) -> None:
    with pytest.raises(ValueError, match="complete rows"):
        shrunk_covariance(bad)
