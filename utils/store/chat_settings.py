"""What chats have set for themselves, each setting as text under its name."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from utils.store.checks import checked_ms, checked_text
from utils.store.database import Database
from utils.store.rows import insert_into
from utils.store.tables import CHAT_SETTING

_C = CHAT_SETTING.c


class ChatSettings:
    """The table ``chat_setting``: one row per chat and setting; what is not set has none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_chat(self, bot_id: int, chat_id: int) -> dict[str, str]:
        """Return the settings of a chat by their names."""
        async with self._database.read() as connection:
            query = select(_C.name, _C.value).where(*_of(bot_id, chat_id))
            return {row.name: row.value for row in (await connection.execute(query)).all()}

    async def chats_with(self, bot_id: int, name: str) -> tuple[int, ...]:
        """Return the chats that have a setting, by their ids."""
        async with self._database.read() as connection:
            query = select(_C.chat_id).where(_C.bot_id == bot_id, _C.name == name).order_by(_C.chat_id)
            return tuple((await connection.execute(query)).scalars())

    async def change(
        self, bot_id: int, chat_id: int, changes: Mapping[str, str | None], *, now_ms: int
    ) -> None:
        """Set what is changed (at ``now_ms``, UTC ms), and unset what is ``None``, in one transaction."""
        changed_at = checked_ms("now_ms", now_ms)
        async with self._database.write() as connection:
            for name, value in sorted(changes.items()):
                if value is None:
                    await connection.execute(
                        delete(CHAT_SETTING).where(*_of(bot_id, chat_id), _C.name == name)
                    )
                    continue
                key = {"bot_id": bot_id, "chat_id": chat_id, "name": checked_text("name", name)}
                values = {"value": checked_text("value", value), "changed_at": changed_at}
                insert = insert_into(connection, CHAT_SETTING).values(key | values)
                primary = list(CHAT_SETTING.primary_key)
                await connection.execute(insert.on_conflict_do_update(index_elements=primary, set_=values))


async def move_settings(connection: AsyncConnection, bot_id: int, old_id: int, new_id: int) -> None:
    """Follow a group to the supergroup that it has become; what is set there already stays."""
    there = select(_C.name).where(*_of(bot_id, new_id))
    await connection.execute(delete(CHAT_SETTING).where(*_of(bot_id, old_id), _C.name.in_(there)))
    await connection.execute(update(CHAT_SETTING).where(*_of(bot_id, old_id)).values(chat_id=new_id))


async def drop_settings(connection: AsyncConnection, bot_id: int, chat_id: int) -> None:
    """Delete what is set for a chat."""
    await connection.execute(delete(CHAT_SETTING).where(*_of(bot_id, chat_id)))


def _of(bot_id: int, chat_id: int) -> tuple[ColumnElement[bool], ...]:
    return _C.bot_id == bot_id, _C.chat_id == chat_id
