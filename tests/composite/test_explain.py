"""Contributions of the scores that are no sum, against every order in which inputs can join."""

from itertools import permutations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from analysis.arrays import Floats
from composite.defaults import default_specs
from composite.explain import contributions
from composite.game import ScoreGame
from tests.composite.panels import random_panel, scored

CURVED = ("buy_opportunity", "risk_exposure", "anomaly_alert")
ROWS = 4


def game_of(name: str, seed: int, holes: float) -> ScoreGame:
    spec = default_specs()[name].changed(min_coverage=0.0, min_groups=0, gates=())
    return scored(spec, random_panel(spec.scalars(), ROWS, seed, holes=holes)).game


def worth(game: ScoreGame, there: list[int]) -> Floats:
    """The raw score with these inputs as they are, what else is known at neutral."""
    values = game.values.copy()
    for place in np.flatnonzero(game.explained):
        if place not in there:
            values[place] = np.where(np.isfinite(values[place]), game.neutral, np.nan)
    return game.worth(values, slice(None))


def by_every_order(game: ScoreGame) -> Floats:
    """What each input adds to those before it, averaged over the orders that keep groups together."""
    found, orders = np.zeros_like(game.values), 0
    for groups in permutations(game.groups):
        for order in inside(list(groups)):
            joined: list[int] = []
            for place in order:
                before = worth(game, joined)
                joined = [*joined, place]
                found[place] += worth(game, joined) - before
            orders += 1
    return found / orders


def inside(groups: list[NDArray[np.intp]]) -> list[list[int]]:
    if not groups:
        return [[]]
    rest = inside(groups[1:])
    return [[*first, *later] for first in permutations(groups[0].tolist()) for later in rest]


@pytest.mark.parametrize("name", CURVED)
@pytest.mark.parametrize("holes", [0.0, 0.2])
def test_contributions_are_the_mean_over_every_order_of_joining(name: str, holes: float) -> None:
    game = game_of(name, 5, holes)
    expected, found = by_every_order(game), contributions(game, slice(None))
    known = np.isfinite(game.raw())
    assert known.any()
    assert_allclose(found[:, known], expected[:, known], rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", CURVED)
def test_a_group_gets_its_shapley_value(name: str) -> None:
    game = game_of(name, 6, 0.0)
    groups, found = game.groups, contributions(game, slice(None))
    expected, orders = np.zeros((len(groups), ROWS)), list(permutations(range(len(groups))))
    for order in orders:
        joined: list[int] = []
        for number in order:
            before = worth(game, joined)
            joined = [*joined, *groups[number].tolist()]
            expected[number] += worth(game, joined) - before
    sums = np.array([found[members].sum(axis=0) for members in groups])
    assert_allclose(sums, expected / len(orders), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["trend_strength", "macro_sentiment", "liquidity_pressure"])
def test_a_score_that_is_a_sum_gives_each_input_its_term(name: str) -> None:
    game = game_of(name, 7, 0.2)
    known = np.isfinite(game.raw())
    expected = by_every_order(game)
    assert_allclose(contributions(game, slice(None))[:, known], expected[:, known], rtol=0, atol=1e-12)


def test_multipliers_add_nothing() -> None:
    game = game_of("buy_opportunity", 8, 0.0)
    assert not contributions(game, slice(None))[~game.explained].any()
    assert (~game.explained).any()
