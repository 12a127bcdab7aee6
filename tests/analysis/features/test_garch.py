"""The GARCH fit, filter and horizon against arch; the slope against differences; what cannot be fitted says so."""

from dataclasses import astuple, replace
from math import inf, log

import numpy as np
import pytest
from arch import arch_model
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import approx_fprime
from scipy.stats import t as student

from analysis.arrays import Floats
from analysis.features import garch
from analysis.features.garch_likelihood import Sample, loss_and_slope


def simulated(seed: int, n: int, alpha: float = 0.08, beta: float = 0.9, degrees: float = 5.0) -> Floats:
    """Returns of a GARCH(1,1) with Student-t errors around 1 % a bar."""
    rng = np.random.default_rng(seed)
    z = rng.standard_t(degrees, n) * np.sqrt((degrees - 2) / degrees)
    variance, found = 1e-4, np.empty(n)
    for row, shock in enumerate(z.tolist()):
        found[row] = 2e-4 + variance**0.5 * shock
        variance = 1e-4 * (1 - alpha - beta) + (alpha * shock**2 + beta) * variance
    return found


RETURNS = simulated(1, 1500)
FIT = garch.fit_garch(RETURNS)


@pytest.mark.parametrize(
    ("seed", "n", "alpha", "beta", "degrees"),
    [(1, 1500, 0.08, 0.9, 5), (2, 1000, 0.05, 0.93, 4), (3, 600, 0.2, 0.6, 8), (4, 1500, 0.12, 0.87, 3.5)],
)
def test_fit_equals_arch(seed: int, n: int, alpha: float, beta: float, degrees: float) -> None:
    returns = simulated(seed, n, alpha, beta, degrees)
    ours = garch.fit_garch(returns)
    theirs = arch_model(100 * returns, vol="GARCH", p=1, q=1, dist="t", rescale=False).fit(
        disp="off", tol=1e-10, options={"maxiter": 1000}
    )
    assert ours.converged
    assert ours.log_likelihood == pytest.approx(theirs.loglikelihood + n * log(100), abs=1e-4)
    p = theirs.params
    assert [ours.alpha, ours.beta] == pytest.approx([p["alpha[1]"], p["beta[1]"]], abs=2e-3)
    assert ours.degrees == pytest.approx(p["nu"], rel=5e-3)


def test_filter_horizon_and_residuals_equal_arch_at_the_same_parameters() -> None:
    p = [100 * FIT.mean, 1e4 * FIT.omega, FIT.alpha, FIT.beta, FIT.degrees]
    model = arch_model(100 * RETURNS, vol="GARCH", p=1, q=1, dist="t", rescale=False)
    theirs = model.fix(p)
    forecast = theirs.forecast(horizon=30, reindex=False).variance.to_numpy()[-1]
    assert FIT.next_variance == pytest.approx(forecast[0] / 1e4, rel=1e-9)
    ours = garch.mean_variance(np.array([FIT.next_variance]), FIT, 30)[0]
    assert ours == pytest.approx(forecast.mean() / 1e4, rel=1e-9)
    later = simulated(9, 200)
    whole = arch_model(100 * np.concatenate([RETURNS, later]), dist="t", rescale=False)
    sigma = (
        whole.fix(p).conditional_volatility / 100
    )  # its first rows stand on another mean: long forgotten here
    assert_allclose(np.sqrt(garch.filter_variance(later, FIT))[:-1], sigma[1501:], rtol=1e-8)
    assert_allclose(garch.standardised(later, FIT), (later - FIT.mean) / sigma[1500:], rtol=1e-8, atol=1e-10)


def test_slope_equals_differences() -> None:
    sample = Sample.of(RETURNS[:400])

    def loss(point: Floats) -> float:
        return loss_and_slope(point, sample)[0]

    for theta in ([0.05, -2.0, 0.9, 0.1, 6.0], [-0.2, -4.0, 0.99, 0.5, 2.5], [0.0, -1.0, 1.0, 0.0, 50.0]):
        point = np.array(theta)
        found = approx_fprime(point, loss, 1e-7)
        assert_allclose(loss_and_slope(point, sample)[1], found, rtol=2e-4, atol=2e-6)


def test_persistence_and_half_life_by_hand() -> None:
    fit = replace(FIT, alpha=0.1, beta=0.8, omega=1e-5)
    assert fit.half_life == pytest.approx(log(0.5) / log(0.9))
    assert fit.long_run_variance == pytest.approx(1e-4)
    unit = replace(FIT, alpha=0.5, beta=0.5, omega=1e-5)
    assert unit.half_life == inf
    assert unit.long_run_variance == inf
    assert garch.mean_variance(np.array([1e-4]), unit, 3)[0] == pytest.approx(1e-4 + 1e-5)
    assert garch.mean_variance(np.array([7e-4]), fit, 20_000)[0] == pytest.approx(1e-4, rel=0.01)


def test_unit_of_returns_does_not_matter() -> None:
    other = garch.fit_garch(RETURNS * 1e4)
    assert other.alpha == pytest.approx(FIT.alpha, abs=1e-6)
    assert other.next_variance == pytest.approx(FIT.next_variance * 1e8, rel=1e-6)


def test_tail_probability_equals_scipy() -> None:
    spread = student(FIT.degrees, scale=np.sqrt((FIT.degrees - 2) / FIT.degrees))
    z = np.array([0.0, 1.5, -4.0])
    assert_allclose(garch.tail_probability(z, FIT), 2 * spread.sf(np.abs(z)), rtol=1e-10)


def test_rows_before_the_cut_ignore_what_follows() -> None:
    later = simulated(9, 200)
    garbage = np.concatenate([later[:120], np.resize([5.0, np.nan], 80)])
    assert_allclose(
        garch.filter_variance(garbage, FIT)[:120], garch.filter_variance(later, FIT)[:120], rtol=1e-12
    )


def test_a_gap_passes_on_the_expectation() -> None:
    later = simulated(9, 10)
    later[4] = np.nan
    found = garch.filter_variance(later, FIT)
    assert np.isnan(found[4])
    expected = FIT.omega + FIT.persistence * found[3]
    assert found[5] == pytest.approx(FIT.omega + FIT.alpha * (later[5] - FIT.mean) ** 2 + FIT.beta * expected)
    assert np.isnan(garch.standardised(later, FIT)[4:6]).all()


@pytest.mark.parametrize(
    ("returns", "reason"),
    [
        (RETURNS[:99], "needs 100 returns, has 99"),
        (RETURNS[:0], "needs 100 returns, has 0"),
        (np.zeros(300), "returns do not vary"),
        (np.where(np.arange(300) == 7, np.nan, RETURNS[:300]), "1 returns are missing"),
    ],
)
def test_what_cannot_be_fitted_says_why(returns: Floats, reason: str) -> None:
    fit = garch.fit_garch(returns)
    *numbers, converged, at_bound, why = astuple(fit)
    assert np.isnan(numbers).all()
    assert (converged, at_bound, why) == (False, False, reason)
    assert np.isnan([fit.half_life, fit.long_run_variance]).all()
    assert np.isnan(garch.filter_variance(RETURNS[:5], fit)).all()
    assert np.isnan(garch.mean_variance(np.array([1e-4]), fit, 5)).all()


@pytest.mark.parametrize("seed", range(5))
def test_returns_without_clusters_end_in_an_answer(seed: int) -> None:
    noise = np.random.default_rng(seed).standard_normal(300)
    noise[::7] = 0
    fit = garch.fit_garch(noise)
    assert fit.converged != bool(fit.reason)
    assert 0 <= fit.persistence <= 1
    assert np.isfinite([fit.log_likelihood, fit.next_variance]).all()


def test_a_steep_end_is_reported() -> None:
    sample = Sample.of(RETURNS)
    found = garch._result(sample, np.array([0.0, -2.0, 0.5, 0.5, 5.0]), 1.0, 0.5)
    assert not found.converged
    assert "still rises" in found.reason


def test_a_horizon_below_one_bar_is_named() -> None:
    with pytest.raises(ValueError, match="one bar or more"):
        garch.mean_variance(RETURNS, FIT, 0)


def test_fit_twice_gives_the_same_numbers() -> None:
    again = garch.fit_garch(RETURNS)
    assert_array_equal([again.alpha, again.omega], [FIT.alpha, FIT.omega])
