"""A server that goes away and comes back: one clear error, then everything as before, nothing lost by the writer."""

import asyncio
import random
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from tests.postgres.proxy import Proxy
from tests.store.databases import execute
from tests.support.clock import FakeClock
from utils.http.errors import Unavailable
from utils.store.database import Database
from utils.store.engine import Patience
from utils.store.observations import Observation
from utils.store.store import Store, open_store
from utils.store.tables import OBSERVATION
from utils.store.writer import BufferedWriter

ALL = 2**62


def rows(*stamps: int) -> list[Observation]:
    return [Observation("s", "X", ts, ts, 1.0) for ts in stamps]


async def stamps(store: Store) -> list[int]:
    return list((await store.observations.window("s", "X", 0, ALL, as_of=ALL)).ts)


async def test_calls_during_an_outage_are_unavailable_and_the_next_ones_work(proxy: Proxy) -> None:
    async with open_store(proxy.address) as store:
        await store.observations.append(rows(1))
        await proxy.cut()
        for _ in range(2):
            with pytest.raises(Unavailable):
                await store.observations.append(rows(2))
            with pytest.raises(Unavailable):
                await store.database.ping()
        await proxy.mend()
        assert await store.observations.append(rows(2)) == 1
        assert await stamps(store) == [1, 2]


async def test_a_cut_in_the_middle_of_a_transaction_is_unavailable_and_undone(proxy: Proxy) -> None:
    async with open_store(proxy.address) as store:
        with pytest.raises(Unavailable):
            await _write_and_cut(store, proxy)
        await proxy.mend()
        assert await stamps(store) == []


async def test_a_server_that_falls_silent_is_unavailable_in_bounded_time(proxy: Proxy) -> None:
    database = await Database.open(
        proxy.address, patience=Patience(connect_timeout_s=1.0, command_timeout_s=1.0)
    )
    try:
        await database.ping()
        proxy.freeze()
        for _ in range(2):
            with pytest.raises(Unavailable):
                await database.ping()
        proxy.thaw()
        await database.ping()
    finally:
        await database.close()


async def test_a_session_that_the_server_ends_is_replaced(store: Store, address: str) -> None:
    await store.observations.append(rows(1))
    await execute(
        address,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    assert await store.observations.append(rows(2)) == 1
    assert await stamps(store) == [1, 2]


async def test_the_writer_carries_its_rows_over_an_outage_and_says_so_once(
    proxy: Proxy, clock: FakeClock
) -> None:
    tried = asyncio.Event()
    async with open_store(proxy.address) as store:

        async def append(batch: Sequence[Observation]) -> int:
            try:
                return await store.observations.append(batch)
            finally:
                tried.set()

        with capture_logs() as logs:
            async with BufferedWriter("observations", append, clock=clock, rng=random.Random(1)) as writer:
                await proxy.cut()
                for row in rows(*range(1_200)):
                    writer.put(row)
                flushed = asyncio.create_task(writer.flush())
                await tried.wait()
                await proxy.mend()
                while not flushed.done():
                    await clock.advance(1_000)
        assert [entry["event"] for entry in logs] == ["writing is held up, rows are kept", "writing goes on"]
        assert (writer.counts.written, writer.counts.dropped) == (1_200, 0)
        assert await stamps(store) == list(range(1_200))


async def _write_and_cut(store: Store, proxy: Proxy) -> None:
    async with store.database.write() as connection:
        await connection.execute(
            OBSERVATION.insert(), {"series": "s", "symbol": "X", "ts": 1, "known_at": 1, "value": 1.0}
        )
        await proxy.cut()
