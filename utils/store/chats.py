"""What concerns a whole chat: it is gone, it is back, or it has become another one, in every table that names it.

A group that becomes a supergroup gets a new id, and its message ids begin anew there: cards keep their old place.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from utils.store.alerts import disarm_alerts, drop_alerts, move_alerts
from utils.store.bans import move_bans
from utils.store.chat_settings import drop_settings, move_settings
from utils.store.checks import checked_ms
from utils.store.database import Database
from utils.store.digests import drop_digests, move_digests
from utils.store.favourites import drop_favourites, move_favourites
from utils.store.known_chats import drop_known, move_known
from utils.store.outbox import drop_messages, move_messages
from utils.store.rows import insert_into
from utils.store.tables import GONE_CHAT
from utils.units import DAY_MS

_C = GONE_CHAT.c
KEPT_MS: Final = 90 * DAY_MS
"""What a chat has asked for is kept so long after it has gone, in case that it comes back."""
Move = Callable[[AsyncConnection, int, int, int], Awaitable[None]]
Drop = Callable[[AsyncConnection, int, int], Awaitable[None]]


async def _move_gone(connection: AsyncConnection, bot_id: int, old_id: int, _new_id: int) -> None:
    """A group that becomes a supergroup is not gone, whatever was noted of its old id."""
    await connection.execute(delete(GONE_CHAT).where(_C.bot_id == bot_id, _C.chat_id == old_id))


MOVES: Final[tuple[Move, ...]] = (
    move_alerts,
    move_messages,
    move_settings,
    move_favourites,
    move_known,
    move_bans,
    move_digests,
    _move_gone,
)
"""How each table follows a chat to its new id."""
DROPS: Final[tuple[Drop, ...]] = (drop_alerts, drop_settings, drop_favourites, drop_known, drop_digests)
"""How each table forgets a chat that did not come back."""


class Chats:
    """The table ``gone_chat``, and whatever other tables keep of a chat that moves, goes or comes back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def move(self, bot_id: int, old_id: int, new_id: int) -> None:
        """Follow a group to the supergroup that it has become, in all tables at once."""
        async with self._database.write() as connection:
            for move in MOVES:
                await move(connection, bot_id, old_id, new_id)

    async def gone(self, bot_id: int, chat_id: int, why: str, *, now_ms: int) -> int:
        """Note that a chat takes no messages of the bot: nothing is sent or watched for it any more.

        What waits for it is dropped; return how many messages.
        """
        row = {"bot_id": bot_id, "chat_id": chat_id, "since": checked_ms("now_ms", now_ms)}
        async with self._database.write() as connection:
            await connection.execute(insert_into(connection, GONE_CHAT).on_conflict_do_nothing(), row)
            return await drop_messages(connection, bot_id, chat_id, why, now_ms=now_ms)

    async def back(self, bot_id: int, chat_ids: Iterable[int]) -> tuple[int, ...]:
        """Note that chats have been heard of; return those that were gone: what they had asked for begins anew."""
        same = (_C.bot_id == bot_id, _C.chat_id.in_(tuple(chat_ids)))
        async with self._database.read() as connection:
            found = tuple((await connection.execute(select(_C.chat_id).where(*same))).scalars())
        if found:
            async with self._database.write() as connection:
                await connection.execute(delete(GONE_CHAT).where(*same))
                for chat_id in found:
                    await disarm_alerts(connection, bot_id, chat_id)
        return found

    async def prune(self, now_ms: int) -> int:
        """Forget what was kept for chats that have been gone for long (UTC ms); return how many chats."""
        old = _C.since < now_ms - KEPT_MS
        async with self._database.write() as connection:
            rows = (await connection.execute(select(_C.bot_id, _C.chat_id).where(old))).all()
            for bot_id, chat_id in rows:
                for drop in DROPS:
                    await drop(connection, bot_id, chat_id)
            await connection.execute(delete(GONE_CHAT).where(old))
        return len(rows)
