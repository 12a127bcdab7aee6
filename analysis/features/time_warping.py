"""Dynamic time warping: how far apart two paths are when each may wait for the other, and who waits."""

from dataclasses import dataclass

import numpy as np
from dtaidistance import dtw

from analysis.arrays import Floats


@dataclass(frozen=True, slots=True)
class Warping:
    """``distance`` of the z-scored paths; ``lag`` in bars, the mean over the path, positive where the first leads."""

    distance: float
    lag: float


def warping(first: Floats, second: Floats, radius: int) -> Warping | None:
    """Return the warping of two series of equal length within ``radius`` bars (Sakoe and Chiba 1978).

    ``None`` where one of them is constant or has a hole. The mean lag leans to the start on flat stretches: there a
    tie is broken towards it.
    """
    pair = [_z_scored(one) for one in (first, second)]
    left, right = pair
    if left is None or right is None:
        return None
    window = radius + 1  # the library counts the diagonal
    path = np.array(dtw.warping_path_fast(left, right, window=window))
    distance = float(dtw.distance_fast(left, right, window=window))
    return Warping(distance, float((path[:, 1] - path[:, 0]).mean()))


def _z_scored(values: Floats) -> Floats | None:
    whole = np.ascontiguousarray(values, dtype=np.float64)
    if len(whole) < 2 or not np.isfinite(whole).all() or np.ptp(whole) == 0:
        return None
    return np.asarray((whole - whole.mean()) / whole.std())
