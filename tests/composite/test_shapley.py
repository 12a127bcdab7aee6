"""Shapley values against every order of joining, and what defines them."""

from itertools import permutations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.arrays import Floats
from composite.shapley import coalitions, shapley_values


def by_orders(worth: Floats, players: int) -> Floats:
    """The definition: what each adds to those before it, averaged over all orders."""
    found = np.zeros((players, *worth.shape[1:]))
    orders = list(permutations(range(players)))
    for order in orders:
        joined = 0
        for player in order:
            found[player] += worth[joined | 1 << player] - worth[joined]
            joined |= 1 << player
    return found / len(orders)


@pytest.mark.parametrize("players", [1, 2, 3, 4, 5, 6])
def test_values_are_the_mean_over_every_order(players: int) -> None:
    worth = np.random.default_rng(players).standard_normal((2**players, 7))
    found = shapley_values(worth)
    assert_allclose(found, by_orders(worth, players), atol=1e-13)
    assert_allclose(found.sum(axis=0), worth[-1] - worth[0], rtol=0, atol=1e-12)


def test_a_sum_gives_each_its_own_term_and_who_adds_nothing_nothing() -> None:
    own = np.array([0.3, -0.2, 0.0, 0.7])
    found = shapley_values(coalitions(4) @ own)
    assert_allclose(found, own, atol=1e-15)
    assert found[2] == pytest.approx(0.0, abs=1e-16)


def test_the_split_of_a_geometric_mean_depends_on_the_neutral_input() -> None:
    """sqrt(a b) at (0.8, 0.2): halves against zero, +0.108 and -0.208 against 0.5."""

    def split(neutral: float) -> Floats:
        inputs = np.where(coalitions(2), [0.8, 0.2], neutral)
        return shapley_values(np.sqrt(inputs.prod(axis=1)))

    assert_allclose(split(0.0), [0.2, 0.2], atol=1e-12)
    assert_allclose(split(0.5), [0.10811, -0.20811], atol=1e-5)


def test_coalitions_are_bits_and_nobody_is_worth_nothing() -> None:
    assert_array_equal(coalitions(2), [[False, False], [True, False], [False, True], [True, True]])
    assert shapley_values(np.array([3.0])).shape == (0,)


def test_what_is_no_game_is_refused() -> None:
    with pytest.raises(ValueError, match="coalitions"):
        shapley_values(np.zeros(3))
    with pytest.raises(ValueError, match="coalitions"):
        shapley_values(np.zeros(0))
    with pytest.raises(ValueError, match="13"):
        coalitions(13)
