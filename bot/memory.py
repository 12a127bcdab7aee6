"""What keeps the processes small: one heap, collections that pass over what stays, freed memory given back."""

import asyncio
import ctypes
import gc
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from utils.clock import Clock

RETURN_EVERY_S: Final = 10.0
WORTH_S: Final = 0.2
"""A process that has computed for less than this since it last gave memory back has hardly freed any."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """One setting of glibc's heaps: its environment variable, its number as an argument of mallopt, and its value."""

    variable: str
    argument: int
    value: int


ARENAS: Final = Tuned("MALLOC_ARENA_MAX", -8, 1)
"""Heaps for the threads of a process."""
LARGE: Final = Tuned("MALLOC_MMAP_THRESHOLD_", -3, 8 << 20)
"""Bytes from which an object goes back to the system when it is freed."""
TOP: Final = Tuned("MALLOC_TRIM_THRESHOLD_", -1, 16 << 20)
"""Free bytes at the top of a heap that go back to the system."""


def keep_heaps_small() -> None:
    """Let this process, and those that it starts, have one heap, and give back large objects when they are freed.

    glibc gives threads heaps of their own, and each keeps what is freed in it: about 8 MB of a started bot. Python's
    threads allocate one at a time anyway. It also raises both thresholds to what was freed last, up to 32 MB, so that
    one large array makes it keep all later ones. To be called before threads start; other C libraries do none of this.
    What the environment sets, which glibc has read at the start, stays.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    for tuned in (ARENAS, LARGE, TOP):
        if tuned.variable in os.environ:
            continue
        os.environ[tuned.variable] = str(tuned.value)
        if mallopt is not None:
            mallopt(tuned.argument, tuned.value)


@contextmanager
def without_collections() -> Iterator[None]:
    """Collect nothing until the block ends: what imports make stays, and each collection would walk all of it.

    All that is there at the end is left out of later collections too, of which the first would take half a second.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


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
