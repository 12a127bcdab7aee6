"""Weights that minimise w' Q w / 2 + c' w between bounds with a fixed sum: a primal active-set method, verified.

General-purpose solvers report success with wrong weights on daily variances, and with their starting point on hourly
ones. Here the objective is scaled, and the answer is taken only where the conditions of Karush, Kuhn and Tucker hold:
no money can be moved from one asset to another at a gain. Nocedal and Wright (2006), algorithm 16.3.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats

TOLERANCE: Final = 1e-9
"""Largest gain, of the scaled objective per unit moved, that is left."""
_RIDGE: Final = 1e-11
"""Added to the scaled diagonal, so that equal assets have one solution."""
_EDGE: Final = 1e-12


def bounded_minimum(
    quadratic: Floats, linear: Floats, lower: Floats, upper: Floats, total: float = 1.0
) -> Floats:
    """Return the weights (k) from a positive semidefinite ``quadratic`` (k, k) and ``linear`` (k).

    ``ValueError`` where no weights fit the bounds (k each); ``ArithmeticError`` where the result is no minimum.
    """
    start = _feasible(lower, upper, total)
    scale = max(float(np.abs(np.diag(quadratic)).mean()), float(np.abs(linear).max(initial=0.0)))
    if scale == 0:
        return start
    q = quadratic / scale + _RIDGE * np.eye(len(start))
    found = _descend(q, linear / scale, lower, upper, start)
    if largest_gain(q, linear / scale, lower, upper, found) > TOLERANCE:
        raise ArithmeticError("the weights found are no minimum")
    return found


def largest_gain(quadratic: Floats, linear: Floats, lower: Floats, upper: Floats, weights: Floats) -> float:
    """Return how much the objective falls per unit moved between the best two assets; 0 or less at a minimum."""
    slope = quadratic @ weights + linear
    giver, taker = _best_pair(slope, weights, lower, upper)
    return float(slope[giver] - slope[taker]) if giver >= 0 and taker >= 0 else 0.0


def least_variance(covariance: Floats, upper: Floats) -> Floats:
    """Return long-only weights of the least variance, each at most ``upper`` (k); they sum to 1 or to all of it."""
    nothing = np.zeros(len(covariance))
    return bounded_minimum(covariance, nothing, nothing, upper, min(1.0, float(upper.sum())))


def with_turnover(
    target: Floats, held: Floats, covariance: Floats, upper: Floats, penalty: float, total: float
) -> Floats:
    """Return the weights (k) that minimise half the variance of w - ``target`` and ``penalty`` per unit traded.

    Trades lead from the weights ``held`` (k); the result is long-only, at most ``upper`` (k), and sums to ``total``.

    What is bought and what is sold are variables of their own, so that the penalty is linear in both.
    """
    buy_room, sell_room = np.maximum(upper - held, 0), np.maximum(held, 0)
    must_sell, must_buy = np.maximum(held - upper, 0), np.maximum(-held, 0)
    slope = covariance @ (held - target)
    moved = bounded_minimum(
        np.tile(covariance, (2, 2)),
        np.concatenate([slope + penalty, slope - penalty]),
        np.concatenate([must_buy, -sell_room]),
        np.concatenate([buy_room, -must_sell]),
        total - float(held.sum()),
    )
    return np.asarray(held + moved[: len(held)] + moved[len(held) :])


def _feasible(lower: Floats, upper: Floats, total: float) -> Floats:
    room, missing = upper - lower, total - float(lower.sum())
    if (room < 0).any() or not -_EDGE <= missing <= float(room.sum()) + _EDGE:
        raise ValueError("no weights fit these bounds")
    return np.asarray(lower + room * (max(missing, 0.0) / max(float(room.sum()), _EDGE)))


def _best_pair(slope: Floats, weights: Floats, lower: Floats, upper: Floats) -> tuple[int, int]:
    """Return the asset that should give and the one that should take; -1 where none can."""
    can_give, can_take = weights > lower + _EDGE, weights < upper - _EDGE
    giver = int(np.argmax(np.where(can_give, slope, -np.inf))) if can_give.any() else -1
    return giver, int(np.argmin(np.where(can_take, slope, np.inf))) if can_take.any() else -1


def _descend(q: Floats, c: Floats, lower: Floats, upper: Floats, start: Floats) -> Floats:
    weights = start.copy()
    free = (weights > lower + _EDGE) & (weights < upper - _EDGE)
    for _ in range(100 + 20 * len(weights)):
        slope = q @ weights + c
        move = _free_move(q, slope, free)
        step, blocked = _largest_step(weights, move, lower, upper, free)
        weights += step * move
        if blocked >= 0:
            weights[blocked] = lower[blocked] if move[blocked] < 0 else upper[blocked]
            free[blocked] = False
            continue
        slope = q @ weights + c
        giver, taker = _best_pair(slope, weights, lower, upper)
        if giver < 0 or taker < 0 or slope[giver] - slope[taker] <= TOLERANCE / 10:
            break
        free[[giver, taker]] = True
    return weights


def _free_move(q: Floats, slope: Floats, free: NDArray[np.bool_]) -> Floats:
    """Return the move of the free weights to their minimum with the same sum."""
    move, count = np.zeros(len(slope)), int(free.sum())
    if count >= 2:
        system = np.ones((count + 1, count + 1))
        system[:-1, :-1], system[-1, -1] = q[np.ix_(free, free)], 0.0
        move[free] = np.linalg.solve(system, np.append(-slope[free], 0.0))[:-1]
    return move


def _largest_step(
    weights: Floats, move: Floats, lower: Floats, upper: Floats, free: NDArray[np.bool_]
) -> tuple[float, int]:
    """Return how far the move can go, at most 1, and which weight stops it; -1 where none does."""
    room = np.full(len(weights), np.inf)
    for bound, towards in ((lower, move < -_EDGE), (upper, move > _EDGE)):
        at = free & towards
        room[at] = np.maximum((bound[at] - weights[at]) / move[at], 0)
    first = int(np.argmin(room))
    return (float(room[first]), first) if room[first] < 1 else (1.0, -1)
