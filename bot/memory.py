"""What keeps the processes small: one heap, collections that pass over what stays, freed memory given back."""

import ctypes
import gc
import os
from typing import Final

ARENAS: Final = "MALLOC_ARENA_MAX"
"""glibc's environment variable: how many heaps a process has for its threads."""
_M_ARENA_MAX: Final = -8  # the same as an argument of mallopt


def use_one_heap() -> None:
    """Let all threads of this process, and of those that it starts, allocate from one heap.

    glibc gives threads heaps of their own, and each keeps what is freed in it: about 8 MB of a started bot. Python's
    threads allocate one at a time anyway. To be called before threads start; other C libraries have one heap.
    """
    os.environ.setdefault(ARENAS, "1")
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, int(os.environ[ARENAS]))


def freeze_startup_objects() -> None:
    """Exclude all present objects from garbage collection: they stay until the process ends.

    A full collection blocks the event loop, for 130 ms with the quarter of a million objects of a started bot and
    for 5 ms without them. Worker processes go on sharing the objects: a collection would write into each of them.
    """
    gc.collect()
    gc.freeze()


def return_freed_memory() -> None:
    """Give back to the system what warming up has freed: glibc keeps it, about 10 MB. Other C libraries do not."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
