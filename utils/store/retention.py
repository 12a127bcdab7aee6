"""Forgets raw rows after their time."""

from sqlalchemy import Table, delete, select, tuple_

from utils.store.database import Database
from utils.store.tables import LIQUIDATION, LISTENING, OBSERVATION, OPTION_SUMMARY
from utils.units import DAY_MS

KEEP_MS = 400 * DAY_MS  # DESIGN.md, State: raw observations are kept 400 days

# Each table, the leading columns of its key, and the time that grows old.
_RAW = (
    (OBSERVATION, ("series", "symbol"), "ts"),
    (LIQUIDATION, ("symbol",), "ts"),
    (OPTION_SUMMARY, ("source", "underlying"), "ts"),
    (LISTENING, ("stream", "symbol"), "until"),
)
_Lead = tuple[str, ...]


async def prune(database: Database, now_ms: int, *, keep_ms: int = KEEP_MS) -> dict[str, int]:
    """Delete rows that describe a time before ``now_ms - keep_ms`` (UTC ms) and return how many, by table.

    Each series of each symbol is a transaction of its own over one range of the key, so that writers wait little.
    """
    return {
        table.name: await _prune(database, table, lead, time, now_ms - keep_ms) for table, lead, time in _RAW
    }


async def _prune(database: Database, table: Table, lead: _Lead, time: str, before: int) -> int:
    deleted = 0
    group = await _next_group(database, table, lead, None)
    while group is not None:
        same = [table.c[name] == value for name, value in zip(lead, group, strict=True)]
        async with database.write() as connection:
            deleted += (await connection.execute(delete(table).where(*same, table.c[time] < before))).rowcount
        group = await _next_group(database, table, lead, group)
    return deleted


async def _next_group(database: Database, table: Table, lead: _Lead, after: _Lead | None) -> _Lead | None:
    """Return the next values of the leading columns: one step in the key's index each, however many rows they have."""
    columns = [table.c[name] for name in lead]
    query = select(*columns).order_by(*columns).limit(1)
    if after is not None:
        query = query.where(tuple_(*columns) > tuple_(*after))
    async with database.read() as connection:
        row = (await connection.execute(query)).one_or_none()
    return None if row is None else tuple(row)
