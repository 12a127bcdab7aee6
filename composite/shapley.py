"""Exact Shapley values (1953): what each of a few players adds, averaged over every order in which they can join.

For composites a player is a group of inputs. A coalition's worth is the score with its groups as they are and all
others at their neutral input, so the values add up to the score minus its neutral value.
"""

from math import factorial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats

MOST_PLAYERS: Final = 12
"""2^12 coalitions; more are refused."""


def coalitions(players: int) -> NDArray[np.bool_]:
    """Return who belongs to each coalition, (2^players, players); row c holds player p where bit p of c is set.

    ``ValueError`` for more than 12 players.
    """
    if not 0 <= players <= MOST_PLAYERS:
        raise ValueError(f"expected at most {MOST_PLAYERS} players, not {players}")
    return np.asarray((np.arange(2**players)[:, None] >> np.arange(players)) % 2 == 1)


def shapley_values(worth: Floats) -> Floats:
    """Return each player's value (players, ...) from the ``worth`` (2^players, ...) of every coalition.

    Rows are ordered as `coalitions` orders them: the first is nobody, the last everybody. Further axes are rows that
    are explained independently. The values add up to the last worth minus the first.
    """
    players = len(worth).bit_length() - 1
    if len(worth) != 2**players:
        raise ValueError(f"expected the worth of 2^n coalitions, not of {len(worth)}")
    member = coalitions(players)
    share = _shares(players)[member.sum(axis=1)]
    found = np.empty((players, *worth.shape[1:]))
    for player in range(players):
        without = np.flatnonzero(~member[:, player])
        found[player] = np.tensordot(share[without], worth[without | 1 << player] - worth[without], axes=1)
    return found


def _shares(players: int) -> Floats:
    """Return by size of a coalition (players + 1) the share of orders in which just its members stand before one."""
    orders = [factorial(size) * factorial(players - size - 1) / factorial(players) for size in range(players)]
    return np.array([*orders, 0.0])
