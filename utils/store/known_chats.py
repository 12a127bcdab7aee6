"""The chats that have written to a bot: where announcements go, and what administrators see of the groups."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from utils.store.checks import checked_ms, checked_text
from utils.store.database import Database
from utils.store.gone import is_gone
from utils.store.rows import insert_into
from utils.store.tables import CHAT

_C = CHAT.c


@dataclass(frozen=True, slots=True)
class KnownChat:
    """A chat as it was when it was heard of last (UTC ms); a private one is named by its person."""

    chat_id: int
    kind: str
    title: str
    seen_at: int


class KnownChats:
    """The table ``chat``: one row per bot and chat."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, bot_id: int, chats: Iterable[KnownChat]) -> None:
        """Keep chats as they are now."""
        rows = [_row(bot_id, chat) for chat in sorted(chats, key=lambda chat: chat.chat_id)]
        if not rows:
            return
        async with self._database.write() as connection:
            insert = insert_into(connection, CHAT)
            newer = {name: insert.excluded[name] for name in ("kind", "title", "seen_at")}
            key = list(CHAT.primary_key)
            await connection.execute(insert.on_conflict_do_update(index_elements=key, set_=newer), rows)

    async def of_bot(self, bot_id: int) -> tuple[KnownChat, ...]:
        """Return the chats of a bot that have not blocked or removed it, those heard of last first."""
        columns = (_C.chat_id, _C.kind, _C.title, _C.seen_at)
        there = (_C.bot_id == bot_id, ~is_gone(_C.bot_id, _C.chat_id))
        query = select(*columns).where(*there).order_by(_C.seen_at.desc(), _C.chat_id)
        async with self._database.read() as connection:
            return tuple(KnownChat(*row) for row in (await connection.execute(query)).all())


async def move_known(connection: AsyncConnection, bot_id: int, old_id: int, new_id: int) -> None:
    """Follow a group to the supergroup that it has become."""
    of_old, of_new = (
        (_C.bot_id == bot_id, _C.chat_id == old_id),
        (_C.bot_id == bot_id, _C.chat_id == new_id),
    )
    known = (await connection.execute(select(_C.chat_id).where(*of_new))).first()
    if known is not None:
        await connection.execute(delete(CHAT).where(*of_old))
    await connection.execute(update(CHAT).where(*of_old).values(chat_id=new_id, kind="supergroup"))


async def drop_known(connection: AsyncConnection, bot_id: int, chat_id: int) -> None:
    """Forget a chat that is gone."""
    await connection.execute(delete(CHAT).where(_C.bot_id == bot_id, _C.chat_id == chat_id))


def _row(bot_id: int, chat: KnownChat) -> dict[str, object]:
    return {
        "bot_id": bot_id,
        "chat_id": chat.chat_id,
        "kind": checked_text("kind", chat.kind),
        "title": checked_text("title", chat.title),
        "seen_at": checked_ms("seen_at", chat.seen_at),
    }
