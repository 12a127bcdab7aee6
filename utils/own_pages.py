"""Arrays that are kept for long, in memory that is theirs alone and goes back to the system with them.

Among short-lived objects on the heap they would leave holes when they are freed, which nothing else fits into.
"""

import mmap
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

WORTH_BYTES: Final = 65_536
"""Bytes from which arrays have pages of their own: a page is 4 kB, so that little of them stays empty."""
_ALIGNED: Final = 64


def in_own_pages(*arrays: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Return copies of arrays in pages of their own; the arrays themselves where they are too small to be worth it."""
    if sum(array.nbytes for array in arrays) < WORTH_BYTES:
        return arrays
    starts = [0]
    for array in arrays:
        starts.append(starts[-1] + -(-array.nbytes // _ALIGNED) * _ALIGNED)
    block = mmap.mmap(-1, starts[-1], flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    made = []
    for start, array in zip(starts, arrays, strict=False):
        copy = np.frombuffer(block, array.dtype, array.size, start).reshape(array.shape)
        copy[...] = array
        made.append(copy)
    return tuple(made)
