"""Who gets no answers (``ban``) and which chats get no pushes (``mute``)."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from utils.store.audit import AuditEntry
from utils.store.audited import delete_audited, put_audited
from utils.store.checks import checked_ms, checked_text
from utils.store.database import Database
from utils.store.tables import BAN

_C = BAN.c
BanKind = Literal["ban", "mute"]


@dataclass(frozen=True, slots=True)
class Ban:
    """A restriction of a person or chat, known by its id: a person's is also that of the private chat.

    ``name`` is as it was when ``set_by`` set it (UTC ms).
    """

    bot_id: int
    subject_id: int
    kind: BanKind
    name: str
    set_by: int
    set_at: int


class Bans:
    """The table ``ban``: one row per bot, subject and kind."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_bot(self, bot_id: int) -> tuple[Ban, ...]:
        """Return the restrictions of a bot, the oldest first."""
        columns = (_C.bot_id, _C.subject_id, _C.kind, _C.name, _C.set_by, _C.set_at)
        query = select(*columns).where(_C.bot_id == bot_id).order_by(_C.set_at, _C.subject_id, _C.kind)
        async with self._database.read() as connection:
            return tuple(Ban(*row) for row in (await connection.execute(query)).all())

    async def add(self, ban: Ban, entry: AuditEntry) -> bool:
        """Keep a restriction, with who did it; return whether it is new."""
        row = {
            "bot_id": ban.bot_id,
            "subject_id": ban.subject_id,
            "kind": ban.kind,
            "name": checked_text("name", ban.name),
            "set_by": ban.set_by,
            "set_at": checked_ms("set_at", ban.set_at),
        }
        return await put_audited(self._database, BAN, row, entry)

    async def remove(self, bot_id: int, subject_id: int, kind: BanKind, entry: AuditEntry) -> bool:
        """Delete a restriction, with who did it; return whether there was one."""
        same = (_C.bot_id == bot_id, _C.subject_id == subject_id, _C.kind == kind)
        return await delete_audited(self._database, BAN, same, entry)


async def move_bans(connection: AsyncConnection, bot_id: int, old_id: int, new_id: int) -> None:
    """Follow a group to the supergroup that it has become."""
    there = select(_C.kind).where(_C.bot_id == bot_id, _C.subject_id == new_id)
    of_old = (_C.bot_id == bot_id, _C.subject_id == old_id)
    await connection.execute(delete(BAN).where(*of_old, _C.kind.in_(there)))
    await connection.execute(update(BAN).where(*of_old).values(subject_id=new_id))
