"""How much memory is used and may be: of a process with those that it has started, within its control groups."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.memory_use import MemoryUse, descendants, memory_limit, used_together
from tests.support.clock import FakeClock

MB = 1_000_000
HOLD = f"held = bytearray({40 * MB}); print('ready', flush=True); input()"


@pytest.fixture
def child() -> Iterator[int]:
    """A process that holds 40 MB."""
    with subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process.pid
        process.kill()


def test_what_started_processes_hold_is_used_too(child: int) -> None:
    use = MemoryUse(FakeClock())
    assert (use.used, use.limit) == (None, None)
    use.measure()
    alone = used_together(child)
    assert alone is not None
    assert use.used is not None
    assert use.limit is not None
    assert child in set(descendants(os.getpid()))
    assert 40 * MB < alone < use.used < use.limit


def test_a_process_that_has_ended_has_no_memory_and_no_children() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert used_together(ended.pid) is None
    assert list(descendants(ended.pid)) == []


def limit(folder: Path, *lines: str, **limits: int | str) -> int:
    """The limit with these lines in ``cgroup``, and these limits by the folder of their group ("" is the uppermost)."""
    own = folder / "proc" / "self" / "cgroup"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("".join(f"{line}\n" for line in lines))
    for name, allowed in limits.items():
        file = folder / "groups" / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{allowed}\n")
    return memory_limit(folder / "proc", folder / "groups")


def test_the_limit_is_the_smallest_of_the_group_and_those_above(tmp_path: Path) -> None:
    def found(**limits: int | str) -> int:
        return limit(tmp_path, "0::/system/bot", **{f"{group}memory.max": at for group, at in limits.items()})

    machine = found()
    assert found(system__bot__="max") == machine > 500 * MB
    assert found(system__bot__=500 * MB) == 500 * MB
    assert found(system__=400 * MB) == 400 * MB
    assert found(system__other__=1 * MB) == 400 * MB


def test_groups_of_the_first_version_have_limits_too(tmp_path: Path) -> None:
    limits = {"memory__bot__memory.limit_in_bytes": 300 * MB, "cpu__bot__memory.limit_in_bytes": 1}
    assert limit(tmp_path, "5:cpu,cpuacct:/bot", "4:memory:/bot", **limits) == 300 * MB


def test_without_groups_the_machine_is_the_limit(tmp_path: Path) -> None:
    assert memory_limit(tmp_path, tmp_path) == limit(tmp_path / "other", "0::/") > 500 * MB
