"""How many workers there are, what each may do, and how many symbols keep them busy."""

import os
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.executors import worker_pid
from bot.workers import make_workers
from tests.support.limits import PATIENCE_S


def stay(folder: str) -> None:
    """Say that a fit has begun, and go on until the test ends it."""
    (Path(folder) / str(os.getpid())).touch()
    while not (Path(folder) / "end").exists():
        time.sleep(0.01)


async def test_all_workers_but_one_fit_and_a_scan_keeps_all_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 4
    monkeypatch.setattr("bot.workers.PRELOAD", ("bot.executors",))
    async with AsyncExitStack() as stack:
        workers = make_workers(stack, count, None)
        assert workers.count == count
        assert workers.side_by_side() == count + 1
        fits = [workers.fits.submit(stay, str(tmp_path)) for _ in range(count)]
        assert workers.answers.submit(worker_pid).result(PATIENCE_S) != os.getpid()
        until = time.monotonic() + PATIENCE_S
        while len(list(tmp_path.iterdir())) < count - 1:
            assert time.monotonic() < until
            time.sleep(0.01)  # noqa: ASYNC251 - nothing else runs here
        assert workers.answers.submit(worker_pid).result(PATIENCE_S) != os.getpid()
        assert len(list(tmp_path.iterdir())) == count - 1
        (tmp_path / "end").touch()
        for fit in fits:
            fit.result(PATIENCE_S)
