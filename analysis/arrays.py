"""The arrays that everything is computed on."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Numbers per bar or per level; NaN where missing."""
Times = NDArray[np.int64]
"""Moments in UTC ms."""
