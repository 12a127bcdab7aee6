"""Fresh databases for tests: an SQLite file, or a database of its own on the PostgreSQL of ``TEST_POSTGRES_URL``."""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import NullPool, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from utils.store.store import open_store

_templates: dict[str, str] = {}
"""By server the name of the database with all tables that this process copies."""


def postgres_server() -> str:
    """The address of the server; without one its tests are skipped aloud, in continuous integration they fail."""
    address = os.environ.get("TEST_POSTGRES_URL")
    if address:
        return address
    if os.environ.get("CI") == "true":
        pytest.fail("TEST_POSTGRES_URL is not set; scripts/postgres.sh starts the server")
    pytest.skip("no PostgreSQL here: run scripts/test as root, or name one in TEST_POSTGRES_URL")


@asynccontextmanager
async def fresh_postgres() -> AsyncIterator[str]:
    """Make an empty database and drop it at the end, whoever is still connected."""
    async with _database(postgres_server(), "template0") as address:
        yield address


@asynccontextmanager
async def upgraded_postgres() -> AsyncIterator[str]:
    """Make a database with all tables, which takes less time than to upgrade an empty one, and drop it at the end."""
    server = postgres_server()
    if server not in _templates:
        name = _templates[server] = f"t{uuid.uuid4().hex}"
        await execute(server, f"CREATE DATABASE {name} TEMPLATE template0")
        async with open_store(_address(server, name)):
            pass
    async with _database(server, _templates[server]) as address:
        yield address


async def drop_templates() -> None:
    """Drop what `upgraded_postgres` copies."""
    while _templates:
        server, name = _templates.popitem()
        await execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def _database(server: str, template: str) -> AsyncIterator[str]:
    name = f"t{uuid.uuid4().hex}"
    await execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield _address(server, name)
    finally:
        await execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _address(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


async def execute(address: str, statement: str) -> None:
    """Run one statement as the server's administrator, beside everything under test and outside any transaction."""
    url = make_url(address).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


def fresh_sqlite(folder: Path) -> str:
    """The address of a file that does not exist yet, in a folder that does not exist yet."""
    return f"sqlite+aiosqlite:///{folder / 'var' / 'bot.db'}"
