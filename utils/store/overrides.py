"""Runtime overrides of the configuration: a stack of what was set from the chat; the newest of a key is in force."""

import json
from dataclasses import dataclass

from sqlalchemy import delete, select

from utils.store.audit import AuditEntry, put_audit
from utils.store.checks import checked_text
from utils.store.database import Database
from utils.store.tables import OVERRIDE

_C = OVERRIDE.c


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """One override: ``number`` grows with time, ``key`` is dotted such as ``trend.rsi_period``, ``value`` is JSON."""

    number: int
    key: str
    value: object


class Overrides:
    """The table ``override``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> tuple[OverrideRow, ...]:
        """Return every override, the oldest first."""
        query = select(_C.number, _C.key, _C.value).order_by(_C.number)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(OverrideRow(number, key, json.loads(value)) for number, key, value in rows)

    async def push(self, key: str, value: object, entry: AuditEntry) -> None:
        """Keep an override above all others, with who did it."""
        row = {"key": checked_text("key", key), "value": json.dumps(value)}
        async with self._database.write() as connection:
            await connection.execute(OVERRIDE.insert().values(row))
            await put_audit(connection, entry)

    async def remove(self, number: int, entry: AuditEntry) -> bool:
        """Delete an override, with who did it; return whether it was still there."""
        async with self._database.write() as connection:
            gone = await connection.execute(delete(OVERRIDE).where(_C.number == number))
            if gone.rowcount == 0:
                return False
            await put_audit(connection, entry)
        return True
