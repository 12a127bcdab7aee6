"""Several processes on one server: they upgrade in turn, and write the same rows in any order without a deadlock."""

import asyncio
from contextlib import AsyncExitStack

from sqlalchemy import inspect

from utils.store.database import Database
from utils.store.observations import Observation
from utils.store.store import open_store
from utils.store.tables import METADATA

ALL = 2**62


async def test_processes_that_start_together_upgrade_in_turn(address: str) -> None:
    databases = await asyncio.gather(*(Database.open(address) for _ in range(5)))
    try:
        await asyncio.gather(*(database.upgrade() for database in databases))
        async with databases[0].read() as connection:
            found = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
        assert found == set(METADATA.tables) | {"alembic_version"}
    finally:
        await asyncio.gather(*(database.close() for database in databases))


async def test_the_same_rows_in_opposite_order_from_two_processes_do_not_deadlock(address: str) -> None:
    rows = [Observation("s", "X", ts, ts, 1.0) for ts in range(2_000)]
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(open_store(address)) for _ in range(2)]
        counts = await asyncio.gather(
            *(
                store.observations.append(rows[::step])
                for store in stores
                for step in (1, -1)
                for _ in range(3)
            )
        )
        window = await stores[0].observations.window("s", "X", 0, ALL, as_of=ALL)
    assert sum(counts) == len(rows) == len(window)
