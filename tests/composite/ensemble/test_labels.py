"""Labels by their definition, bar by bar."""

import numpy as np
import pytest

from analysis.arrays import Floats
from composite.ensemble.labels import net_return, turbulence

DAY = 86_400_000
STEP = 3_600_000


def walk(n: int, seed: int) -> Floats:
    return np.asarray(np.exp(np.cumsum(0.01 * np.random.default_rng(seed).standard_normal(n))))


def test_a_gain_is_entered_at_the_next_open_and_pays_both_fees() -> None:
    price, time = walk(40, 1), STEP * np.arange(40, dtype=np.int64)
    found = net_return(time, price, STEP, 4, fee_bps=10.0)
    for row in range(40):
        if row + 5 > 39:
            assert np.isnan(found.y[row])
            assert np.isnan(found.forward[row])
            assert found.until[row] == 0
        else:
            net = np.log(price[row + 5] / price[row + 1]) + 2 * np.log(0.999)
            assert found.forward[row] == pytest.approx(net, abs=1e-12)
            assert found.y[row] == (net > 0)
            assert found.until[row] == time[row + 5]


def test_a_missing_bar_leaves_the_rows_before_it_without_outcome() -> None:
    time = STEP * np.delete(np.arange(41, dtype=np.int64), 20)
    found = net_return(time, walk(40, 2), STEP, 4, fee_bps=10.0)
    assert np.flatnonzero(np.isnan(found.y)).tolist() == [*range(15, 20), *range(35, 40)]


def test_too_few_bars_have_no_outcome() -> None:
    time = STEP * np.arange(3, dtype=np.int64)
    assert np.isnan(net_return(time, walk(3, 3), STEP, 4, fee_bps=10.0).y).all()
    assert np.isnan(turbulence(time, walk(3, 3), STEP, 4).y).all()


def test_turbulence_is_judged_by_the_year_that_has_ended() -> None:
    n, bars = 600, 3
    price, time = walk(n, 4), DAY * np.arange(n, dtype=np.int64)
    found = turbulence(time, price, DAY, bars)
    squares = np.log(price[1:] / price[:-1]) ** 2
    ended = np.array([squares[k - bars : k].sum() if k >= bars else np.nan for k in range(n)])
    for row in range(n):
        past = ended[max(0, row - 364) : row + 1]
        known = np.isfinite(past).sum() >= 90 and row + bars < n
        assert np.isfinite(found.y[row]) == known
        if known:
            ahead = squares[row : row + bars].sum()
            assert found.forward[row] == pytest.approx(ahead)
            assert found.y[row] == (ahead > np.nanquantile(past, 0.8))
            assert found.until[row] == time[row + bars] + DAY
    assert 0.1 < np.nanmean(found.y) < 0.3


def test_an_outcome_reads_nothing_after_its_end() -> None:
    n = 400
    time = DAY * np.arange(n, dtype=np.int64)
    price, spoiled = walk(n, 5), walk(n, 5)
    spoiled[301:] = 1e6
    gains = [net_return(time, one, DAY, 5, fee_bps=10.0) for one in (price, spoiled)]
    for before, after in (gains, [turbulence(time, one, DAY, 5) for one in (price, spoiled)]):
        held = (before.until > 0) & (before.until <= time[300])
        assert held.sum() > 100
        assert np.array_equal(before.y[held], after.y[held])
