"""What administrators have done: who, when, in which chat, what it was before and what after."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from utils.store.checks import checked_ms, checked_text
from utils.store.database import Database
from utils.store.tables import AUDIT

_C = AUDIT.c


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action on a subject at a moment (UTC ms).

    ``person_id`` and ``asked_in``, the chat, are ``None`` for a signal to the process; ``before`` and ``after`` where
    there was, or is, nothing.
    """

    at: int
    person_id: int | None
    asked_in: int | None
    action: str
    subject: str
    before: str | None = None
    after: str | None = None


class AuditLog:
    """The table ``audit``: entries are added and never changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entry: AuditEntry) -> None:
        """Keep an entry."""
        async with self._database.write() as connection:
            await put_audit(connection, entry)

    async def last(self, most: int) -> tuple[AuditEntry, ...]:
        """Return the newest entries, the newest first."""
        columns = (_C.at, _C.person_id, _C.asked_in, _C.action, _C.subject, _C.before, _C.after)
        query = select(*columns).order_by(_C.number.desc()).limit(most)
        async with self._database.read() as connection:
            return tuple(AuditEntry(*row) for row in (await connection.execute(query)).all())


async def put_audit(connection: AsyncConnection, entry: AuditEntry) -> None:
    """Keep an entry in a transaction that is open: that of what it tells."""
    row = {
        "at": checked_ms("at", entry.at),
        "person_id": entry.person_id,
        "asked_in": entry.asked_in,
        "action": checked_text("action", entry.action),
        "subject": checked_text("subject", entry.subject),
        "before": None if entry.before is None else checked_text("before", entry.before),
        "after": None if entry.after is None else checked_text("after", entry.after),
    }
    await connection.execute(AUDIT.insert().values(row))
