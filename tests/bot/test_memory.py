"""One heap for all threads; after start-up the present objects are excluded from garbage collection."""

import gc
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from bot.memory import ARENAS, freeze_startup_objects

HEAPS = """
import threading
from pathlib import Path
from bot.memory import use_one_heap
if {one}:
    use_one_heap()
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


def heaps(*, one: bool) -> int:
    kept = {name: value for name, value in os.environ.items() if name != ARENAS}
    root = str(Path(__file__).resolve().parents[2])
    told = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", HEAPS.format(one=one)],
        check=True,
        capture_output=True,
        text=True,
        env=kept | {"PYTHONPATH": root},
    )
    return int(told.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone has many heaps")
def test_all_threads_share_one_heap() -> None:
    assert heaps(one=True) < heaps(one=False)
