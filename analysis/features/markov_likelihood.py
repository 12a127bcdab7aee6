"""The exact likelihood of the two-state switching variance and its slope, at many points at once.

A column is one point on one sample: nothing passes between columns, and each has the same bits whatever stands
beside it.
"""

from dataclasses import dataclass
from math import pi

import numpy as np
from scipy.special import expit

from analysis.arrays import Floats

FEW = 16  # columns: up to so many are faster one by one than a row of all at a time


def losses_and_slopes(theta: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Return minus the mean log-likelihood at each theta (m, 5) of its values (n, m), and its slopes (m, 5).

    theta = (mean, ln calm variance, ln stressed / calm, logits to stay calm and stressed). By Hamilton's filter; the
    slope is the mean slope of the complete likelihood under the smoothed states (Fisher's identity), so it costs one
    backward pass.
    """
    mean, calm, ratio = theta[:, 0], np.exp(theta[:, 1]), np.exp(theta[:, 2])
    stay_calm, stay, stressed = expit(theta[:, 3]), expit(theta[:, 4]), calm * ratio
    count, extra = len(values), 1 / stressed - 1 / calm
    terms = np.zeros((7, *values.shape))
    error, square, logs, smooth, smooth_error, smooth_square, stayed = terms
    np.subtract(values, mean, error)
    np.multiply(error, error, square)
    # density calm : stressed, at most sqrt(ratio)
    against = np.exp(square * (0.5 * extra))
    against *= np.sqrt(ratio)
    rest = 1 - against
    chance = _predicted(against, rest, 1 - stay_calm, stay)
    norm = chance * rest
    norm += against
    np.log(norm, logs)
    _smooth(chance, chance / norm, stay, smooth, stayed)
    np.multiply(smooth, error, smooth_error)
    np.multiply(smooth, square, smooth_square)
    first, last = smooth[0].copy(), smooth[-1].copy()
    errors, squares, log_norm, states, state_errors, state_squares, stays = _totals(terms)
    value = log_norm / count - 0.5 * (squares / count / stressed + np.log(2 * pi * stressed))
    slope = np.stack(
        [
            errors / calm + extra * state_errors,
            0.5 * (squares / calm + extra * state_squares - count),
            0.5 * (state_squares / stressed - states),
            *_stay_slopes(_Moves(first, states - last, states - first, stays, count - 1), stay_calm, stay),
        ],
        axis=1,
    )
    return -value, -slope / count


def _totals(terms: Floats) -> Floats:
    """Sum the rows of each column (k, n, m) in place, halves first: the order does not depend on m; (k, m)."""
    while (count := terms.shape[1]) > 1:
        half = count // 2
        terms[:, :half] += terms[:, count - half :]
        terms = terms[:, : count - half]
    return terms[:, 0]


def _predicted(against: Floats, rest: Floats, leave_calm: Floats, stay: Floats) -> Floats:
    """P(stressed at t | before t), (n, m); ``against`` is the density of row t, calm over stressed, ``rest`` 1 less it.

    The chain starts at its stationary distribution.
    """
    found = np.empty_like(against)
    found[0] = leave_calm / (leave_calm + 1 - stay)
    keep = stay - leave_calm
    if against.shape[1] <= FEW:
        for column, of in enumerate(zip(found[0].tolist(), leave_calm.tolist(), keep.tolist(), strict=True)):
            found[:, column] = _predicted_alone(
                against[:-1, column].tolist(), rest[:-1, column].tolist(), *of
            )
        return found
    odds = np.empty_like(keep)
    for other, less, before, following in zip(against, rest, found, found[1:], strict=False):
        np.divide(other, before, odds)
        np.add(odds, less, odds)
        np.divide(keep, odds, odds)
        np.add(leave_calm, odds, following)
    return found


def _predicted_alone(
    against: list[float], rest: list[float], chance: float, leave_calm: float, keep: float
) -> list[float]:
    chances = [chance]
    put = chances.append
    for other, less in zip(against, rest, strict=True):
        chance = leave_calm + keep / (other / chance + less)
        put(chance)
    return chances


def _smooth(chance: Floats, filtered: Floats, stay: Floats, found: Floats, stays: Floats) -> None:
    """Write P(stressed at t | all rows) by Kim's (1994) recursion, s_t = a_t + b_t s_{t+1}, (n, m) each.

    ``stays`` gets P(stressed at t and t + 1 | all rows) in all rows but the last, which it leaves.
    """
    following, stayed = chance[1:], stays[:-1]
    np.multiply(filtered[:-1], stay, stayed)
    a = filtered[:-1] - stayed
    a /= 1 - following
    stayed /= following
    b = stayed - a
    found[-1] = filtered[-1]
    if chance.shape[1] <= FEW:
        for column, last in enumerate(found[-1].tolist()):
            found[::-1, column] = _smoothed_alone(a[::-1, column].tolist(), b[::-1, column].tolist(), last)
    else:
        backwards = found[::-1]
        for constant, share, after, before in zip(a[::-1], b[::-1], backwards, backwards[1:], strict=False):
            np.multiply(share, after, before)
            np.add(constant, before, before)
    stayed *= found[1:]


def _smoothed_alone(a: list[float], b: list[float], last: float) -> list[float]:
    states = [last]
    put = states.append
    for constant, share in zip(a, b, strict=True):
        last = constant + share * last
        put(last)
    return states


@dataclass(frozen=True, slots=True, eq=False)
class _Moves:
    """By column (m): P(stressed) of the first row; expected rows that start and end in it, and that stay; all rows."""

    first: Floats
    began: Floats
    ended: Floats
    stayed: Floats
    count: int


def _stay_slopes(moves: _Moves, stay_calm: Floats, stay: Floats) -> tuple[Floats, Floats]:
    """Slopes of the log-likelihood by the logits of the two chances to stay, (m) each."""
    leave_calm, leave = 1 - stay_calm, 1 - stay
    arrived, calm_rows = moves.ended - moves.stayed, moves.count - moves.began  # from calm to stressed
    both = 1 / (leave_calm + leave)
    by_calm = calm_rows - arrived - calm_rows * stay_calm
    by_stressed = moves.stayed - moves.began * stay
    by_calm -= stay_calm * leave_calm * (moves.first / leave_calm - both)
    by_stressed -= stay * leave * ((1 - moves.first) / leave - both)
    return by_calm, by_stressed
