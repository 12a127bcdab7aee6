"""Correlation without a grid: by hand, against the double sum, unbiased where a grid is not, and who leads."""

import numpy as np
import pytest

from analysis.features.hayashi_yoshida import (
    TickPath,
    common_span,
    correlation,
    covariance,
    lead_probability,
    tick_lead,
    tick_path,
)

RNG = np.random.default_rng(4)


def double_sum(first: TickPath, second: TickPath, lag: int) -> float:
    total = 0.0
    for i in range(1, len(first.time)):
        for j in range(1, len(second.time)):
            start = max(first.time[i - 1] + lag, second.time[j - 1])
            if start < min(first.time[i] + lag, second.time[j]):
                total += (first.value[i] - first.value[i - 1]) * (second.value[j] - second.value[j - 1])
    return total


def seen(path: np.ndarray, share: float) -> TickPath:
    """A path per ms that is seen at random moments."""
    time = np.flatnonzero(RNG.uniform(size=len(path)) < share)
    return TickPath(time.astype(np.int64), path[time])


@pytest.mark.parametrize("lag", [-40, -3, 0, 5, 1000])
def test_it_is_the_sum_over_overlapping_intervals(lag: int) -> None:
    first, second = (seen(np.cumsum(RNG.standard_normal(400)), 0.15) for _ in range(2))
    assert covariance(first, second, lag) == pytest.approx(double_sum(first, second, lag))


def test_it_is_not_pulled_to_zero_by_rare_ticks() -> None:
    common = RNG.standard_normal(60_000)
    paths = [np.cumsum(0.8 * common + 0.6 * RNG.standard_normal(60_000)) for _ in range(2)]
    first, second = seen(paths[0], 0.05), seen(paths[1], 0.02)
    assert correlation(first, second) == pytest.approx(0.64 * np.sqrt(1), abs=0.08)
    grid = np.arange(0, 60_000, 10)
    last = [one.value[np.searchsorted(one.time, grid[200:], side="right") - 1] for one in (first, second)]
    assert np.corrcoef(np.diff(last[0]), np.diff(last[1]))[0, 1] < 0.3


def test_x_leads_y_by_twenty_is_plus_twenty() -> None:
    steps = RNG.standard_normal(40_000)
    walk = np.cumsum(steps)
    leader, follower = seen(walk, 0.3), seen(np.roll(walk, 20)[20:], 0.3)
    follower = TickPath(follower.time + 20, follower.value)
    found = tick_lead(leader, follower, np.arange(-60, 61, 10))
    assert found is not None
    assert found.lag == 20
    assert found.at_lag > found.together


def test_one_price_a_moment_and_none_that_never_moves() -> None:
    path = tick_path(np.array([1, 1, 2, 5]), np.array([1.0, 2.0, 2.0, 4.0]))
    assert path.time.tolist() == [1, 2, 5]
    np.testing.assert_allclose(np.exp(path.value), [2.0, 2.0, 4.0])
    flat = TickPath(np.arange(5), np.zeros(5))
    assert tick_lead(path, flat, np.array([0])) is None


def test_chance_tells_linked_paths_from_others() -> None:
    lags, steps = np.arange(-60, 61, 20), RNG.standard_normal(20_000)
    walk = np.cumsum(steps)
    leader, follower = seen(walk, 0.1), seen(walk, 0.1)
    assert lead_probability(leader, follower, lags, 99, 1) == pytest.approx(0.01)
    unlinked = []
    for _ in range(60):
        first, second = (seen(np.cumsum(RNG.standard_normal(2_000)), 0.2) for _ in range(2))
        unlinked.append(lead_probability(first, second, lags, 49, 1))
    assert np.mean(np.array(unlinked) <= 0.1) <= 0.25
    assert 0.35 < np.mean(unlinked) < 0.65


def test_chance_of_a_path_that_rests_is_unknown() -> None:
    path = seen(np.cumsum(RNG.standard_normal(500)), 0.3)
    assert np.isnan(lead_probability(path, TickPath(np.arange(5), np.zeros(5)), np.array([0]), 9, 1))


def test_the_common_span_begins_with_the_later_path() -> None:
    long, short = TickPath(np.array([0, 4, 9, 20]), np.arange(4.0)), TickPath(np.array([8, 30]), np.zeros(2))
    first, second = common_span(long, short)
    assert first.time.tolist() == [4, 9, 20]
    assert second.time.tolist() == [8, 30]
