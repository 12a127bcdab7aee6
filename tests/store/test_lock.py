"""One process per SQLite file: a second is refused in words, and no way of ending keeps the file locked."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE

import pytest

from tests.conftest import ROOT
from tests.store.databases import fresh_sqlite
from utils.http.errors import Misconfigured
from utils.store.database import Database
from utils.store.lock import FileLock

HOLD = """
import sys
from pathlib import Path
from utils.store.lock import FileLock
lock = FileLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


# Takes the lock, leaves a child behind that reads the same standard input, and dies as a killed process does.
FORK_AND_DIE = """
import os, signal, sys
from pathlib import Path
from utils.store.lock import FileLock
lock = FileLock(Path(sys.argv[1]))
if os.fork() == 0:
    print("forked", flush=True)
    os.read(0, 1)
    os._exit(0)
os.kill(os.getpid(), signal.SIGKILL)
"""


@contextmanager
def started(program: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a program that says one line; its standard input ends with the block."""
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True) as process:  # noqa: S603
        yield process


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def test_a_second_process_is_refused_and_told_which_one_holds_the_file(tmp_path: Path) -> None:
    with started(HOLD, tmp_path / "bot.db") as other:
        assert first_line(other) == "held"
        with pytest.raises(Misconfigured, match=f"already in use by process {other.pid};") as refused:
            await Database.open(f"sqlite:///{tmp_path / 'bot.db'}")
        assert "stop the other process" in refused.value.what_to_do
        other.kill()
    database = await Database.open(f"sqlite:///{tmp_path / 'bot.db'}")
    await database.close()


async def test_the_same_process_is_refused_too_and_keeps_its_lock_by_that(tmp_path: Path) -> None:
    first = await Database.open(fresh_sqlite(tmp_path))
    with pytest.raises(Misconfigured, match="this very process"):
        await Database.open(fresh_sqlite(tmp_path))
    await first.ping()
    with started(HOLD, tmp_path / "var" / "bot.db") as other:
        assert first_line(other) == ""
        assert "already in use" in other.communicate()[1]
    await first.close()
    await (await Database.open(fresh_sqlite(tmp_path))).close()


async def test_another_name_of_the_same_folder_is_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "alias").symlink_to(tmp_path / "real")
    first = await Database.open(f"sqlite:///{tmp_path / 'real' / 'bot.db'}")
    with pytest.raises(Misconfigured, match="this very process"):
        await Database.open(f"sqlite:///{tmp_path / 'alias' / 'bot.db'}")
    await first.close()


async def test_opening_that_fails_lets_go_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    path.write_text("this is no database, and it is long enough to be looked at as one " * 20)
    for _ in range(2):
        with pytest.raises(Misconfigured, match="not a database"):
            await Database.open(f"sqlite:///{path}")


def test_a_worker_that_outlives_its_killed_parent_does_not_keep_the_lock(tmp_path: Path) -> None:
    with started(FORK_AND_DIE, tmp_path / "bot.db") as parent:
        assert first_line(parent) == "forked"
        assert parent.wait() == -9
        FileLock(tmp_path / "bot.db").release()


async def test_twenty_openings_at_once_leave_one_owner(tmp_path: Path) -> None:
    results = await asyncio.gather(
        *(Database.open(fresh_sqlite(tmp_path)) for _ in range(20)), return_exceptions=True
    )
    opened = [result for result in results if isinstance(result, Database)]
    assert len(opened) == 1
    assert sum(isinstance(result, Misconfigured) for result in results) == 19
    await opened[0].close()
