"""CUSUM against a closed form by cumulative sums; thresholds against published run lengths and simulation."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.features import cusum

RNG = np.random.default_rng(40)
NOISE = RNG.standard_normal(1500)


def test_sums_equal_the_excess_over_the_running_minimum() -> None:
    found = cusum.page_cusum(NOISE, 0.5, 1e9)
    for sums, sign in ((found.upper, 1), (found.lower, -1)):
        walk = np.concatenate([[0.0], np.cumsum(sign * NOISE - 0.5)])
        assert_allclose(sums, (walk - np.minimum.accumulate(walk))[1:], atol=1e-11)
    assert found.alarms == ()


def test_a_shift_is_found_dated_and_the_sums_restart() -> None:
    shifted = np.concatenate([0.3 * NOISE[:200], 2.0 + 0.3 * NOISE[200:230], 0.3 * NOISE[230:400]])
    found = cusum.page_cusum(shifted, 0.75, 5.0)
    first = found.alarms[0]
    assert first.side == 1
    assert first.row in {203, 204}
    assert first.change == 199
    assert found.upper[first.row] > 5.0
    assert found.alarms[1].change == first.row  # restarted there, and the level is still high
    mirrored = cusum.page_cusum(-shifted, 0.75, 5.0)
    assert [(a.row, -a.side, a.change) for a in mirrored.alarms] == [
        (a.row, a.side, a.change) for a in found.alarms
    ]
    by_hand = cusum.page_cusum(np.array([3.0, 3.0, np.nan, -1.0, -5.0]), 1.0, 3.5)
    assert_array_equal(by_hand.upper, [2.0, 4.0, np.nan, 0.0, 0.0])
    assert_array_equal(by_hand.lower, [0.0, 0.0, np.nan, 0.0, 4.0])
    assert by_hand.alarms == (cusum.Alarm(1, 1, -1), cusum.Alarm(4, -1, 3))


@pytest.mark.parametrize(("threshold", "drift"), [(1.0, 0.0), (4.0, 0.25), (9.0, 0.5), (1e9, 0.25)])
def test_windowed_sums_are_those_of_each_window_s_own_path(threshold: float, drift: float) -> None:
    values = np.random.default_rng(8).standard_t(4, 400)
    values[200:240] += 1.2
    upper, lower = cusum.windowed_cusum(values, 80, drift, threshold)
    assert np.isnan(upper[:79]).all()
    for row in range(79, 400):
        path = cusum.page_cusum(values[row - 79 : row + 1], drift, threshold)
        assert upper[row] == pytest.approx(path.upper[-1], abs=1e-10)
        assert lower[row] == pytest.approx(path.lower[-1], abs=1e-10)


def test_windowed_sums_are_unknown_where_a_window_holds_a_hole_or_there_is_no_threshold() -> None:
    holed = np.where(np.arange(100) == 50, np.nan, NOISE[:100])
    upper, _ = cusum.windowed_cusum(holed, 20, 0.25, 4.0)
    assert_array_equal(np.flatnonzero(np.isfinite(upper)), [*range(19, 50), *range(70, 100)])
    assert upper[99] == pytest.approx(cusum.windowed_cusum(NOISE[70:100], 20, 0.25, 4.0)[0][-1], abs=1e-12)
    for threshold in (np.nan, 0.0):
        assert np.isnan(cusum.windowed_cusum(NOISE, 20, 0.25, threshold)).all()
    assert np.isnan(cusum.windowed_cusum(NOISE[:10], 20, 0.25, 4.0)).all()


@pytest.mark.parametrize(("run_length", "published"), [(168.0, 4.0), (465.0, 5.0)])
def test_threshold_meets_published_run_lengths(run_length: float, published: float) -> None:
    """Two-sided run lengths at drift 0.5 of normal values: Lucas (1976), as in Montgomery's table."""
    normal = np.random.default_rng(3).standard_normal(20_000)
    found = cusum.threshold_for(normal, 0.5, run_length, block=1, seed=9, chains=2000)
    assert found == pytest.approx(published, abs=0.12)


def test_threshold_gives_the_run_length_on_fresh_dependent_values() -> None:
    def dependent(n: int, seed: int) -> np.ndarray:
        shocks = np.random.default_rng(seed).standard_t(6, n + 1) / np.sqrt(1.5)
        return np.asarray((shocks[1:] + 0.4 * shocks[:-1]) / np.sqrt(1.16))

    found = cusum.threshold_for(dependent(20_000, 1), 0.5, 200.0, block=20, seed=2)
    alarms = cusum.page_cusum(dependent(150_000, 5), 0.5, found).alarms
    assert 150_000 / len(alarms) == pytest.approx(200, rel=0.15)
    apart = cusum.threshold_for(dependent(20_000, 1), 0.5, 200.0, block=1, seed=2)
    assert apart < 0.9 * found  # single draws lose the dependence and alarm too soon


def test_threshold_is_a_function_of_its_seed_and_rises_with_the_run_length() -> None:
    one, two = (cusum.threshold_for(NOISE, 0.5, 100, block=10, seed=7, chains=300) for _ in range(2))
    assert one == two
    assert cusum.threshold_for(NOISE, 0.5, 400, block=10, seed=7, chains=300) > one
    assert cusum.threshold_for(NOISE + 3, 0.5, 100, block=10, seed=7, chains=300) == pytest.approx(one)


def smallest_threshold(values: np.ndarray, run_length: float, *, block: int, chains: int) -> float:
    """The smallest record of chains, walked bar by bar, at which time at risk over alarms is the run length."""
    moves, horizon = values - values.mean(), int(np.ceil(3 * run_length))
    begun = np.random.default_rng(7).integers(len(values), size=(-(-horizon // block), chains))
    rows = (begun[:, None, :] + np.arange(block)[None, :, None]).reshape(-1, chains)[:horizon] % len(values)
    largest = np.zeros((horizon, chains))
    for chain in range(chains):
        path = cusum.page_cusum(moves[rows[:, chain]], 0.25, np.inf)
        largest[:, chain] = np.maximum.accumulate(np.maximum(path.upper, path.lower))
    for threshold in np.unique(largest):
        passed = largest > threshold
        waited = np.where(passed.any(axis=0), passed.argmax(axis=0) + 1, horizon).sum()
        if waited >= run_length * passed.any(axis=0).sum() and threshold > 0:
            return float(threshold)
    raise AssertionError("no threshold")


@pytest.mark.parametrize("rounded", [False, True])
@pytest.mark.parametrize(
    ("run_length", "block", "chains"), [(50.0, 24, 30), (33.3, 7, 20), (20.0, 1, 15), (60.0, 12, 1)]
)
def test_threshold_is_the_smallest_record_that_waits_long_enough(
    run_length: float, block: int, chains: int, rounded: bool
) -> None:
    values = np.round(2 * NOISE) if rounded else NOISE
    found = cusum.threshold_for(values, 0.25, run_length, block=block, seed=7, chains=chains)
    wanted = smallest_threshold(values, run_length, block=block, chains=chains)
    assert found == pytest.approx(wanted, rel=1e-12)


def test_nothing_after_the_cut_matters() -> None:
    spoiled = np.concatenate([NOISE[:900], np.full(600, 50.0)])
    whole, cut = (cusum.page_cusum(values, 0.25, 4.0) for values in (NOISE, spoiled))
    assert_array_equal(whole.upper[:900], cut.upper[:900])
    assert_array_equal(whole.lower[:900], cut.lower[:900])
    before = [alarm for alarm in whole.alarms if alarm.row < 900]
    assert before
    assert before == [alarm for alarm in cut.alarms if alarm.row < 900]


def test_degenerate_inputs() -> None:
    assert cusum.page_cusum(np.empty(0), 0.5, 4.0).alarms == ()
    assert np.isnan(cusum.page_cusum(np.full(9, np.nan), 0.5, 4.0).upper).all()
    assert cusum.page_cusum(np.zeros(500), 0.5, 4.0).alarms == ()
    for values in (NOISE[:99], np.zeros(500), np.full(500, np.nan)):
        assert np.isnan(cusum.threshold_for(values, 0.5, 100, block=10, seed=1))
    with pytest.raises(ValueError, match="threshold"):
        cusum.page_cusum(NOISE, 0.5, 0.0)
    with pytest.raises(ValueError, match="run length"):
        cusum.threshold_for(NOISE, 0.5, 0.5, block=10, seed=1)
