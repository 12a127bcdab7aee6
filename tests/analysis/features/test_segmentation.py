"""Segments against an exhaustive search, and what was known against what hindsight says."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.arrays import Floats
from analysis.features.segmentation import (
    LEAST_NOISE,
    in_hindsight,
    recent_strength,
    scaled_returns,
    segments,
)


def squared_error(y: Floats) -> float:
    """Of numpy's own line."""
    x = np.arange(len(y))
    return float(((y - np.polyval(np.polyfit(x, y, 1), x)) ** 2).sum())


def exhaustive(path: Floats, penalty: float, shortest: int) -> tuple[int, ...]:
    """The starts of the cheapest segments, every combination tried."""
    rows, best = len(path), np.inf
    found: tuple[int, ...] = (0,)
    for count in range(rows // shortest):
        for cuts in combinations(range(shortest, rows - shortest + 1), count):
            edges = (0, *cuts, rows)
            if min(np.diff(edges)) < shortest:
                continue
            pieces = pairwise(edges)
            cost = penalty * count + sum(squared_error(path[a:b]) for a, b in pieces)
            if cost < best:
                best, found = cost, edges[:-1]
    return found


def starts(path: Floats, penalty: float, shortest: int) -> tuple[int, ...]:
    """The starts by the pass, read back from its end."""
    found, stop, edges = segments(path, penalty, shortest, 99).start[0], len(path), []
    while stop > 0:
        stop = int(found[stop - 1])
        edges.append(stop)
    return tuple(edges[::-1])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("penalty", [0.5, 4.0])
def test_the_segments_are_the_cheapest(seed: int, penalty: float) -> None:
    path = np.cumsum(np.random.default_rng(seed).standard_normal(22))
    assert starts(path, penalty, 4) == exhaustive(path, penalty, 4)


def bent(noise: float = 0.3) -> Floats:
    """Flat for 100 rows, rising by 1 a row for 60, flat again for 90."""
    drift = np.concatenate([np.zeros(100), np.ones(60), np.zeros(90)])
    return np.cumsum(drift) + noise * np.random.default_rng(1).standard_normal(250)


def test_strength_is_the_drift_over_the_noise_of_numpys_line() -> None:
    path = bent()
    found = segments(path, 20.0)
    begin = int(found.start[0, 150])
    inside = path[begin : 150 + 1]
    x = np.arange(len(inside))
    slope, level = np.polyfit(x, inside, 1)
    noise = np.sqrt(np.mean((inside - level - slope * x) ** 2))
    assert abs(begin - 100) <= 2
    assert found.strength[0, 150] == pytest.approx(abs(slope) * len(inside) / noise, rel=1e-6)
    exact = segments(np.arange(40.0), 5.0)
    assert exact.strength[0, -1] == pytest.approx(40 / LEAST_NOISE)


def test_hindsight_finds_the_rise_from_its_first_row_and_the_pass_only_later() -> None:
    found = segments(bent(), 20.0)
    strength, last = in_hindsight(found)
    trend = np.flatnonzero(strength > 10)
    assert abs(int(trend[0]) - 100) <= 2
    assert abs(int(trend[-1]) - 159) <= 2
    assert set(last[trend].tolist()) == {int(trend[-1])}
    assert found.strength[0, 104] < 10


def test_a_row_knows_nothing_of_what_follows() -> None:
    path = bent()
    spoiled = np.concatenate([path[:140], 1e3 * np.resize([1.0, -1.0], 110)])
    left, right = segments(path, 20.0), segments(spoiled, 20.0)
    assert_array_equal(left.start[:, :140], right.start[:, :140])
    assert_array_equal(left.strength[:, :140], right.strength[:, :140])


def test_paths_side_by_side_are_as_alone() -> None:
    paths = np.stack([bent(), bent(2.0), -bent()])
    together = recent_strength(segments(paths, 20.0), 20)
    for row, path in enumerate(paths):
        assert_allclose(together[row], recent_strength(segments(path, 20.0), 20)[0])


def test_recent_strength_is_the_mean_over_the_segments_of_the_last_rows() -> None:
    found, row, bars = segments(bent(), 20.0), 120, 40
    total, stop, left = 0.0, row, bars
    while left:
        begin = int(found.start[0, stop])
        inside = min(left, stop - begin + 1)
        total += inside * float(np.log1p(found.strength[0, stop]))
        stop, left = begin - 1, left - inside
    assert recent_strength(found, bars)[0, row] == pytest.approx(total / bars)
    assert np.isnan(recent_strength(found, bars)[0, : bars - 1]).all()


def test_returns_are_scaled_by_those_before_them() -> None:
    price = np.cumsum(0.01 * np.random.default_rng(3).standard_normal(700))
    found, steps = scaled_returns(price), np.diff(price, prepend=np.nan)
    assert np.isnan(found[:51]).all()
    assert np.isfinite(found[51:]).all()
    assert found[60] == pytest.approx(steps[60] / np.sqrt(np.mean(steps[1:60] ** 2)))
    assert found[690] == pytest.approx(steps[690] / np.sqrt(np.mean(steps[190:690] ** 2)))
    jump = price + np.where(np.arange(700) >= 600, 5.0, 0.0)
    assert scaled_returns(jump)[600] == 10
    assert np.isnan(scaled_returns(np.zeros(100))).all()
