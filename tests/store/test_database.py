"""Transactions on both databases: whole or not at all, readers beside a writer, writers in turn, cancellation."""

import asyncio
import traceback

import pytest
from sqlalchemy import insert, text

from utils.http.errors import Rejected
from utils.store.database import Database
from utils.store.observations import Observation
from utils.store.store import Store, open_store
from utils.store.tables import OBSERVATION

ALL = 2**62


class Broken(Exception):
    """Something that no database raises."""


def row(ts: int) -> Observation:
    return Observation("s", "X", ts, ts, 1.0)


def raw(ts: int | None) -> dict[str, object]:
    return {"series": "s", "symbol": "X", "ts": ts, "known_at": 1, "value": 1.0}


async def stamps(store: Store) -> list[int]:
    return list((await store.observations.window("s", "X", 0, ALL, as_of=ALL)).ts)


async def write_and_break(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(insert(OBSERVATION), raw(1))
        raise Broken


async def test_an_error_inside_undoes_the_whole_transaction(store: Store) -> None:
    with pytest.raises(Broken):
        await write_and_break(store.database)
    assert await stamps(store) == []


async def test_a_reader_sees_nothing_of_a_write_that_is_not_committed(store: Store) -> None:
    async with store.database.write() as connection:
        await connection.execute(insert(OBSERVATION), raw(1))
        assert await stamps(store) == []
    assert await stamps(store) == [1]


async def test_reading_first_and_writing_later_in_one_transaction_never_collides(store: Store) -> None:
    await store.observations.append([row(0)])

    async def count_up() -> None:
        async with store.database.write() as connection:
            if store.database.dialect == "postgresql":
                await connection.execute(text("LOCK TABLE observation IN EXCLUSIVE MODE"))
            top = (await connection.execute(text("SELECT max(ts) FROM observation"))).scalar_one()
            await connection.execute(insert(OBSERVATION), raw(top + 1))

    await asyncio.gather(*(count_up() for _ in range(20)))
    assert await stamps(store) == list(range(21))


async def test_a_cancelled_write_leaves_nothing_and_blocks_nobody(store: Store) -> None:
    inside = asyncio.Event()

    async def write_for_ever() -> None:
        async with store.database.write() as connection:
            await connection.execute(insert(OBSERVATION), raw(1))
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_for_ever())
    await inside.wait()
    waiting = asyncio.create_task(store.observations.append([row(2)]))
    task.cancel()
    assert await waiting == 1
    assert await stamps(store) == [2]


async def test_a_row_that_breaks_a_constraint_is_rejected_without_being_quoted(store: Store) -> None:
    with pytest.raises(Rejected) as refused:
        await insert_raw(store.database, raw(None))
    assert refused.value.source == "database"
    with pytest.raises(Rejected) as refused:
        await insert_raw(store.database, raw(7_777_777), raw(7_777_777))
    assert "7777777" not in str(refused.value)
    logged = "".join(traceback.format_exception(refused.value))
    assert "parameters hidden" in logged
    assert "known_at': 1" not in logged


async def test_what_was_written_is_there_after_closing_and_opening_again(address: str) -> None:
    async with open_store(address) as store:
        await store.observations.append([row(5)])
    async with open_store(address) as store:
        assert await stamps(store) == [5]


async def test_an_open_database_names_itself_without_its_password(store: Store) -> None:
    assert store.database.dialect in ("sqlite", "postgresql")
    assert "@" not in store.database.shown
    assert store.database.shown.endswith("bot.db") or store.database.shown.startswith(
        "postgresql://127.0.0.1:"
    )


async def insert_raw(database: Database, *rows: dict[str, object]) -> None:
    async with database.write() as connection:
        await connection.execute(insert(OBSERVATION), list(rows))
