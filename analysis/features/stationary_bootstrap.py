"""Politis and Romano's (1994) stationary bootstrap: a past drawn anew in runs of bars, so that it keeps its memory."""

import numpy as np
from numpy.typing import NDArray


def stationary_rows(n: int, block: float, draws: int, seed: int | np.random.Generator) -> NDArray[np.int64]:
    """Return row numbers (draws, n): blocks that begin anywhere, of geometric length, wrapping around.

    ``block`` is their mean length in rows. Equal seeds give equal rows; a generator goes on from where it is.
    """
    generator = np.random.default_rng(seed)
    starts = generator.integers(n, size=(draws, n))
    begins = generator.random((draws, n)) < 1 / block
    begins[:, 0] = True
    since = np.arange(n) - np.maximum.accumulate(np.where(begins, np.arange(n), 0), axis=1)
    first = np.take_along_axis(starts, np.arange(n) - since, axis=1)
    return np.asarray((first + since) % n, dtype=np.int64)
