"""Who may do more than others: the administrators that owners have added, by their person's ids."""

from dataclasses import dataclass

from sqlalchemy import select

from utils.store.audit import AuditEntry
from utils.store.audited import delete_audited, put_audited
from utils.store.checks import checked_ms, checked_text
from utils.store.database import Database
from utils.store.tables import PRINCIPAL

_C = PRINCIPAL.c


@dataclass(frozen=True, slots=True)
class Principal:
    """An administrator of a bot: ``name`` as it was when ``added_by`` added them (UTC ms)."""

    bot_id: int
    person_id: int
    name: str
    added_by: int
    added_at: int


class Principals:
    """The table ``principal``: one row per bot and person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_bot(self, bot_id: int) -> tuple[Principal, ...]:
        """Return the administrators of a bot, the longest there first."""
        columns = (_C.bot_id, _C.person_id, _C.name, _C.added_by, _C.added_at)
        query = select(*columns).where(_C.bot_id == bot_id).order_by(_C.added_at, _C.person_id)
        async with self._database.read() as connection:
            return tuple(Principal(*row) for row in (await connection.execute(query)).all())

    async def add(self, principal: Principal, entry: AuditEntry) -> bool:
        """Keep an administrator, with who did it; return whether they are new."""
        row = {
            "bot_id": principal.bot_id,
            "person_id": principal.person_id,
            "name": checked_text("name", principal.name),
            "added_by": principal.added_by,
            "added_at": checked_ms("added_at", principal.added_at),
        }
        return await put_audited(self._database, PRINCIPAL, row, entry)

    async def remove(self, bot_id: int, person_id: int, entry: AuditEntry) -> bool:
        """Delete an administrator, with who did it; return whether they were one."""
        same = (_C.bot_id == bot_id, _C.person_id == person_id)
        return await delete_audited(self._database, PRINCIPAL, same, entry)
