"""One heap for all threads; after start-up the present objects are excluded from garbage collection."""

import asyncio
import gc
import os
import platform
import subprocess
import sys
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from bot.executors import wait_for_end
from bot.memory import (
    ARENAS,
    LARGE,
    RETURN_EVERY_S,
    TOP,
    Returning,
    freeze_startup_objects,
    keep_heaps_small,
    keep_returning,
    without_collections,
)
from tests.support.clock import FakeClock

COLLECTED_WHILE_IMPORTED = gc.isenabled()
HEAPS = """
import threading
from pathlib import Path
from bot.memory import keep_heaps_small
if {one}:
    keep_heaps_small()
made, gate = [], threading.Barrier(9)
def work():
    made.append([bytes(1000) for _ in range(100)])
    gate.wait()
    gate.wait()
for _ in range(8):
    threading.Thread(target=work).start()
gate.wait()
maps = Path("/proc/self/maps").read_text().splitlines()
spans = [[int(end, 16) for end in line.split()[0].split("-")] for line in maps if len(line.split()) == 5]
print(sum(start % (64 << 20) == 0 for start, _ in spans))
gate.wait()
"""
"""Counts the heaps of threads, each of which glibc places at a multiple of 64 MB."""

VARIABLES = {ARENAS.variable, LARGE.variable, TOP.variable}


class Cycle:
    """An object that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


def test_present_objects_are_excluded_from_collection_and_later_ones_are_not() -> None:
    standing = Cycle()
    try:
        freeze_startup_objects()
        later = Cycle()
        looked_at = {id(one) for one in gc.get_objects()}
        assert id(standing) not in looked_at
        assert id(later) in looked_at
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()


def test_nothing_is_collected_while_much_is_imported_and_then_what_came_after() -> None:
    try:
        with without_collections():
            assert not gc.isenabled()
            imported = Cycle()
        later = Cycle()
        looked_at = {id(one) for one in gc.get_objects()}
        assert gc.isenabled()
        assert id(imported) not in looked_at
        assert id(later) in looked_at
    finally:
        gc.unfreeze()


def test_nothing_is_collected_while_tests_are_imported() -> None:
    assert not COLLECTED_WHILE_IMPORTED


def run(program: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    root = str(Path(__file__).resolve().parents[2])
    told = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env=kept | {"PYTHONPATH": root},
    )
    return told.stdout.strip()


def heaps(*, one: bool) -> int:
    return int(run(HEAPS.format(one=one)))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone has many heaps")
def test_all_threads_share_one_heap() -> None:
    assert heaps(one=True) < heaps(one=False)


@pytest.mark.parametrize("chosen", ["4", "many", ""])
def test_what_the_environment_says_of_heaps_stays(chosen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ARENAS.variable, chosen)
    keep_heaps_small()
    assert os.environ[ARENAS.variable] == chosen


LARGE_ONES = """
from pathlib import Path
import resource
from bot.memory import keep_heaps_small

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6

if {small}:
    keep_heaps_small()
first = bytearray(30_000_000)
del first
held = [bytearray(10_000_000) for _ in range(8)]
last = bytearray(60_000)
before = resident_mb()
del held
print(resident_mb() < before - 50)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone keeps large objects")
@pytest.mark.parametrize("small", [False, True])
def test_large_objects_go_back_to_the_system_when_they_are_freed(*, small: bool) -> None:
    assert run(LARGE_ONES.format(small=small)) == str(small)


FREED = """
import resource, time
from pathlib import Path
from bot.memory import Returning, WORTH_S

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6

held = [bytearray(60_000) for _ in range(2000)]
last = bytearray(60_000)
returning = Returning()
kept = held[::50]
del held
before = resident_mb()
idle = returning.return_if_worth()
unchanged = resident_mb()
until = time.process_time() + 2 * WORTH_S
while time.process_time() < until:
    pass
busy = returning.return_if_worth()
print(idle, busy, returning.return_if_worth(), unchanged > before - 5, resident_mb() < before - 50)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep nothing")
def test_what_is_freed_goes_back_to_the_system_after_computing_and_not_before() -> None:
    assert run(FREED) == "False True False True True"


class CountedReturns(Returning):
    """Closes the other end of a pipe at its second call."""

    def __init__(self, other_end: Connection) -> None:
        super().__init__()
        self._other_end = other_end
        self.calls = 0

    def return_if_worth(self) -> bool:
        self.calls += 1
        if self.calls == 2:
            self._other_end.close()
        return True


def test_a_worker_gives_memory_back_until_its_pool_ends() -> None:
    lifeline, other_end = Pipe(duplex=False)
    returning = CountedReturns(other_end)
    wait_for_end([lifeline], returning, every_s=0.01)
    assert returning.calls == 2


async def test_the_main_process_gives_memory_back_regularly(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    returned: list[float] = []
    monkeypatch.setattr(Returning, "return_if_worth", lambda _: returned.append(clock.monotonic()))
    task = asyncio.create_task(keep_returning(clock))
    while len(returned) < 3:
        await clock.settle()
        await clock.advance(round(RETURN_EVERY_S * 1000))
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
