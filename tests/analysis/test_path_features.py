"""Wavelet, Hilbert, fractal and regression features against their libraries, loops and known answers."""

import numpy as np
import pytest
import pywt
import statsmodels.api as sm
from numpy.testing import assert_allclose
from scipy.signal import hilbert

from analysis.features import fractal, regression, wavelet
from analysis.features.hilbert import dominant_cycle, hilbert_trendline
from analysis.features.look_backs import HT_MIN_BARS
from analysis.features.oscillators import log_returns
from tests.support.recorded import walk_bars

CLOSE = walk_bars(400, seed=7).close
LOGS = np.log(CLOSE)


@pytest.mark.parametrize(("n", "name", "level"), [(128, "db4", 3), (64, "sym5", 2)])
def test_wavelet_slope_equals_pywt_on_each_window(n: int, name: str, level: int) -> None:
    ours = wavelet.approximation_slope(LOGS, n, name, level)
    for end in range(n, len(LOGS), 37):
        window = LOGS[end - n : end]
        found = pywt.wavedec(window, name, mode="symmetric", level=level)
        smooth = pywt.waverec([found[0], *(np.zeros_like(d) for d in found[1:])], name, mode="symmetric")[:n]
        points = 2 ** (level + 1)
        slope = np.polyfit(np.arange(points), smooth[-points:], 1)[0]
        assert ours[end - 1] == pytest.approx(slope, rel=1e-6, abs=1e-10)


def test_wavelet_slope_of_a_line_is_near_its_slope() -> None:
    line = 0.01 * np.arange(300.0)
    assert wavelet.approximation_slope(line, 128, "db4", 3)[-1] == pytest.approx(0.01, rel=0.2)


def test_low_band_share_equals_pywt_on_each_window() -> None:
    returns = log_returns(CLOSE)
    ours = wavelet.low_band_share(returns, 128, "db4", 3)
    for end in range(130, len(returns), 41):
        bands = pywt.wavedec(returns[end - 128 : end], "db4", mode="periodization", level=3)
        energy = [float((band**2).sum()) for band in bands]
        assert ours[end - 1] == pytest.approx(energy[0] / sum(energy), rel=1e-9)


def test_dominant_cycle_finds_a_sine_and_its_phase_mid_window() -> None:
    t = np.arange(400)
    close = 100 + 3 * np.sin(2 * np.pi * t / 20)
    period, phase = dominant_cycle(close)
    assert period[300:350].mean() == pytest.approx(20, abs=1)
    analytic = np.angle(hilbert(close - 100), deg=True) + 90  # phase of the sine; right away from the ends
    turn = np.angle(np.exp(1j * np.radians(phase - analytic)), deg=True)[300:350]
    assert np.abs(turn).max() < 25


def test_hilbert_trendline_removes_the_cycle() -> None:
    t = np.arange(400)
    close = 100 + 0.05 * t + 3 * np.sin(2 * np.pi * t / 20)
    line = hilbert_trendline(close)
    assert np.isnan(line[: HT_MIN_BARS - 1]).all()
    assert np.abs(np.diff(line)[200:]).max() < np.abs(np.diff(close)[200:]).max() / 3
    assert np.polyfit(t[200:], line[200:], 1)[0] == pytest.approx(0.05, rel=0.1)


def test_fractal_dimension_equals_a_loop() -> None:
    ours = fractal.fractal_dimension(CLOSE, 64)
    for end in range(64, len(CLOSE), 50):
        window = CLOSE[end - 64 : end]
        scaled = (window - window.min()) / (window.max() - window.min())
        length = sum(np.hypot(1 / 63, scaled[i + 1] - scaled[i]) for i in range(63))
        assert ours[end - 1] == pytest.approx(1 + np.log(length) / np.log(2 * 63), rel=1e-12)


def test_a_line_is_smoother_and_noise_rougher_than_a_walk() -> None:
    line = fractal.fractal_dimension(np.arange(64.0), 64)
    noise = fractal.fractal_dimension(np.random.default_rng(1).standard_normal(64), 64)
    assert fractal.persistence_z(line, 64)[-1] > 2
    assert fractal.persistence_z(noise, 64)[-1] < -2


def test_random_walk_table_is_the_measured_one_and_centres_fresh_walks() -> None:
    means = [fractal.random_walk_dimension(n)[0] for n in (30, 64, 100, 300)]
    assert means == sorted(means)
    assert means[0] >= 1.30
    assert means[-1] <= 1.37
    walk = np.cumsum(np.random.default_rng(9).standard_normal(40_000))
    z = fractal.persistence_z(fractal.fractal_dimension(walk, 64), 64)[64::64]
    assert abs(np.mean(z)) < 0.15
    assert np.std(z) == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("lags", [0, 3, 8])
def test_slope_t_equals_statsmodels_hac(lags: int) -> None:
    slope, t = regression.ols_slope(LOGS, 50), regression.ols_slope_t(LOGS, 50, lags)
    for end in range(50, len(LOGS), 43):
        design = sm.add_constant(np.arange(50.0))
        fitted = sm.OLS(LOGS[end - 50 : end], design).fit(cov_type="HAC", cov_kwds={"maxlags": lags})
        assert slope[end - 1] == pytest.approx(fitted.params[1], rel=1e-8)
        assert t[end - 1] == pytest.approx(fitted.tvalues[1], rel=1e-8)


def test_slope_t_of_an_exact_line_is_missing() -> None:
    assert np.isnan(regression.ols_slope_t(np.arange(60.0), 50, 3)).all()
    assert_allclose(regression.ols_slope(np.arange(60.0), 50)[49:], 1.0)


def test_efficiency_ratio_by_hand() -> None:
    close = np.array([1.0, 2.0, 1.0, 3.0, 4.0])
    assert regression.efficiency_ratio(close, 4)[-1] == pytest.approx(3 / 5)
    assert np.isnan(regression.efficiency_ratio(np.ones(6), 4)).all()
