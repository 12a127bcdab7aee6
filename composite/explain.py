"""What each input adds to a raw score: terms of a sum, or exact Shapley values over groups and inside them.

The values add up to the raw score minus its value at the neutral input. Inside a group its value is shared in the
same way, by the order in which its members join while other groups are wholly there or wholly not (Owen 1977); the
members' values add up to the group's Shapley value.
"""

from math import factorial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from composite.game import ScoreGame
from composite.shapley import coalitions, shapley_values

Places = NDArray[np.intp]
AT_ONCE: Final = 200_000
"""Rows of all coalitions together that are computed in one go."""


def contributions(game: ScoreGame, rows: slice) -> Floats:
    """Return what every input adds in some rows (k, m); 0 for multipliers, missing values and rows without a score."""
    places = np.arange(game.values.shape[1])[rows]
    found = np.zeros_like(game.values[:, rows])
    block = max(1, AT_ONCE // _most_coalitions(game))
    for start in range(0, len(places), block):
        part = slice(start, start + block)
        found[:, part] = _additive(game, places[part]) if game.additive else _curved(game, places[part])
    return np.where(np.isfinite(game.values[:, rows]), np.nan_to_num(found), 0.0)


def _most_coalitions(game: ScoreGame) -> int:
    if game.additive:
        return len(game.values)
    groups = game.groups
    return int(2 ** (max(map(len, groups), default=0) + len(groups)))


def _additive(game: ScoreGame, rows: Places) -> Floats:
    """Return each input's term of a sum (k, m)."""
    alone = np.eye(len(game.values), dtype=np.bool_) & game.explained
    nobody = np.zeros((1, len(alone)), np.bool_)
    worths = _worths(game, np.vstack([alone, nobody]), rows)
    return np.asarray(worths[:-1] - worths[-1])


def _curved(game: ScoreGame, rows: Places) -> Floats:
    """Return the Owen value of every input (k, m)."""
    found, groups = np.zeros((len(game.values), len(rows))), game.groups
    for number, members in enumerate(groups):
        found[members] = _owen(game, members, groups[:number] + groups[number + 1 :], rows)
    return found


def _owen(game: ScoreGame, members: Places, others: tuple[Places, ...], rows: Places) -> Floats:
    """Return the Owen values (members, m) of one group's members."""
    inside, outside = coalitions(len(members)), coalitions(len(others))
    there = np.zeros((len(inside), len(outside), len(game.values)), np.bool_)
    there[:, :, members] = inside[:, None, :]
    for number, group in enumerate(others):
        there[:, :, group] = outside[:, number][None, :, None]
    worths = _worths(game, there.reshape(-1, len(game.values)), rows)
    values = shapley_values(worths.reshape(len(inside), len(outside), len(rows)))
    return np.asarray(np.tensordot(_order_shares(outside.sum(axis=1), len(others)), values, axes=(0, 1)))


def _order_shares(sizes: Places, others: int) -> Floats:
    """Return the share of all orders in which just those of a coalition of each size join before one group."""
    whole = factorial(others + 1)
    return np.array([factorial(size) * factorial(others - size) / whole for size in sizes.tolist()])


def _worths(game: ScoreGame, there: NDArray[np.bool_], rows: Places) -> Floats:
    """Return the raw score (c, m) of c coalitions: the inputs of ``there`` (c, k) as they are, others at neutral."""
    own, neutral = game.values[:, rows], game.neutral_values(rows)
    values = np.where(there.T[:, :, None], own[:, None, :], neutral[:, None, :])
    worths = game.worth(values.reshape(len(own), -1), np.tile(rows, len(there)))
    return worths.reshape(len(there), len(rows))
