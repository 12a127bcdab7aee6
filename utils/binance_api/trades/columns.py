"""Fixed-size columns of numbers, written one by one and read as numpy arrays without copying.

Writing one element of a numpy array from Python costs several times as much as in an ``array.array``; the numpy view
shares its memory.
"""

from array import array

import numpy as np
from numpy.typing import NDArray


class FloatColumn:
    """``size`` float64 values: write ``cells[i]``, read ``view``."""

    __slots__ = ("cells", "view")

    def __init__(self, size: int, fill: float = 0.0) -> None:
        self.cells = array("d", [fill]) * size
        self.view: NDArray[np.float64] = np.frombuffer(self.cells, dtype=np.float64)


class IntColumn:
    """``size`` int64 values: write ``cells[i]``, read ``view``."""

    __slots__ = ("cells", "view")

    def __init__(self, size: int, fill: int = 0) -> None:
        self.cells = array("q", [fill]) * size
        self.view: NDArray[np.int64] = np.frombuffer(self.cells, dtype=np.int64)
