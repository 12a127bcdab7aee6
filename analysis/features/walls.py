"""Walls in a book: prices with far more resting than their side's median, how long they have stood, and vanished ones.

A wall that vanishes soon, without the price having come to it, may have been placed to be seen (spoofing): a
suspicion, not a finding. Samples are 20 s apart, so shorter lives are not seen.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.depth_map import DepthSamples


@dataclass(frozen=True, slots=True)
class Wall:
    """The largest wall of a side: price and resting notional (quote units), and for how many seconds it was seen."""

    price: float
    notional: float
    age_s: float


def wall_cells(samples: DepthSamples, multiple: float) -> NDArray[np.bool_]:
    """Return where a sample has a wall (n, m): at least ``multiple`` medians of what rests on its side."""
    below = samples.price[None, :] < samples.mid[:, None]
    found = np.zeros(samples.notional.shape, np.bool_)
    for side in (below, ~below):
        own = np.where(side & (samples.notional > 0), samples.notional, np.nan)
        found |= own >= multiple * _medians(own)[:, None]
    return found


def _medians(rows: Floats) -> Floats:
    """Return the median of what is known in each row; infinite where nothing is."""
    ordered, count = np.sort(rows, axis=1), np.isfinite(rows).sum(axis=1)  # NaN comes last
    each, known = np.arange(len(rows)), np.maximum(count, 1)
    middle = (ordered[each, (known - 1) // 2] + ordered[each, known // 2]) / 2
    return np.where(count > 0, middle, np.inf)


def largest_wall(samples: DepthSamples, cells: NDArray[np.bool_], *, bids: bool) -> Wall | None:
    """Return the largest of the walls ``cells`` on a side in the last sample, ``None`` where nothing stands out."""
    if not len(samples):
        return None
    below = samples.price < samples.mid[-1]
    standing = np.flatnonzero(cells[-1] & (below if bids else ~below))
    if not len(standing):
        return None
    place = int(standing[np.argmax(samples.notional[-1, standing])])
    column = cells[:, place]
    gone = np.flatnonzero(~column)
    first = int(gone[-1]) + 1 if len(gone) else 0
    age_ms = int(samples.time[-1] - samples.time[first])
    return Wall(float(samples.price[place]), float(samples.notional[-1, place]), age_ms / 1000)


def vanished_walls(samples: DepthSamples, cells: NDArray[np.bool_], within_ms: float) -> int:
    """Return how many walls vanished within ``within_ms`` of their first sight, the price not having come to them.

    A wall that the kept book no longer reached has not been seen to vanish.
    """
    count = 0
    for row in range(1, len(samples)):
        gone = cells[row - 1] & ~cells[row] & np.isfinite(samples.notional[row])
        low, high = sorted((float(samples.mid[row - 1]), float(samples.mid[row])))
        untouched = (samples.price < low) | (samples.price > high)
        same_side = (samples.price < samples.mid[row - 1]) == (samples.price < samples.mid[row])
        for place in np.flatnonzero(gone & untouched & same_side):
            before = np.flatnonzero(~cells[:row, place])
            first = int(before[-1]) + 1 if len(before) else 0
            count += first > 0 and samples.time[row] - samples.time[first] <= within_ms
    return int(count)
