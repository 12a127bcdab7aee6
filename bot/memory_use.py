"""How much memory the processes of the bot use together, and how much they may."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from utils.clock import Clock

MEASURE_EVERY_S: Final = 10.0
PROC: Final = Path("/proc")
CGROUPS: Final = Path("/sys/fs/cgroup")
KB: Final = 1024


class MemoryUse:
    """Measured regularly; ``used`` are bytes, what processes share counted once, ``limit`` those that they may use.

    Both are ``None`` before the first measurement, and ``used`` where the system does not tell (Linux does).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.used: int | None = None
        self.limit: int | None = None

    async def run(self) -> None:
        """Measure again and again until cancelled, beside the event loop: it takes some milliseconds a process."""
        while True:
            await asyncio.to_thread(self.measure)
            await self._clock.sleep(MEASURE_EVERY_S)

    def measure(self) -> None:
        """Measure now."""
        self.used = used_together(os.getpid())
        self.limit = memory_limit()


def used_together(pid: int) -> int | None:
    """Return the bytes that a process and its descendants hold, what they share counted once; ``None``: not told."""
    if not (PROC / str(pid) / "smaps_rollup").exists():
        return None
    return sum(proportional_bytes(each) for each in (pid, *descendants(pid)))


def proportional_bytes(pid: int) -> int:
    """Return the bytes that a process holds, of what it shares its part; 0 for one that has ended."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * KB for line in lines if line.startswith("Pss:"))


def descendants(pid: int) -> Iterator[int]:
    """Yield the ids of all processes that a process has started, and those that they have."""
    for child in children(pid):
        yield child
        yield from descendants(child)


def children(pid: int) -> list[int]:
    """Return the ids of the processes that a process has started itself; none for one that has ended."""
    try:
        lists = [(task / "children").read_text() for task in (PROC / str(pid) / "task").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(one) for text in lists for one in text.split()]


def memory_limit(proc: Path = PROC, cgroups: Path = CGROUPS) -> int:
    """Return the bytes that this process may use with all others of its control groups, at most those of the machine.

    Source: Linux, admin-guide/cgroup-v2 (``memory.max``) and cgroup-v1/memory (``memory.limit_in_bytes``).
    """
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([machine, *_limits(proc, cgroups)])


def _limits(proc: Path, cgroups: Path) -> Iterator[int]:
    try:
        lines = (proc / "self" / "cgroup").read_text().splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        number, controllers, group = line.split(":", 2)
        if number == "0":
            root, name = cgroups, "memory.max"
        elif "memory" in controllers.split(","):
            root, name = cgroups / "memory", "memory.limit_in_bytes"
        else:
            continue
        place = root / group.lstrip("/")
        for folder in (place, *place.parents):
            yield from _limit(folder / name)
            if folder == root:
                break


def _limit(file: Path) -> Iterator[int]:
    """Yield what a file allows; nothing where there is none, or no limit."""
    try:
        text = file.read_text().strip()
    except OSError:
        return
    if text.isdigit():
        yield int(text)
