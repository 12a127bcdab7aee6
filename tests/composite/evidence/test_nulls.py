"""Markets without anything to forecast: possible bars, volatility kept or not as each null says, seeds that decide."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.arrays import Floats
from composite.evidence.nulls import NULLS, random_walk, reversed_signal, shuffled_blocks, shuffled_signs
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars


def moving() -> Bars:
    """Bars with volatility that changes and a drift."""
    bars = walk_bars(3000, seed=4, drift=0.002)
    rate = 1 + np.sin(np.arange(3000) / 200) ** 2
    path = np.exp(np.cumsum(np.diff(np.log(bars.close), prepend=np.log(100.0)) * rate))
    scale = path / bars.close
    return replace(
        bars,
        **{name: getattr(bars, name) * scale for name in ("open", "high", "low", "close")},
        taker_base=0.7 * bars.volume,
        taker_quote=0.7 * bars.quote_volume,
    )


def moves(bars: Bars) -> Floats:
    return np.diff(np.log(bars.close))


@pytest.mark.parametrize("name", NULLS)
def test_bars_are_possible_at_the_same_times_and_seeded(name: str) -> None:
    bars = moving()
    found = NULLS[name](bars, 1)
    assert np.array_equal(found.open_time, bars.open_time)
    assert (found.low <= np.minimum(found.open, found.close) * (1 + 1e-12)).all()
    assert (found.high >= np.maximum(found.open, found.close) * (1 - 1e-12)).all()
    assert np.array_equal(NULLS[name](bars, 1).close, found.close)
    assert not np.array_equal(NULLS[name](bars, 2).close, found.close)


def test_a_random_walk_keeps_only_the_deviation() -> None:
    bars = moving()
    found = moves(random_walk(bars, 3))
    assert found.std() == pytest.approx(moves(bars).std(), rel=0.05)
    assert found.mean() == pytest.approx(0.0, abs=3 * found.std() / 3000**0.5)
    quiet, loud = np.abs(found[600:700]).mean(), np.abs(found[300:400]).mean()
    assert loud / quiet == pytest.approx(1.0, abs=0.4)


def test_signs_keep_sizes_and_lose_the_drift() -> None:
    bars = moving()
    found = shuffled_signs(bars, 3)
    assert np.abs(moves(found)) == pytest.approx(np.abs(moves(bars)), rel=1e-6)
    ours, theirs = (np.log(one.high / one.low)[1:] for one in (found, bars))
    assert ours == pytest.approx(theirs, rel=1e-6)
    assert abs(moves(found).mean()) < abs(moves(bars).mean()) / 2
    assert np.mean(found.taker_base / found.volume) == pytest.approx(0.5, abs=0.02)


def test_blocks_keep_runs_of_bars_with_their_volume() -> None:
    bars = moving()
    found = shuffled_blocks(bars, 3)
    before = {round(float(v), 9): row for row, v in enumerate(bars.volume)}
    rows = np.array([before[round(float(v), 9)] for v in found.volume])
    assert np.mean(np.diff(rows) == 1) == pytest.approx(1 - 1 / 50, abs=0.01)
    shape = moves(bars)[rows[1:] - 1]
    inside = rows[1:] > 0
    assert moves(found)[inside] == pytest.approx(shape[inside], abs=1e-9)


def test_a_reversed_signal_is_as_persistent() -> None:
    score = np.arange(6.0)[:, None]
    assert reversed_signal(score)[:, 0].tolist() == [5, 4, 3, 2, 1, 0]
