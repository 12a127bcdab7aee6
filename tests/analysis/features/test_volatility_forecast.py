"""Variance forecasts against pandas' ewm, statsmodels' OLS and loops; the jump test on walks with and without jumps."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import gamma

from analysis.arrays import Floats
from analysis.features import volatility_forecast as vf

RNG = np.random.default_rng(17)
RETURNS = RNG.standard_normal(500) * 0.01
LOG_VARIANCE = np.zeros(500)
for _t in range(1, 500):
    LOG_VARIANCE[_t] = 0.9 * LOG_VARIANCE[_t - 1] + 0.4 * RNG.standard_normal()
VARIANCE = 1e-4 * np.exp(LOG_VARIANCE)


def test_ewma_equals_pandas_with_gaps() -> None:
    holed = RETURNS.copy()
    holed[[0, 40, 41, 300]] = np.nan
    ours = vf.ewma_variance(holed, 0.94, 20)
    theirs = pd.Series(holed**2).ewm(alpha=0.06, adjust=True, ignore_na=False).mean().to_numpy()
    known = np.isfinite(holed)
    known[:20] = False  # row 0 is missing: twenty returns are known from row 20 on
    assert_allclose(ours[known], theirs[known], rtol=1e-12)
    assert np.isnan(ours[~known]).all()


@pytest.mark.parametrize("horizon", [1, 5])
def test_har_equals_statsmodels_and_the_mean_where_insane(horizon: int) -> None:
    fit, replaced = 90, 0
    ours = vf.har_forecast(VARIANCE, fit, horizon)
    assert np.isnan(ours[: 29 + fit + horizon - 1]).all()
    assert np.isfinite(ours[29 + fit + horizon - 1 :]).all()
    means = np.array([pd.Series(VARIANCE).rolling(p).mean().to_numpy() for p in (1, 7, 30)])
    target = pd.Series(VARIANCE).rolling(horizon).mean().to_numpy()
    for t in range(29 + fit + horizon - 1, 500, 11):
        rows = np.arange(t - fit - horizon + 1, t - horizon + 1)
        y = target[rows + horizon]
        found = sm.OLS(y, sm.add_constant(means[:, rows].T)).fit().params @ np.array([1, *means[:, t]])
        insane = not y.min() <= found <= y.max()
        replaced += insane
        assert ours[t] == pytest.approx(y.mean() if insane else found, rel=1e-6)
    assert replaced < 10


def test_qlike_by_hand_and_its_lowest_point() -> None:
    forecast, realised = np.array([1.0, 2.0, 0.0, 1.0, np.nan]), np.array([1.0, 1.0, 1.0, 0.0, 1.0])
    found = vf.qlike(forecast, realised)
    assert_allclose(found[:2], [0, 0.5 - np.log(0.5) - 1])
    assert np.isnan(found[2:]).all()
    guesses = np.linspace(0.5, 2, 61)
    loss = [np.mean(vf.qlike(np.full(500, g * VARIANCE.mean()), VARIANCE)) for g in guesses]
    assert guesses[int(np.argmin(loss))] == pytest.approx(1, abs=0.026)


def test_trailing_qlike_judges_the_forecast_made_before_its_horizon() -> None:
    forecast = vf.ewma_variance(RETURNS, 0.94, 20)
    ours = vf.trailing_qlike(forecast, VARIANCE, 3, 50)
    ratios = [VARIANCE[t - 2 : t + 1].mean() / forecast[t - 3] for t in range(251, 301)]
    assert ours[300] == pytest.approx(np.mean([x - np.log(x) - 1 for x in ratios]), rel=1e-12)
    assert np.isnan(ours[:46]).all()
    assert np.isfinite(ours[46:]).all()
    short = vf.trailing_qlike(forecast[:47], VARIANCE[:47], 3, 50)
    assert short[-1] == ours[46]  # half of the losses, of a history that is shorter than all of them


def test_jump_share_equals_a_loop() -> None:
    n, m = 60, 2 ** (2 / 3) * gamma(7 / 6) / gamma(0.5)
    ours = vf.jump_share(RETURNS, n)
    for end in range(60, 501, 40):
        r = np.abs(RETURNS[end - n : end])
        rv = float(r @ r)
        bv = np.pi / 2 * n / (n - 1) * sum(r[i] * r[i - 1] for i in range(1, n))
        tq = n * n / (n - 2) / m**3 * sum((r[i] * r[i - 1] * r[i - 2]) ** (4 / 3) for i in range(2, n))
        assert ours.share[end - 1] == pytest.approx(max(0.0, 1 - bv / rv), rel=1e-9, abs=1e-12)
        error = np.sqrt((np.pi**2 / 4 + np.pi - 5) / n * max(1, tq / bv**2))
        assert ours.z[end - 1] == pytest.approx((1 - bv / rv) / error, rel=1e-9)


def test_the_jump_test_is_quiet_on_walks_and_sees_a_jump() -> None:
    quiet = vf.jump_share(np.random.default_rng(1).standard_normal(96 * 1500), 96).z[95::96]
    assert np.mean(quiet > 1.645) == pytest.approx(0.05, abs=0.025)
    jumped = RETURNS.copy()
    jumped[480] = 0.1
    found = vf.jump_share(jumped, 96)
    assert found.z[-1] > 3
    true = 0.1**2 / (jumped[-96:] @ jumped[-96:])  # its neighbours in the products hide a part of it
    assert 0.5 * true < found.share[-1] <= true


def series(returns: Floats, variance: Floats) -> list[Floats]:
    forecast = vf.har_forecast(variance, 90, 2)
    jumps = vf.jump_share(returns, 50)
    ewma = vf.ewma_variance(returns, 0.9, 10)
    return [forecast, jumps.share, jumps.z, ewma, vf.trailing_qlike(ewma, variance, 2, 30)]


def test_rows_before_the_cut_ignore_what_follows() -> None:
    garbage = np.resize([1e3, np.nan, 0.0, 5.0], 200)
    tampered = series(*(np.concatenate([x[:300], garbage]) for x in (RETURNS, VARIANCE)))
    for ours, theirs in zip(series(RETURNS, VARIANCE), tampered, strict=True):
        assert_array_equal(ours[:300], theirs[:300])


def test_gaps_still_and_short_series_are_missing() -> None:
    holed = VARIANCE.copy()
    holed[200] = np.nan
    har = vf.har_forecast(holed, 90, 2)
    assert np.isnan(har[200:320]).all()
    assert np.isfinite(har[330:]).all()
    for flat in (np.zeros(300), np.full(300, 3e-5), VARIANCE[:50], VARIANCE[:0]):
        assert np.isnan(vf.har_forecast(flat, 90, 2)).all()
    zeros = series(np.zeros(300), np.zeros(300))
    assert all(np.isnan(x).all() for x in (zeros[1], zeros[2], zeros[4]))
    assert_array_equal(zeros[3][10:], 0.0)


def test_parameters_out_of_range_are_named() -> None:
    with pytest.raises(ValueError, match="decay"):
        vf.ewma_variance(RETURNS, 1.0, 5)
    with pytest.raises(ValueError, match="fit > 4"):
        vf.har_forecast(VARIANCE, 4, 1)
    with pytest.raises(ValueError, match="3 returns or more"):
        vf.jump_share(RETURNS, 2)
