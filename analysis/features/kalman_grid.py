"""Where the likelihood search of the local linear trend begins: the best point of a grid, evaluated all at once.

The gains depend on the noise and the number of rows, not on the data, so they are made once per grid and kept.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.arrays import Floats

MEMORIES = 9
OBSERVATION_SHARES = (0.0, 0.03, 0.1, 0.25, 0.5, 0.8)


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    theta: Floats  # (k, 2): log memory, observation share
    gains: Floats  # (n, 2, k)
    variance: Floats  # (n, k), in units of s2


def best_start(y: Floats, memory_min: float, memory_max: float) -> Floats:
    """Return (log memory, observation share) of the grid point with the highest likelihood of ``y`` (n >= 2)."""
    grid = _grid(len(y) - 1, memory_min, memory_max)
    innovation = np.empty_like(grid.variance)
    level, slope = np.full(len(grid.theta), y[0]), np.zeros(len(grid.theta))
    for t, value in enumerate(y[1:].tolist()):  # over rows; every grid point at once
        level += slope
        miss = value - level
        innovation[t] = miss
        level += grid.gains[t, 0] * miss
        slope += grid.gains[t, 1] * miss
    scale = np.mean(innovation**2 / grid.variance, axis=0)
    loss = len(innovation) * np.log(scale) + np.log(grid.variance).sum(axis=0)
    return np.array(grid.theta[int(np.argmin(loss))])


@lru_cache(maxsize=16)
def _grid(rows: int, memory_min: float, memory_max: float) -> _Grid:
    memories = np.geomspace(memory_min, memory_max, MEMORIES)
    memory, rho = (axis.ravel() for axis in np.meshgrid(memories, OBSERVATION_SHARES))
    gains, variances = np.empty((rows, 2, len(rho))), np.empty((rows, len(rho)))
    p11, p12, p22 = np.ones(len(rho)), np.zeros(len(rho)), np.ones(len(rho))
    for t in range(rows):
        p11, p12, p22 = p11 + 2 * p12 + p22 + (1 - rho), p12 + p22, p22 + memory**-2
        variances[t] = p11 + rho
        g1, g2 = p11 / variances[t], p12 / variances[t]
        p11, p12, p22 = p11 - g1 * p11, p12 - g1 * p12, p22 - g2 * p12
        gains[t] = g1, g2
    return _Grid(np.column_stack([np.log(memory), rho]), gains, variances)
