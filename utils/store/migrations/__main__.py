"""Writes the next version from what ``tables.py`` says: ``python -m utils.store.migrations 0002 "add chats"``."""

import asyncio
import sys
import tempfile
from functools import partial
from pathlib import Path

from alembic import command
from alembic.config import Config

from utils.store.database import Database
from utils.store.migrate import run


async def write_version(number: str, message: str) -> None:
    """Compare ``tables.py`` with a fresh, migrated SQLite file and write the difference as a version to be edited."""
    with tempfile.TemporaryDirectory() as folder:
        database = await Database.open(f"sqlite:///{Path(folder) / 'empty.db'}")
        try:
            await database.upgrade()
            async with database.write() as connection:
                await run(connection, partial(_write, number, message))
        finally:
            await database.close()


def _write(number: str, message: str, config: Config) -> None:
    command.revision(config, message, autogenerate=True, rev_id=number)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(str(__doc__))
    asyncio.run(write_version(*sys.argv[1:]))
