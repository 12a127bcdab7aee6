"""The microprice against a chain whose answer is known, and against the average of what followed in a simulation."""

import numpy as np
import pytest

from analysis.features.microprice import (
    IMBALANCE_CLASSES,
    LEAST_MOVES,
    MicropriceModel,
    expected_moves,
)
from utils.binance_api.touch import Touch

TICK = 0.5


def quote(bid_ticks: int, share: float, spread: int = 1) -> Touch:
    bid = TICK * bid_ticks
    return Touch(bid, 10 * share, bid + TICK * spread, 10 * (1 - share))


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
    model = MicropriceModel(TICK)
    assert model.state_of(quote(100, 0.0)) == 0
    assert model.state_of(quote(100, 0.55)) == 5
    assert model.state_of(quote(100, 1.0)) == IMBALANCE_CLASSES - 1
    assert model.state_of(quote(100, 0.55, spread=2)) == IMBALANCE_CLASSES + 5
    assert model.state_of(quote(100, 0.55, spread=9)) == 2 * IMBALANCE_CLASSES + 5


def test_the_adjustment_is_what_the_mid_does_next_in_a_simulation() -> None:
    rng = np.random.default_rng(8)
    model, place, shares, moves = MicropriceModel(TICK), 1_000, [], []
    for _ in range(40_000):
        share = float(rng.choice([0.15, 0.5, 0.85]))
        model.add(quote(place, share))
        step = int(rng.random() < 0.2) * (1 if rng.random() < share else -1)
        place += step
        shares.append(share)
        moves.append(step)
    adjustments = model.adjustments
    assert adjustments is not None
    # the share is drawn anew each time, so only the move that follows at once depends on it ...
    for share in (0.15, 0.5, 0.85):
        followed = np.array(moves)[np.array(shares) == share].mean()
        found = adjustments[model.state_of(quote(0, share))]
        assert found == pytest.approx(followed, abs=0.02)
    # ... and mirrored states have mirrored adjustments
    assert adjustments[1] == pytest.approx(-adjustments[8])


def test_the_deviation_is_that_of_the_newest_quote_over_its_spread() -> None:
    model = MicropriceModel(TICK)
    for turn in range(2 * LEAST_MOVES):
        model.add(quote(1_000 + turn % 2, 0.15 if turn % 2 else 0.85))
    # a full bid is always followed by one tick up, a full ask by one down: six moves cancel
    assert model.deviation == pytest.approx(0.0)
    model.add(quote(1_000, 0.85, spread=2))
    assert model.deviation == 0.0
    model.lost()
    assert model.deviation is None


def test_the_estimate_is_renewed_as_moves_are_added() -> None:
    model = MicropriceModel(TICK)
    place = 1_000
    for turn in range(2_000):
        place += 1 if turn % 3 else -1
        model.add(quote(place, 0.85 if turn % 3 else 0.15))
    adjustments = model.adjustments
    assert adjustments is not None
    assert adjustments[8] == pytest.approx(-adjustments[1])
    assert model.deviation == pytest.approx(adjustments[model.state_of(quote(place, 0.85))])


def test_few_moves_give_no_estimate_and_lost_quotes_no_move() -> None:
    model = MicropriceModel(TICK)
    for place in range(LEAST_MOVES):
        model.add(quote(place, 0.5))
    assert model.moves == LEAST_MOVES - 1
    assert model.adjustments is None
    assert model.deviation is None
    model.lost()
    model.add(quote(500, 0.5))
    assert model.moves == LEAST_MOVES - 1
    model.add(quote(501, 0.5))
    assert model.adjustments is not None
