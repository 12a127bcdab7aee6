"""Caps and smallest positions by hand and by property."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.features.weight_limits import capped, without_small


def test_the_cut_goes_to_the_others_in_proportion() -> None:
    np.testing.assert_allclose(capped(np.array([0.7, 0.2, 0.1]), 0.5), [0.5, 1 / 3, 1 / 6])
    np.testing.assert_allclose(capped(np.array([0.7, 0.25, 0.05]), 0.45), [0.45, 0.45, 0.1])


def test_a_cap_without_room_leaves_cash() -> None:
    np.testing.assert_allclose(capped(np.array([0.7, 0.3]), 0.4), [0.4, 0.4])
    np.testing.assert_allclose(capped(np.array([1.0]), 0.4), [0.4])
    np.testing.assert_allclose(capped(np.array([1.0, 0.0]), 0.4), [0.4, 0.0])


def test_small_positions_are_given_up_one_by_one() -> None:
    found = without_small(np.array([0.6, 0.3, 0.06, 0.04]), 0.06, 1.0)
    assert found[3] == 0.0
    np.testing.assert_allclose(found[:3], np.array([0.6, 0.3, 0.06]) / 0.96)
    np.testing.assert_allclose(without_small(np.array([0.6, 0.4]), 0.9, 1.0), [1.0, 0.0])
    np.testing.assert_allclose(without_small(np.array([1.0]), 0.9, 0.5), [0.5])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=12), st.floats(0.05, 1.0), st.floats(0.0, 0.2))
def test_bounds_hold_and_nothing_is_lost(parts: list[float], cap: float, smallest: float) -> None:
    weights = np.array(parts) / sum(parts)
    found = without_small(weights, smallest, cap)
    assert (found >= 0).all()
    assert (found <= cap * (1 + 1e-12)).all()
    held = found[found > 0]
    assert len(held) == 1 or (held >= smallest).all()
    assert found.sum() == pytest.approx(min(1.0, cap * len(held)), abs=1e-9)
