"""Moments against scipy; errors against Cramer's exact ones and the spread of simulated statistics."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from analysis.features import moments
from analysis.features.moments import Moment

RNG = np.random.default_rng(17)
VALUES = RNG.standard_t(6, 500)
ALL: tuple[Callable[[np.ndarray, int], Moment], ...] = (
    moments.rolling_mean,
    moments.rolling_deviation,
    moments.rolling_skewness,
    moments.rolling_kurtosis,
)


@pytest.mark.parametrize("n", [4, 30, 200])
def test_values_equal_scipy(n: int) -> None:
    mean, deviation, skewness, kurtosis = (function(VALUES, n) for function in ALL)
    for t in (n - 1, 250, 499):
        window = VALUES[t - n + 1 : t + 1]
        assert mean.value[t] == pytest.approx(window.mean(), rel=1e-12)
        assert mean.error[t] == pytest.approx(stats.sem(window), rel=1e-12)
        assert deviation.value[t] == pytest.approx(window.std(ddof=1), rel=1e-12)
        assert skewness.value[t] == pytest.approx(stats.skew(window, bias=False), rel=1e-10)
        assert kurtosis.value[t] == pytest.approx(stats.kurtosis(window, bias=False), rel=1e-10)
    assert np.isnan(kurtosis.value[: n - 1]).all()


def test_errors_equal_the_jackknife_on_a_large_window() -> None:
    window = RNG.standard_t(12, 1500)
    bare: tuple[Callable[[np.ndarray], float], ...] = (np.mean, np.std, stats.skew, stats.kurtosis)
    for function, statistic in zip(ALL, bare, strict=True):
        left_out = np.array([statistic(np.delete(window, i)) for i in range(1500)])
        jackknife = np.sqrt(1499 / 1500 * np.sum((left_out - left_out.mean()) ** 2))
        assert function(window, 1500).error[-1] == pytest.approx(jackknife, rel=0.05)


def test_errors_meet_the_spread_of_simulated_statistics() -> None:
    draws = np.random.default_rng(1).standard_normal((3000, 250))
    for function in ALL:
        found = [function(sample, 250) for sample in draws[:1500]]
        values, errors = (np.array([getattr(f, name)[-1] for f in found]) for name in ("value", "error"))
        assert np.sqrt(np.mean(errors**2)) == pytest.approx(values.std(), rel=0.2)
    assert moments.normal_skewness_error(250) == pytest.approx(
        stats.skew(draws, axis=1, bias=False).std(), rel=0.05
    )
    assert moments.normal_kurtosis_error(250) == pytest.approx(
        stats.kurtosis(draws, axis=1, bias=False).std(), rel=0.07
    )


def test_cumulative_deviation_by_hand_and_by_loop() -> None:
    found = moments.cumulative_deviation(VALUES, 24, 120)
    assert np.isnan(found[:143]).all()
    for t in (143, 300, 499):
        before, now = VALUES[t - 143 : t - 23], VALUES[t - 23 : t + 1]
        expected = (now.sum() - 24 * before.mean()) / (before.std(ddof=1) * np.sqrt(24))
        assert found[t] == pytest.approx(expected, rel=1e-12)
    noise = np.random.default_rng(2).standard_normal(40_000)
    spread = moments.cumulative_deviation(noise, 10, 500)[509::10].std()
    assert spread == pytest.approx(np.sqrt(1 + 10 / 500), rel=0.04)


def test_nothing_after_the_cut_matters() -> None:
    spoiled = np.concatenate([VALUES[:300], np.full(200, 1e8)])
    for function in ALL:
        for one, two in zip(function(VALUES, 50), function(spoiled, 50), strict=True):
            assert_array_equal(one[:300], two[:300])
    whole, cut = (moments.cumulative_deviation(x, 24, 120) for x in (VALUES, spoiled))
    assert_array_equal(whole[:300], cut[:300])


def test_degenerate_inputs() -> None:
    flat, holed = np.full(100, 0.1), np.where(np.arange(500) == 250, np.nan, VALUES)
    for function in ALL:
        value, error = function(holed, 40)
        assert np.isnan(value[250:290]).all()
        assert np.isnan(error[250:290]).all()
        assert_allclose(value[290:], function(VALUES, 40).value[290:])
        assert np.isnan(function(VALUES[:39], 40).value).all()
        assert np.isnan(function(VALUES, 1).value).all()
    for function in ALL[2:]:
        assert np.isnan(function(flat, 40).value).all()
        assert np.isnan(function(VALUES, 2).error).all()
    assert np.isnan(moments.cumulative_deviation(flat, 5, 40)).all()
    assert np.isnan(moments.cumulative_deviation(VALUES, 5, 1)).all()
    assert np.isnan(moments.cumulative_deviation(holed, 24, 120)[250:394]).all()
    assert np.isnan([moments.normal_skewness_error(2), moments.normal_kurtosis_error(3)]).all()


def test_the_skewness_of_samples_equals_scipy() -> None:
    samples = np.full((3, 90), np.nan)
    for row, n in enumerate((3, 10, 90)):
        samples[row, -n:] = VALUES[:n]
    wanted = stats.skew(samples, axis=1, bias=False, nan_policy="omit")
    assert_allclose(moments.sample_skewness(samples), wanted, rtol=1e-10)


@pytest.mark.parametrize("values", [np.empty(0), np.ones(2), np.full(30, 1e-4), np.full(4, np.nan)])
def test_too_few_or_equal_values_have_no_skewness(values: np.ndarray) -> None:
    assert np.isnan(moments.sample_skewness(values[None])[0])
