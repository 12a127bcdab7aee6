"""Fresh databases for tests: an SQLite file, or a database of its own on the PostgreSQL of ``TEST_POSTGRES_URL``."""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import NullPool, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine


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
    server = postgres_server()
    name = f"t{uuid.uuid4().hex}"
    await execute(server, f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        await execute(server, f"DROP DATABASE {name} WITH (FORCE)")


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
