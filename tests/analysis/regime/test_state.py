"""The labels of module B: each holds until the value has left its band, replayed over a fixed number of rows."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from analysis.arrays import Floats
from analysis.regime.labels import CALM, NORMAL, STRESSED
from analysis.regime.state import last_state, state_rows, stress_level, with_hysteresis
from config.c_volat import VolatilityConfig


def test_stress_level_is_the_mean_of_rank_and_late_chance() -> None:
    rank, chance = np.array([0.2, 0.4, 0.6, 0.8]), np.array([np.nan, 1.0, 0.0, 0.5])
    np.testing.assert_allclose(stress_level(rank, chance, 2), [0.2, 0.4, 0.55, 0.525])


def test_states_hold_until_the_level_has_left_their_band() -> None:
    level = np.array([0.5, 0.81, 0.65, 0.59, 0.7, 0.19, 0.3, 0.36, 0.3])
    config = VolatilityConfig(replay_bars=1)
    assert last_state(level[:2], config) == STRESSED
    config = VolatilityConfig(replay_bars=9)
    tail = [last_state(np.concatenate([np.full(9, 0.5), level[: k + 1]]), config) for k in range(len(level))]
    held = [NORMAL, STRESSED, STRESSED, NORMAL, NORMAL, CALM, CALM, NORMAL, NORMAL]
    assert tail == held
    stressed, calm = state_rows(np.random.default_rng(1).uniform(size=500), config)
    assert not np.any((stressed == 1) & (calm == 1))


def replayed(p: Floats, enter: float, leave: float, bars: int) -> Floats:
    """The label by its definition, row by row."""
    found = np.full(len(p), np.nan)
    for row in range(bars - 1, len(p)):
        window = p[row - bars + 1 : row + 1]
        known = window[np.isfinite(window)]
        if not np.isfinite(p[row]):
            continue
        state = known[0] >= (enter + leave) / 2
        for value in known:
            state = True if value >= enter else False if value <= leave else state
        found[row] = state
    return found


@pytest.mark.parametrize("bars", [1, 7, 40])
@pytest.mark.parametrize("holes", [0, 25])
def test_label_equals_the_replay(bars: int, holes: int) -> None:
    rng = np.random.default_rng(bars)
    p = 0.5 + np.cumsum(rng.normal(0, 0.004, 400)) * 0.5
    p[rng.integers(0, 400, holes)] = np.nan
    assert_array_equal(with_hysteresis(p, 0.51, 0.49, bars), replayed(p, 0.51, 0.49, bars))


def test_label_needs_only_its_bars_and_keeps_between_the_thresholds() -> None:
    p = np.array([0.6, 0.5, 0.5, 0.4, 0.5, 0.5, 0.5, 0.5])
    assert with_hysteresis(p, 0.55, 0.45, 3)[2:].tolist() == [1, 0, 0, 0, 1, 1]
    assert_array_equal(with_hysteresis(p[3:], 0.55, 0.45, 3)[2:], with_hysteresis(p, 0.55, 0.45, 3)[5:])
    assert len(with_hysteresis(p[:0], 0.55, 0.45, 3)) == 0


@pytest.mark.parametrize(("enter", "leave", "bars"), [(0.4, 0.6, 5), (0.6, 0.4, 0)])
def test_a_label_without_sense_is_refused(enter: float, leave: float, bars: int) -> None:
    with pytest.raises(ValueError, match="label"):
        with_hysteresis(np.array([0.5]), enter, leave, bars)
