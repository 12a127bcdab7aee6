"""Drawdowns against plain loops over every pair of peak and trough."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.features import drawdown

RNG = np.random.default_rng(5)
WALK = 100 * np.exp(np.cumsum(0.02 * RNG.standard_normal(400)))
ROLLING = (
    drawdown.rolling_drawdown,
    drawdown.rolling_current,
    drawdown.rolling_duration,
    drawdown.rolling_ulcer,
)


def loop_depth(path: np.ndarray) -> float:
    return max(float(1 - path[j] / path[i]) for i in range(len(path)) for j in range(i, len(path)))


def loop_longest(path: np.ndarray) -> int:
    longest = peak_row = 0
    for row, price in enumerate(path):
        if price >= path[peak_row]:
            peak_row = row
        longest = max(longest, row - peak_row)
    return longest


def test_running_series_equal_the_loop() -> None:
    depth, duration = drawdown.running_drawdown(WALK), drawdown.running_duration(WALK)
    for t in (0, 1, 57, 200, 399):
        seen = WALK[: t + 1]
        assert depth[t] == pytest.approx(1 - seen[-1] / seen.max(), abs=1e-15)
        assert duration[t] == t - int(np.argmax(seen))


@pytest.mark.parametrize("n", [2, 17, 60])
def test_rolling_windows_equal_the_loop(n: int) -> None:
    depth, current, longest, ulcer = (function(WALK, n) for function in ROLLING)
    assert np.isnan(depth[: n - 1]).all()
    for t in (n - 1, 100, 333, 399):
        window = WALK[t - n + 1 : t + 1]
        assert depth[t] == pytest.approx(loop_depth(window), abs=1e-15)
        assert current[t] == pytest.approx(1 - window[-1] / window.max(), abs=1e-15)
        assert longest[t] == loop_longest(window)
        below = [1 - window[i] / max(window[: i + 1]) for i in range(n)]
        assert ulcer[t] == pytest.approx(np.sqrt(np.mean(np.square(below))), rel=1e-12)


def test_worst_episode_by_hand() -> None:
    found = drawdown.worst(np.array([10.0, 12.0, 9.0, 11.0, 6.0, 8.0, 12.0, 13.0, 12.5]))
    assert found == drawdown.Episode(0.5, 1, 4, 6, 5)
    holed = drawdown.worst(np.array([8.0, 6.0, np.nan, 7.0]))
    assert holed == drawdown.Episode(0.25, 0, 1, None, 3)


def test_degenerate_paths() -> None:
    flat, rising = np.full(30, 7.0), np.arange(1.0, 31.0)
    for path in (flat, rising):
        assert drawdown.worst(path) is None
        for function in ROLLING:
            assert_array_equal(function(path, 10)[9:], 0.0)
    assert drawdown.worst(np.empty(0)) is None
    assert len(drawdown.running_drawdown(np.empty(0))) == len(drawdown.running_duration(np.empty(0))) == 0
    assert drawdown.worst(np.full(3, np.nan)) is None
    holed = np.where(np.arange(400) == 100, np.nan, WALK)
    for function in ROLLING:
        assert np.isnan(function(WALK[:9], 10)).all()
        found = function(holed, 10)
        assert np.isnan(found[100:110]).all()
        assert np.isfinite(found[110:]).all()
    assert np.isnan(drawdown.running_drawdown(holed)[100])
    assert_allclose(drawdown.running_drawdown(holed)[101:], drawdown.running_drawdown(WALK)[101:])


def test_nothing_after_the_cut_matters() -> None:
    spoiled = np.concatenate([WALK[:250], 1e6 * RNG.random(150)])
    for running in (drawdown.running_drawdown, drawdown.running_duration):
        assert_array_equal(running(WALK)[:250], running(spoiled)[:250])
    for function in ROLLING:
        assert_array_equal(function(WALK, 30)[:250], function(spoiled, 30)[:250])
