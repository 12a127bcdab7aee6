"""Warping: the sign of the lag, the band, and what has none."""

import numpy as np
import pytest
from dtaidistance import dtw

from analysis.features.time_warping import warping


def path(rows: int = 300) -> np.ndarray:
    return np.cumsum(np.random.default_rng(3).standard_normal(rows + 10))


def test_x_leads_y_by_two_is_plus_two() -> None:
    walk = path()
    found = warping(walk[5:200], walk[3:198], 10)
    assert found is not None
    assert found.lag == pytest.approx(2.0, abs=0.2)
    back = warping(walk[3:198], walk[5:200], 10)
    assert back is not None
    assert back.lag == pytest.approx(-2.0, abs=0.2)


def test_the_distance_is_that_of_the_plain_recursion_inside_the_band() -> None:
    walk, radius = path(60), 4
    left, right = walk[:60], walk[5:65] ** 2
    found = warping(left, right, radius)
    x, y = ((one - one.mean()) / one.std() for one in (left, right))
    cost = np.full((61, 61), np.inf)
    cost[0, 0] = 0.0
    for i in range(60):
        for j in range(max(0, i - radius), min(60, i + radius + 1)):
            cost[i + 1, j + 1] = (x[i] - y[j]) ** 2 + min(cost[i, j], cost[i, j + 1], cost[i + 1, j])
    assert found is not None
    assert found.distance == pytest.approx(np.sqrt(cost[-1, -1]))
    assert found.distance == pytest.approx(dtw.distance(x, y, window=radius + 1))


def test_units_do_not_matter_and_integers_are_read() -> None:
    walk = path()
    other = walk[::-1].copy()
    plain, scaled = warping(walk, other, 10), warping(walk, 1000 * other + 7, 10)
    assert plain is not None
    assert scaled is not None
    assert (scaled.distance, scaled.lag) == pytest.approx((plain.distance, plain.lag))
    counts = np.arange(50)
    assert warping(counts, counts**2, 5) is not None  # type: ignore[arg-type]


def test_holes_and_constants_have_none() -> None:
    walk = path()
    holed = walk.copy()
    holed[7] = np.nan
    assert warping(holed, walk, 10) is None
    assert warping(np.ones_like(walk), walk, 10) is None
