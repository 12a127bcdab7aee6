"""The volatility filter against arch and a loop; simulated losses against laws known in closed form."""

import numpy as np
import pytest
from arch import arch_model
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from analysis.features import filtered_returns as fr
from analysis.features.tail_loss import historical

GARCH = fr.Recursion(2e-6, 0.08, 0.9)


def garch_path(n: int, seed: int) -> np.ndarray:
    shocks, variance = np.random.default_rng(seed).standard_normal(n), 1e-4
    returns = np.empty(n)
    for t, shock in enumerate(shocks):
        returns[t] = shock * np.sqrt(variance)
        variance = GARCH.omega + GARCH.alpha * returns[t] ** 2 + GARCH.beta * variance
    return returns


RETURNS = garch_path(1500, 4)


def test_filter_equals_the_loop() -> None:
    found = fr.filtered(RETURNS, GARCH, 50)
    variance = np.mean(RETURNS[:50] ** 2)
    for t in range(50, 1500):
        assert found.sigma[t] == pytest.approx(np.sqrt(variance), rel=1e-12)
        assert found.residual[t] == pytest.approx(RETURNS[t] / np.sqrt(variance), rel=1e-12)
        variance = GARCH.omega + GARCH.alpha * RETURNS[t] ** 2 + GARCH.beta * variance
    assert found.next_variance == pytest.approx(variance, rel=1e-12)
    assert np.isnan(found.sigma[:50]).all()


def test_filter_equals_arch_once_the_seed_is_forgotten() -> None:
    model = arch_model(100 * RETURNS, mean="Zero", vol="GARCH", p=1, q=1)
    fixed = model.fix([GARCH.omega * 1e4, GARCH.alpha, GARCH.beta])
    ours = fr.filtered(RETURNS, GARCH).sigma
    assert_allclose(100 * ours[900:], fixed.conditional_volatility[900:], rtol=1e-6)


def test_nothing_after_the_cut_matters() -> None:
    spoiled = np.concatenate([RETURNS[:900], np.full(600, 3.0)])
    whole, cut = fr.filtered(RETURNS, GARCH), fr.filtered(spoiled, GARCH)
    assert_array_equal(whole.residual[:900], cut.residual[:900])
    assert_array_equal(whole.sigma[:901], cut.sigma[:901])
    ours, theirs = (fr.filtered_forecasts(one, 500, 0.95) for one in (whole, cut))
    assert_array_equal(ours[:901], theirs[:901])


def test_one_bar_is_exact_and_needs_no_seed() -> None:
    filtering = fr.filtered(RETURNS, GARCH)
    found = fr.filtered_loss(filtering, GARCH, 0.95, bars=1, seed=1)
    known = filtering.residual[50:] * np.sqrt(filtering.next_variance)
    assert found == historical(np.expm1(known), 0.95)
    assert found == fr.filtered_loss(filtering, GARCH, 0.95, bars=1, seed=2)


def test_a_day_of_normal_bars_has_the_normal_law() -> None:
    steady = fr.Recursion(0.0, 0.0, 1.0)  # the variance stays: the sum of 24 bars is then near normal
    residual = np.random.default_rng(6).permutation(stats.norm.ppf((np.arange(2000) + 0.5) / 2000))
    filtering = fr.Filtered(np.full(2000, 0.01), residual, 1e-4)
    found = fr.filtered_loss(filtering, steady, 0.95, bars=24, seed=5, paths=100_000)
    sigma, z = 0.01 * np.sqrt(24), stats.norm.ppf(0.05)
    assert found.value_at_risk == pytest.approx(-np.expm1(sigma * z), rel=0.02)
    mean_beyond = np.exp(sigma**2 / 2) * stats.norm.cdf(z - sigma) / 0.05
    assert found.expected_shortfall == pytest.approx(1 - mean_beyond, rel=0.02)
    short = fr.filtered_loss(filtering, steady, 0.95, bars=24, seed=5, side=-1, paths=100_000)
    assert short.value_at_risk == pytest.approx(np.expm1(-sigma * z), rel=0.02)


def test_simulated_variance_follows_the_forecast_not_the_root_of_time() -> None:
    residual = fr.filtered(garch_path(4000, 9), GARCH).residual[50:]
    residual /= np.sqrt(np.mean(residual**2))
    total = fr.simulated_returns(residual - residual.mean(), GARCH, 9e-4, 24, 60_000, 3)
    expected, variance = 0.0, 9e-4
    for _ in range(24):  # E[h] moves by omega + (alpha + beta) h
        expected += variance
        variance = GARCH.omega + (GARCH.alpha + GARCH.beta) * variance
    assert total.var() == pytest.approx(expected, rel=0.03)
    assert expected < 0.85 * 24 * 9e-4


@pytest.mark.parametrize("bars", [2, fr.KEPT_BARS, fr.KEPT_BARS + 1])
def test_simulated_paths_are_the_loop_whether_their_draws_are_kept_or_not(bars: int) -> None:
    residuals, generator = np.linspace(-2.0, 3.0, 300), np.random.default_rng(9)
    variance, total = np.full(50, 1e-4), np.zeros(50)
    for _ in range(bars):
        step = residuals[generator.integers(len(residuals), size=50)] * np.sqrt(variance)
        variance = GARCH.omega + GARCH.alpha * step**2 + GARCH.beta * variance
        total += step
    for _ in range(2):
        assert_allclose(fr.simulated_returns(residuals, GARCH, 1e-4, bars, 50, 9), total, rtol=1e-10)


def test_the_draws_of_a_day_of_minutes_are_not_kept() -> None:
    kept = fr._kept_draws.cache_info().currsize
    fr.simulated_returns(RETURNS, GARCH, 1e-4, 1440, 10, 77)
    assert fr._kept_draws.cache_info().currsize == kept
    assert sum(row.nbytes for row in fr._kept_draws(77, 2000, fr.PATHS, fr.KEPT_BARS)) < 6_000_000


def test_same_seed_same_answer() -> None:
    filtering = fr.filtered(RETURNS, GARCH)
    one, two, other = (fr.filtered_loss(filtering, GARCH, 0.99, bars=24, seed=s) for s in (7, 7, 8))
    assert one == two != other
    assert other.value_at_risk == pytest.approx(one.value_at_risk, rel=0.15)


@pytest.mark.parametrize("side", [1, -1])
def test_forecasts_cover_what_they_promise(side: int) -> None:
    returns = garch_path(12_000, 12)
    forecasts = fr.filtered_forecasts(fr.filtered(returns, GARCH), 1000, 0.95, side)
    known = np.isfinite(forecasts)
    hits = -side * np.expm1(returns[known]) > forecasts[known]
    assert abs(hits.mean() - 0.05) < 3 * np.sqrt(0.05 * 0.95 / known.sum())
    assert np.isnan(forecasts[:1050]).all()
    row = 5000
    past = fr.filtered(returns, GARCH)
    level = historical(side * past.residual[row - 1000 : row], 0.95).value_at_risk
    assert forecasts[row] == pytest.approx(-side * np.expm1(-side * level * past.sigma[row]), rel=1e-12)


def test_degenerate_inputs() -> None:
    holed = RETURNS.copy()
    holed[700] = np.nan
    found = fr.filtered(holed, GARCH)
    assert np.isnan(found.sigma[700])
    assert np.isfinite(found.sigma[701:]).all()
    assert_array_equal(found.sigma[[701]], fr.filtered(np.delete(RETURNS, 700), GARCH).sigma[[700]])
    short, flat = fr.filtered(RETURNS[:30], GARCH), fr.filtered(np.zeros(900), fr.ewma(0.94))
    assert np.isnan(fr.filtered_loss(short, GARCH, 0.95, bars=1, seed=1)).all()
    assert np.isnan(flat.residual).all()
    assert np.isnan(fr.filtered_loss(flat, fr.ewma(0.94), 0.95, bars=5, seed=1)).all()
    assert len(fr.simulated_returns(np.empty(0), GARCH, 1e-4, 5, 10, 1)) == 0
    with pytest.raises(ValueError, match="at least one bar"):
        fr.simulated_returns(RETURNS, GARCH, 1e-4, 0, 10, 1)
    with pytest.raises(ValueError, match="alpha"):
        fr.Recursion(0.0, 0.9, 0.2)
