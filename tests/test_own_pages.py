"""Kept arrays are copied into memory that nothing else is in, and that goes when the last of them does."""

import gc
import mmap
import weakref
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from utils.own_pages import WORTH_BYTES, in_own_pages


def pages_of(array: NDArray[Any]) -> mmap.mmap:
    """The pages under an array or under what it is a part of."""
    under: Any = array
    while not isinstance(under, mmap.mmap):
        under = under.obj if isinstance(under, memoryview) else under.base
    return under


def test_copies_equal_the_arrays_and_stand_in_one_piece_of_memory() -> None:
    drawn = np.random.default_rng(1).standard_normal((8, 1_404))
    arrays: tuple[NDArray[Any], ...] = (np.arange(1_404), np.arange(7, dtype=np.int8), drawn)
    made = in_own_pages(*arrays)
    assert len({id(pages_of(copy)) for copy in made}) == 1
    for copy, array in zip(made, arrays, strict=True):
        assert copy.dtype == array.dtype
        assert np.array_equal(copy, array)
        assert not np.shares_memory(copy, array)
        assert copy.flags.c_contiguous
        assert copy.ctypes.data % 64 == 0


def test_a_part_keeps_the_pages_and_the_last_one_gives_them_back() -> None:
    part = in_own_pages(np.zeros(WORTH_BYTES))[0][10:20]
    pages = weakref.ref(pages_of(part))
    gc.collect()
    assert pages() is not None
    assert part.sum() == 0
    del part
    gc.collect()
    assert pages() is None


@pytest.mark.parametrize(("count", "is_same"), [(WORTH_BYTES // 8 - 1, True), (WORTH_BYTES // 8, False)])
def test_small_arrays_stay_where_they_are(count: int, is_same: bool) -> None:
    array = np.zeros(count)
    assert (in_own_pages(array)[0] is array) is is_same
    assert in_own_pages() == ()
