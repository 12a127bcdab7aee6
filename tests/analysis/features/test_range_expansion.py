"""The range expansion index against a loop that spells DeMark's rule out bar by bar, and by hand."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from analysis.arrays import Floats
from analysis.features.look_backs import REI_MIN_BARS
from analysis.features.range_expansion import range_expansion_index
from tests.support.recorded import walk_bars

BARS = walk_bars(400, seed=3)
HIGH, LOW, CLOSE = BARS.high, BARS.low, BARS.close


def ago(prices: Floats, t: int) -> Callable[[int], float]:
    return lambda bars: float(prices[t - bars])


def by_loop(end: int) -> tuple[float, int]:
    top = bottom = 0.0
    silent = 0
    for t in range(end - 7, end + 1):
        h, l_, c = (ago(x, t) for x in (HIGH, LOW, CLOSE))
        off = (h(2) < c(7) and h(2) < c(8) and h(0) < h(5) and h(0) < h(6)) or (
            l_(2) > c(7) and l_(2) > c(8) and l_(0) > l_(5) and l_(0) > l_(6)
        )
        silent += off
        top += 0.0 if off else (h(0) - h(2)) + (l_(0) - l_(2))
        bottom += abs(h(0) - h(2)) + abs(l_(0) - l_(2))
    return 100 * top / bottom, silent


def test_equals_a_loop_over_the_rule() -> None:
    ours = range_expansion_index(HIGH, LOW, CLOSE)
    assert np.isnan(ours[: REI_MIN_BARS - 1]).all()
    found = [by_loop(end) for end in range(REI_MIN_BARS - 1, 400)]
    np.testing.assert_allclose(ours[REI_MIN_BARS - 1 :], [value for value, _ in found], rtol=1e-9, atol=1e-9)
    assert sum(silent for _, silent in found) > 100  # the silent branch was walked
    assert np.abs(ours[REI_MIN_BARS - 1 :]).max() <= 100


def test_by_hand() -> None:
    close = np.full(20, 10.0)
    high, low = np.full(20, 11.0), np.full(20, 9.0)
    high[19], low[19] = 14.0, 10.0  # +3 and +1, every other bar stands still; low is not above both closes
    assert range_expansion_index(high, low, close)[19] == 100
    low[19], high[18] = 8.0, 12.0  # +3 and -1; the bar before moves +1
    assert range_expansion_index(high, low, close)[19] == pytest.approx(100 * (3 - 1 + 1) / (3 + 1 + 1))


def test_a_steep_rise_that_left_its_past_behind_is_silent() -> None:
    line = 100 + 5 * np.arange(40.0)
    assert range_expansion_index(line + 1, line - 1, line)[-1] == 0


def test_rows_before_the_cut_ignore_what_follows() -> None:
    cut = 200
    garbage = [np.concatenate([x[:cut], np.full(200, 1e9)]) for x in (HIGH, LOW, CLOSE)]
    assert_array_equal(range_expansion_index(*garbage)[:cut], range_expansion_index(HIGH, LOW, CLOSE)[:cut])


@pytest.mark.parametrize("column", [0, 1, 2])
def test_a_gap_is_missing_and_passes(column: int) -> None:
    columns = [HIGH.copy(), LOW.copy(), CLOSE.copy()]
    columns[column][100] = np.nan
    index = range_expansion_index(*columns)
    assert np.isnan(index[108:114]).all()
    assert np.isfinite(index[15:100]).all()
    assert np.isfinite(index[116:]).all()


def test_still_and_short_series_are_missing() -> None:
    still = np.full(40, 3.0)
    assert np.isnan(range_expansion_index(still, still, still)).all()
    assert np.isnan(range_expansion_index(HIGH[:15], LOW[:15], CLOSE[:15])).all()
    assert len(range_expansion_index(HIGH[:0], LOW[:0], CLOSE[:0])) == 0
