"""The microprice against a chain whose answer is known, and against the average of what followed in a simulation."""

import numpy as np
import pytest

from analysis.features.microprice import (
    IMBALANCE_CLASSES,
    LEAST_MOVES,
    expected_moves,
    imbalance_states,
    mid_adjustments,
)

TICK = 0.5


def test_expected_moves_of_a_chain_solved_by_hand() -> None:
    # from state 0: stays with 1/2, else moves +1 to state 1; from 1: stays with 3/4, else moves -1 to state 0
    stayed = np.array([[2.0, 0.0], [0.0, 3.0]])
    moved = np.array([[0.0, 2.0], [1.0, 0.0]])
    sums = np.array([2.0, -1.0])
    # every visit ends in one move, so G1 = (1, -1), and the chain alternates: 1 - 1 + 1 ...
    assert expected_moves(stayed, moved, sums, 1) == pytest.approx([1.0, -1.0])
    assert expected_moves(stayed, moved, sums, 2) == pytest.approx([0.0, 0.0])
    assert expected_moves(stayed, moved, sums, 3) == pytest.approx([1.0, -1.0])


def test_states_follow_imbalance_and_spread() -> None:
    bid_quantity = np.array([0.0, 5.5, 10.0, 5.5, 5.5, np.nan, 0.0])
    ask_quantity = np.array([10.0, 4.5, 0.0, 4.5, 4.5, np.nan, 0.0])
    ask = 50.0 + TICK * np.array([1, 1, 1, 2, 9, np.nan, 1])
    states = imbalance_states(np.full(7, 50.0), bid_quantity, ask, ask_quantity, TICK)
    assert states.tolist() == [0, 5, 9, IMBALANCE_CLASSES + 5, 2 * IMBALANCE_CLASSES + 5, 0, 0]


def test_the_adjustment_is_what_the_mid_does_next_in_a_simulation() -> None:
    rng = np.random.default_rng(8)
    share = rng.choice([0.15, 0.5, 0.85], 40_000)
    step = (rng.random(40_000) < 0.2) * np.where(rng.random(40_000) < share, 1, -1)
    mid = TICK * (1_000 + np.concatenate([[0], np.cumsum(step[:-1])]))
    states = imbalance_states(mid - TICK / 2, share, mid + TICK / 2, 1 - share, TICK)
    found = mid_adjustments(states, mid, TICK)
    assert found is not None
    # shares are drawn anew each time, so a state differs from the others by the first move alone
    for one, row in ((0.15, 1), (0.5, 5), (0.85, 8)):
        assert found[row] == pytest.approx(step[share == one].mean(), abs=0.02)
    assert found[1] == pytest.approx(-found[8])


def test_few_moves_give_no_estimate_and_an_unknown_mid_is_no_move() -> None:
    mid = TICK * np.arange(LEAST_MOVES + 1.0)
    states = np.zeros(LEAST_MOVES + 1, np.intp)
    assert mid_adjustments(states, mid, TICK) is not None
    mid[50] = np.nan
    assert mid_adjustments(states, mid, TICK) is None
