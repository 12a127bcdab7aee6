"""The fast trend filter against pykalman, its likelihood against a grid, its slope against a known one."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from pykalman import KalmanFilter

from analysis.features.kalman import TrendNoise, estimate_trend, filter_trend, first_state, log_likelihood

Floats = NDArray[np.float64]
STEP = np.array([[1.0, 1.0], [0.0, 1.0]])


def made_series(n: int, memory: float, seed: int, rho: float = 0.2) -> tuple[Floats, Floats]:
    generator = np.random.default_rng(seed)
    slope = np.cumsum(generator.standard_normal(n) / memory)
    level = np.cumsum(slope + np.sqrt(1 - rho) * generator.standard_normal(n))
    return 5 + 0.01 * (level + np.sqrt(rho) * generator.standard_normal(n)), 0.01 * slope


def oracle(y: Floats, noise: TrendNoise) -> tuple[Floats, Floats]:
    moved = np.diag([1 - noise.observation_share, noise.memory**-2])
    model = KalmanFilter(
        transition_matrices=STEP,
        observation_matrices=[[1.0, 0.0]],
        transition_covariance=moved,
        observation_covariance=[[noise.observation_share]],
        initial_state_mean=STEP @ np.array([y[0], 0.0]),
        initial_state_covariance=STEP @ STEP.T + moved,
    )
    states, covariances = model.filter(y[1:])
    return states, covariances


@pytest.mark.parametrize(("memory", "rho"), [(10.0, 0.05), (40.0, 0.3), (100.0, 0.9)])
def test_filter_equals_pykalman(memory: float, rho: float) -> None:
    y, _ = made_series(1200, 30, seed=1)
    noise = TrendNoise(memory, rho)
    path = filter_trend(y[1:], noise, first_state(float(y[0])))
    states, covariances = oracle(y, noise)
    assert_allclose(path.level, states[:, 0], rtol=0, atol=1e-8)
    assert_allclose(path.slope, states[:, 1], rtol=0, atol=1e-8)
    assert_allclose(path.slope_variance, covariances[:, 1, 1], rtol=0, atol=1e-8)


def test_filtering_in_two_parts_equals_filtering_at_once() -> None:
    y, _ = made_series(900, 30, seed=2)
    noise = TrendNoise(25.0, 0.1)
    whole = filter_trend(y[1:], noise, first_state(float(y[0])))
    first = filter_trend(y[1:600], noise, first_state(float(y[0])))
    second = filter_trend(y[600:], noise, first.end)
    assert_allclose(np.concatenate([first.slope, second.slope]), whole.slope, rtol=0, atol=1e-12)
    assert_allclose(np.concatenate([first.level, second.level]), whole.level, rtol=0, atol=1e-12)


def test_estimate_is_the_best_of_a_grid() -> None:
    y, _ = made_series(500, 20, seed=4)
    best = estimate_trend(y, 10, 100)
    for memory in np.geomspace(10, 100, 9):
        for rho in np.linspace(0, 0.9, 7):
            path = filter_trend(y[1:], TrendNoise(float(memory), float(rho)), first_state(float(y[0])))
            assert log_likelihood(path)[0] <= best.log_likelihood + 1e-6


def test_estimate_recovers_memory_and_scale() -> None:
    memories, scales = [], []
    for seed in range(8):
        y, _ = made_series(1500, 20, seed=seed)
        found = estimate_trend(y, 5, 200)
        memories.append(found.noise.memory)
        scales.append(found.noise.scale)
    assert 13 < np.median(memories) < 30
    assert np.median(scales) == pytest.approx(1e-4, rel=0.2)


def test_memory_at_its_bound_is_reported() -> None:
    level = 0.01 * np.random.default_rng(5).standard_normal(500)  # a slope that never was
    found = estimate_trend(level, 10, 100)
    assert found.at_bound
    assert found.noise.memory == pytest.approx(100)


def test_constant_series_is_not_fitted() -> None:
    found = estimate_trend(np.full(100, 4.6), 10, 100)
    assert not found.converged


def test_filtered_slope_follows_a_known_slope_and_its_error_is_honest() -> None:
    errors, standardised = [], []
    for seed in range(10):
        y, slope = made_series(1500, 25, seed=100 + seed)
        noise = TrendNoise(25.0, 0.2, 1e-4)
        path = filter_trend(y[1:], noise, first_state(float(y[0])))
        error = np.sqrt(path.slope_variance * noise.scale)
        miss = (path.slope - slope[1:])[200:]
        errors.append(np.corrcoef(path.slope[200:], slope[201:])[0, 1])
        standardised.append(np.mean((miss / error[200:]) ** 2))
    assert np.median(errors) > 0.9
    assert np.mean(standardised) == pytest.approx(1.0, abs=0.25)
