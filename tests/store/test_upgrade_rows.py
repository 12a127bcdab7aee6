"""Rows outlive upgrades: those of the first version, and one of every table from the version that made it."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, BigInteger, Boolean, Column, Connection, Float, Integer, MetaData, Table, select

from utils.store.database import Database
from utils.store.migrate import MIGRATIONS, run
from utils.store.store import open_store

Rows = dict[str, dict[str, Any]]
AT_MS = 1_700_000_000_000


@pytest.fixture
async def database(address: str) -> AsyncIterator[Database]:
    opened = await Database.open(address)
    yield opened
    await opened.close()


def versions() -> list[str]:
    """The versions of the tables, the first one first."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    return [script.revision for script in scripts.walk_revisions()][::-1]


def upgrade_to(version: str, config: Config) -> None:
    command.upgrade(config, version)


async def test_a_row_of_every_table_outlives_all_versions_after_it(database: Database) -> None:
    written: Rows = {}
    for version in versions():
        async with database.write() as connection:
            await run(connection, partial(upgrade_to, version))
            written |= await connection.run_sync(_fill, frozenset(written))
    assert len(written) > 20
    async with database.read() as connection:
        left = await connection.run_sync(_first_rows)
    assert {table: {name: left[table][name] for name in row} for table, row in written.items()} == written


async def test_what_the_first_version_recorded_is_read_by_the_newest(address: str) -> None:
    database = await Database.open(address)
    async with database.write() as connection:
        await run(connection, partial(upgrade_to, versions()[0]))
        table = Table("observation", MetaData())
        for name in ("series", "symbol", "ts", "known_at", "value"):
            table.append_column(Column(name))
        rows = [("open_interest", "BTCUSDT", ts, ts + 5, float(ts)) for ts in range(100)]
        await connection.execute(
            table.insert(), [dict(zip(table.c.keys(), row, strict=True)) for row in rows]
        )
    await database.close()
    async with open_store(address) as store:
        window = await store.observations.window("open_interest", "BTCUSDT", 0, 100, as_of=AT_MS)
    assert window.value.tolist() == [float(ts) for ts in range(100)]


def _fill(connection: Connection, filled: frozenset[str]) -> Rows:
    """Write one row into every table that has none yet."""
    made = {name: table for name, table in _tables(connection).items() if name not in filled}
    rows = {name: {column.name: _value(column) for column in table.columns} for name, table in made.items()}
    for name, table in made.items():
        connection.execute(table.insert(), rows[name])
    return rows


def _first_rows(connection: Connection) -> Rows:
    found = {
        name: connection.execute(select(table)).mappings().one()
        for name, table in _tables(connection).items()
    }
    return {name: dict(row) for name, row in found.items()}


def _tables(connection: Connection) -> dict[str, Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return {name: table for name, table in metadata.tables.items() if name != "alembic_version"}


def _value(column: "Column[Any]") -> Any:
    """A value of the column's type that differs from other columns' values."""
    kind, number = column.type, sum(map(ord, column.name))
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, JSON):
        return {"of": column.name, "list": [number, None]}
    if isinstance(kind, BigInteger):
        return AT_MS + number
    if isinstance(kind, Integer):
        return number
    return number + 0.25 if isinstance(kind, Float) else f"{column.name} ş"
