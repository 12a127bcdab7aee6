"""A process killed while it writes: what it said was committed is there, no batch is there by half, the file opens."""

import asyncio
import sys

import numpy as np
from sqlalchemy import text

from tests.conftest import ROOT
from tests.store.crash_writer import BATCH_ROWS
from utils.store.store import Store, open_store

ALL = 2**62


async def kill_after(address: str, batches: int) -> int:
    """Let the process write, kill it in the middle of the next batches, and return the last count it gave."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.store.crash_writer", address, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said = 0
    while said < batches:
        said = int(await process.stdout.readline())
    process.kill()
    rest = (await process.stdout.read()).split(b"\n")[:-1]
    assert await process.wait() == -9
    return int(rest[-1]) if rest else said


async def sound(store: Store) -> bool:
    if store.database.dialect == "postgresql":
        return True  # the server was not killed
    async with store.database.read() as connection:
        return (await connection.execute(text("PRAGMA integrity_check"))).scalars().all() == ["ok"]


async def test_a_killed_writer_loses_nothing_it_had_committed(address: str) -> None:
    said = 0
    for batches in (3, 8):  # the second process repeats the batches of the first and goes on
        said = max(said, await kill_after(address, batches))
        async with open_store(address) as store:
            window = await store.observations.window("crash", "X", 0, ALL, as_of=ALL)
            assert await sound(store)
        assert len(window) % BATCH_ROWS == 0
        assert len(window) >= said * BATCH_ROWS
        assert np.array_equal(window.value, np.arange(len(window), dtype=np.float64))
