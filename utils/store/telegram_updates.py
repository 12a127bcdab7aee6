"""Updates of Telegram, from their arrival until some days after their answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from utils.store.checks import checked_ms
from utils.store.database import Database
from utils.store.rows import insert_into
from utils.store.tables import TELEGRAM_UPDATE
from utils.units import DAY_MS

_C = TELEGRAM_UPDATE.c
KEPT_AFTER_ANSWER_MS = 3 * DAY_MS
"""Telegram delivers an update again for at most a day."""


@dataclass(frozen=True, slots=True)
class UnansweredUpdate:
    """An update that was received and not answered.

    ``attempts`` counts the processes that have tried before. ``placing_after`` is the newest message id of the chat
    before a placeholder or an answer whose delivery is in doubt, ``placeholder_id`` the id of a placeholder that was
    delivered.
    """

    update_id: int
    raw: str
    attempts: int
    placing_after: int | None
    placeholder_id: int | None


class TelegramUpdates:
    """The table ``telegram_update``: one row per bot and update id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, bot_id: int, raws: Sequence[tuple[int, str]], *, now_ms: int) -> set[int]:
        """Keep updates (id, JSON) in one transaction and return the ids that are new."""
        received_at = checked_ms("now_ms", now_ms)
        rows = [
            {"bot_id": bot_id, "update_id": update_id, "raw": raw, "received_at": received_at, "attempts": 0}
            for update_id, raw in raws
        ]
        if not rows:
            return set()
        async with self._database.write() as connection:
            insert = insert_into(connection, TELEGRAM_UPDATE).on_conflict_do_nothing()
            result = await connection.execute(insert.returning(_C.update_id), rows)
            return {int(row[0]) for row in result.all()}

    async def unanswered(self, bot_id: int) -> tuple[UnansweredUpdate, ...]:
        """Return the updates without an answer in order of their ids, and count one more attempt for each."""
        mine = (_C.bot_id == bot_id, _C.done_at.is_(None))
        columns = (_C.update_id, _C.raw, _C.attempts, _C.placing_after, _C.placeholder_id)
        async with self._database.write() as connection:
            found = (await connection.execute(select(*columns).where(*mine).order_by(_C.update_id))).all()
            await connection.execute(update(TELEGRAM_UPDATE).where(*mine).values(attempts=_C.attempts + 1))
        return tuple(UnansweredUpdate(*row) for row in found)

    async def placing(self, bot_id: int, update_id: int, after_id: int) -> None:
        """Note that a placeholder or the answer is on its way, and the newest message id of its chat before it."""
        await self._set(bot_id, (update_id,), placing_after=after_id, placeholder_id=None)

    async def placed(self, bot_id: int, update_id: int, message_id: int | None) -> None:
        """Note the id of a delivered placeholder, ``None``: it was not delivered."""
        await self._set(bot_id, (update_id,), placing_after=None, placeholder_id=message_id)

    async def done(self, bot_id: int, update_ids: Iterable[int], *, now_ms: int) -> None:
        """Note that updates are answered, and forget what they said."""
        await self._set(bot_id, tuple(update_ids), done_at=checked_ms("now_ms", now_ms), raw="")

    async def set_aside(self, bot_id: int, update_id: int, *, now_ms: int) -> None:
        """Note that an update is done with, and keep what it said until it is pruned."""
        await self._set(bot_id, (update_id,), done_at=checked_ms("now_ms", now_ms))

    async def prune(self, now_ms: int) -> int:
        """Delete the ids of updates that were answered some days ago; return how many."""
        old = _C.done_at < now_ms - KEPT_AFTER_ANSWER_MS
        async with self._database.write() as connection:
            return (await connection.execute(delete(TELEGRAM_UPDATE).where(old))).rowcount

    async def _set(self, bot_id: int, update_ids: Sequence[int], **values: object) -> None:
        same = (_C.bot_id == bot_id, _C.update_id.in_(update_ids))
        async with self._database.write() as connection:
            await connection.execute(update(TELEGRAM_UPDATE).where(*same).values(**values))
