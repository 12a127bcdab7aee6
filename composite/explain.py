"""What each input adds to a raw score: terms of a sum, or exact Shapley values over groups and inside them.

The values add up to the raw score minus its value at the neutral input. Inside a group its value is shared in the
same way, by the order in which its members join while other groups are wholly there or wholly not (Owen 1977); the
members' values add up to the group's Shapley value.
"""

from math import factorial

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from composite.game import ScoreGame
from composite.shapley import coalitions, shapley_values

Places = NDArray[np.intp]


def contributions(game: ScoreGame, rows: slice) -> Floats:
    """Return what every input adds in some rows (k, m); 0 for multipliers, missing values and rows without a score."""
    found = np.zeros_like(game.values[:, rows])
    if game.additive:
        base = game.at_neutral(rows)
        for place in np.flatnonzero(game.explained):
            found[place] = _worth_with(game, np.array([place]), rows) - base
    else:
        groups = game.groups
        for number, members in enumerate(groups):
            found[members] = _owen(game, members, groups[:number] + groups[number + 1 :], rows)
    return np.where(np.isfinite(game.values[:, rows]), np.nan_to_num(found), 0.0)


def _owen(game: ScoreGame, members: Places, others: tuple[Places, ...], rows: slice) -> Floats:
    """Return the Owen values (members, m) of one group's members."""
    inside, outside = coalitions(len(members)), coalitions(len(others))
    worth = np.array(
        [
            [_worth_with(game, _joined(members[mine], others, theirs), rows) for theirs in outside]
            for mine in inside
        ]
    )
    values = shapley_values(worth)
    return np.asarray(np.tensordot(_order_shares(outside.sum(axis=1), len(others)), values, axes=(0, 1)))


def _joined(mine: Places, others: tuple[Places, ...], theirs: NDArray[np.bool_]) -> Places:
    return np.concatenate([mine, *(group for group, there in zip(others, theirs, strict=True) if there)])


def _order_shares(sizes: NDArray[np.intp], others: int) -> Floats:
    """Return the share of all orders in which just those of a coalition of each size join before one group."""
    whole = factorial(others + 1)
    return np.array([factorial(size) * factorial(others - size) / whole for size in sizes.tolist()])


def _worth_with(game: ScoreGame, places: Places, rows: slice) -> Floats:
    """Return the raw score of some rows with just these inputs as they are, all others at neutral."""
    values = game.neutral_values(rows)
    values[places] = game.values[places, rows]
    return game.worth(values, rows)
