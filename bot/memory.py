"""What keeps the processes small: one heap, collections that pass over what stays, freed memory given back."""

import asyncio
import ctypes
import gc
import os
import time
from dataclasses import dataclass, field
from typing import Final

from utils.clock import Clock

RETURN_EVERY_S: Final = 30.0
WORTH_S: Final = 0.2
"""A process that has computed for less than this since it last gave memory back has hardly freed any."""
ARENAS: Final = "MALLOC_ARENA_MAX"
"""glibc's environment variable: how many heaps a process has for its threads."""
ONE_HEAP: Final = 1
_M_ARENA_MAX: Final = -8  # the same as an argument of mallopt


def use_one_heap() -> None:
    """Let all threads of this process, and of those that it starts, allocate from one heap.

    glibc gives threads heaps of their own, and each keeps what is freed in it: about 8 MB of a started bot. Python's
    threads allocate one at a time anyway. To be called before threads start; other C libraries have one heap. A number
    of heaps that the environment sets, which glibc has read at the start, stays.
    """
    if ARENAS in os.environ:
        return
    os.environ[ARENAS] = str(ONE_HEAP)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, ONE_HEAP)


def freeze_startup_objects() -> None:
    """Exclude all present objects from garbage collection: they stay until the process ends.

    A full collection blocks the event loop, for 130 ms with the quarter of a million objects of a started bot and
    for 5 ms without them. Worker processes go on sharing the objects: a collection would write into each of them.
    """
    gc.collect()
    gc.freeze()


def return_freed_memory() -> None:
    """Give freed memory back to the system.

    glibc keeps it: 10 MB to 50 MB in a process that has answered a thousand questions. Other C libraries do not.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@dataclass(slots=True)
class Returning:
    """Gives back what this process has freed, if it has computed since the last time; it takes some milliseconds."""

    _computed_s: float = field(default_factory=time.process_time)

    def return_if_worth(self) -> bool:
        """Return whether memory was given back."""
        now_s = time.process_time()
        if now_s - self._computed_s < WORTH_S:
            return False
        return_freed_memory()
        self._computed_s = now_s
        return True


async def keep_returning(clock: Clock) -> None:
    """Give freed memory back regularly until cancelled."""
    returning = Returning()
    while True:
        await clock.sleep(RETURN_EVERY_S)
        await asyncio.to_thread(returning.return_if_worth)
