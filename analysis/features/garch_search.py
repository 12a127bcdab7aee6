"""Scoring search of a bounded likelihood: Newton steps with the outer product of the rows' scores for the curvature.

Berndt, Hall, Hall and Hausman (1974) with Marquardt's damping; each step solves its quadratic inside the bounds. Near
the optimum, where that curvature is only roughly right, secant updates take over.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats

MAX_STEPS = 60
GAIN = 1e-8  # of the log-likelihood of the whole sample: a step that promises less is not taken
DAMPING, LEAST_DAMPING, MOST_DAMPING = 1e-3, 1e-9, 1e6
NEAR = 0.1  # of the same: from such a step on the curvature is not taken anew from the scores, but corrected
RIDGE = 1e-12  # keeps the curvature solvable along a direction in which nothing changes


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """theta (k), the mean loss there, and its slope (k)."""

    theta: Floats
    loss: float
    slope: Floats


def scoring_search(
    loss_and_scores: Callable[[Floats], tuple[float, Floats]], theta: Floats, low: Floats, high: Floats
) -> Point:
    """Return the lowest point found from theta (k) between ``low`` and ``high``.

    ``loss_and_scores`` gives minus the mean log-likelihood and each row's slopes of the log-likelihood, (k, n). Only
    steps that lower the loss are taken, so the result is never worse than the start; it may fall short of the optimum,
    which its slope shows.
    """
    loss, scores = loss_and_scores(theta)
    rows = scores.shape[1]
    slope, curvature = -scores.mean(axis=1), scores @ scores.T / rows
    damping, near = DAMPING, False
    for _ in range(MAX_STEPS):
        step = _bounded_step(theta, -slope, curvature + damping * np.diag(np.diag(curvature)), low, high)
        gain = rows * float(-slope @ step - 0.5 * step @ curvature @ step)
        if gain < GAIN or damping > MOST_DAMPING:
            break
        tried = np.clip(theta + step, low, high)
        new_loss, scores = loss_and_scores(tried)
        if not new_loss < loss:
            damping *= 10
            continue
        near = near or gain < NEAR
        new_slope = -scores.mean(axis=1)
        curvature = _secant(curvature, tried - theta, new_slope - slope) if near else scores @ scores.T / rows
        theta, loss, slope = tried, new_loss, new_slope
        damping = max(damping / 10, LEAST_DAMPING)
    return Point(theta, loss, slope)


def _secant(curvature: Floats, step: Floats, change: Floats) -> Floats:
    """Broyden, Fletcher, Goldfarb and Shanno's update: near the optimum it learns the curvature the scores lack."""
    reach, pushed = float(step @ change), curvature @ step
    if reach <= 0:
        return curvature
    return curvature + np.outer(change, change) / reach - np.outer(pushed, pushed) / float(step @ pushed)


def _bounded_step(theta: Floats, rise: Floats, curvature: Floats, low: Floats, high: Floats) -> Floats:
    """Newton step; a coordinate that would leave its range stops at the end of it, and the others adjust to that."""
    size = len(theta)
    matrix, step, free = curvature + RIDGE * np.eye(size), np.zeros(size), np.ones(size, np.bool_)
    for _ in range(size):
        rest = np.flatnonzero(free)
        target = rise[rest] - matrix[rest] @ np.where(free, 0.0, step)
        step[rest] = np.linalg.solve(matrix[np.ix_(rest, rest)], target)
        reached = theta + step
        out = free & ((reached < low) | (reached > high))
        if not out.any():
            break
        step[out] = np.clip(reached, low, high)[out] - theta[out]
        free &= ~out
        if not free.any():
            break
    return step
