"""What can be wrong with an SQLite file, each as the error a caller can act on."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.store.databases import fresh_sqlite
from utils.http.errors import Misconfigured, Retryable, Unavailable
from utils.store.database import Database
from utils.store.engine import Patience
from utils.store.observations import Observation, Observations

PAGE = 4_096


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(fresh_sqlite(tmp_path), patience=Patience(busy_timeout_ms=0))
    await opened.upgrade()
    yield opened
    await opened.close()


async def pragma(database: Database, name: str) -> object:
    async with database.read() as connection:
        return (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()


async def test_the_file_is_in_wal_mode_with_foreign_keys(database: Database) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 0}
    assert {name: await pragma(database, name) for name in wanted} == wanted


async def test_a_folder_that_cannot_be_made_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    with pytest.raises(Misconfigured, match="cannot be written") as refused:
        await Database.open(fresh_sqlite(tmp_path))
    assert "DATABASE_URL" in refused.value.what_to_do


async def test_a_folder_in_place_of_the_file_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "var" / "bot.db").mkdir(parents=True)
    with pytest.raises(Misconfigured, match="unable to open"):
        await Database.open(fresh_sqlite(tmp_path))


async def test_another_tool_that_holds_the_file_is_a_passing_fault(
    database: Database, tmp_path: Path
) -> None:
    rows = [Observation("s", "X", 1, 1, 1.0)]
    shell = sqlite3.connect(tmp_path / "var" / "bot.db", isolation_level=None)
    try:
        shell.execute("BEGIN IMMEDIATE")
        with pytest.raises(Retryable, match="locked"):
            await Observations(database).append(rows)
        shell.execute("ROLLBACK")
    finally:
        shell.close()
    assert await Observations(database).append(rows) == 1


async def test_a_write_that_reads_first_holds_the_file_from_its_first_word(
    database: Database, tmp_path: Path
) -> None:
    shell = sqlite3.connect(tmp_path / "var" / "bot.db", isolation_level=None, timeout=0)
    try:
        async with database.write() as connection:
            await connection.execute(text("SELECT max(ts) FROM observation"))
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                shell.execute("BEGIN IMMEDIATE")
            await connection.execute(text("INSERT INTO observation VALUES ('s', 'X', 1, 1, 1.0)"))
    finally:
        shell.close()


async def test_writers_of_this_process_queue_and_do_not_lean_on_the_time_limit(database: Database) -> None:
    one_each = ([Observation("s", "X", ts, ts, 1.0)] for ts in range(20))  # the limit of this fixture is zero
    assert await asyncio.gather(*map(Observations(database).append, one_each)) == [1] * 20


async def test_a_full_disk_is_an_outage_that_ends_when_there_is_room(database: Database) -> None:
    rows = [Observation("s", "X", ts, ts, 1.0) for ts in range(20_000)]
    with pytest.raises(Unavailable, match="full"):
        await fill(database, "PRAGMA max_page_count = 30", rows)
    async with database.write() as connection:
        await connection.execute(text("PRAGMA max_page_count = 1000000"))
    assert await Observations(database).append(rows) == len(rows)


async def test_a_file_damaged_while_it_is_open_asks_for_the_backup(
    database: Database, tmp_path: Path
) -> None:
    await Observations(database).append(Observation("s", "X", ts, ts, 1.0) for ts in range(20_000))
    async with database.read() as connection:
        await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    await database.close()
    path = tmp_path / "var" / "bot.db"
    kept = path.stat().st_size // 2 // PAGE * PAGE  # the tables themselves stand in the first pages
    with path.open("r+b") as file:
        file.seek(kept)
        file.write(b"\xff" * (path.stat().st_size - kept))
    damaged = await Database.open(fresh_sqlite(tmp_path))
    with pytest.raises(Misconfigured, match="malformed") as refused:
        await Observations(damaged).window("s", "X", 19_990, 20_000, as_of=20_000)
    assert "backup" in refused.value.what_to_do
    await damaged.close()


async def fill(database: Database, limit: str, rows: list[Observation]) -> None:
    """Bound the file on every connection of the pool before writing: the limit belongs to a connection."""
    async with database.write() as connection:
        await connection.execute(text(limit))
    await Observations(database).append(rows)
