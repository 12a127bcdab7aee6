"""From a metric to its signal: direction in [-1, 1] (bearish ... bullish) or level in [0, 1] (low ... high).

Every map is monotone and bounded. A metric with a natural zero takes ``scaled``; one already measured in standard
errors or deviations takes ``from_z``; one with a native scale takes ``native`` or ``share_of_full``.
"""

from collections.abc import Sequence

import numpy as np

from analysis.arrays import Floats
from analysis.features.robust import CLIP, direction_signals


def from_z(z: Floats) -> Floats:
    """Return tanh(z / 2), z clipped at 6: direction of a number in standard deviations or errors."""
    return np.asarray(np.tanh(np.clip(z, -CLIP, CLIP) / 2))


def size_from_z(z: Floats) -> Floats:
    """Return tanh(|z| / 2): level of a number whose sign does not matter."""
    return np.abs(from_z(z))


def level_from_z(z: Floats) -> Floats:
    """Return (1 + tanh(z / 2)) / 2: level of a number that may fall below its ordinary value 0."""
    return (1 + from_z(z)) / 2


def scaled(series: Sequence[Floats], look_back: int, min_count: int) -> list[Floats]:
    """Return tanh(z / 2) of each, z = value / (1.4826 * median of past |values|), not centred.

    See ``features.robust``; asked for together, the series cost less than one after the other.
    """
    return direction_signals(series, look_back, min_count)


def native(values: Floats, centre: float, half_range: float) -> Floats:
    """Return (value - centre) / half range, clipped to [-1, 1]; RSI: centre 50, half range 50."""
    return np.clip((values - centre) / half_range, -1, 1)


def share_of_full(values: Floats, full: float) -> Floats:
    """Return value / full clipped to [0, 1]: level of a number that starts at 0."""
    return np.clip(values / full, 0, 1)
