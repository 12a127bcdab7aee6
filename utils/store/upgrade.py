"""Brings the tables to the newest version; Alembic is loaded only where they are not there already."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

VERSIONS: Final = Path(__file__).resolve().parent / "migrations" / "versions"
VERSION_TABLE: Final = "alembic_version"


async def upgrade(connection: AsyncConnection) -> None:
    """Upgrade inside the connection's transaction; the caller commits. Processes that start together take turns.

    Raises ``Misconfigured`` when a newer version of the program has already been here.
    """
    if await connection.run_sync(version_of) == newest():
        return
    # half of the import time of everything else that stores, and nearly every start finds nothing to migrate
    from utils.store.migrate import run, upgrade_head  # noqa: PLC0415

    await run(connection, upgrade_head)


def version_of(connection: Connection) -> str | None:
    """Return the version that the tables have, ``None`` where there are none of ours."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
    return None if found is None else str(found)


def newest() -> str:
    """Return the newest version that ships with the program: the highest number among ``vNNNN_what.py``."""
    return max(path.name[1:].partition("_")[0] for path in VERSIONS.glob("v*.py"))
