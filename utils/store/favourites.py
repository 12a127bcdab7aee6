"""The symbols that chats keep in lists, each list in the order in which they were added."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from utils.store.checks import checked_ms, checked_text
from utils.store.database import Database
from utils.store.rows import insert_into
from utils.store.tables import FAVOURITE

_C = FAVOURITE.c


class Favourites:
    """The table ``favourite``: one row per chat, list and symbol; a list without symbols is none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_chat(self, bot_id: int, chat_id: int) -> dict[str, tuple[str, ...]]:
        """Return the lists of a chat by their names."""
        async with self._database.read() as connection:
            return await _lists(connection, bot_id, chat_id)

    async def replace(
        self, bot_id: int, chat_id: int, changes: Mapping[str, Sequence[str]], *, now_ms: int
    ) -> None:
        """Write lists as they are to be (at ``now_ms``, UTC ms), in one transaction; an empty one goes."""
        added_at = checked_ms("now_ms", now_ms)
        async with self._database.write() as connection:
            for name, symbols in sorted(changes.items()):
                key = {"bot_id": bot_id, "chat_id": chat_id, "list": checked_text("list", name)}
                gone = delete(FAVOURITE).where(*_of(bot_id, chat_id), _C.list == name)
                await connection.execute(gone.where(_C.symbol.not_in(symbols)))
                for place, symbol in enumerate(symbols):
                    row = key | {
                        "symbol": checked_text("symbol", symbol),
                        "place": place,
                        "added_at": added_at,
                    }
                    insert = insert_into(connection, FAVOURITE).values(row)
                    placed = {"place": place}
                    primary = list(FAVOURITE.primary_key)
                    await connection.execute(
                        insert.on_conflict_do_update(index_elements=primary, set_=placed)
                    )


async def move_favourites(connection: AsyncConnection, bot_id: int, old_id: int, new_id: int) -> None:
    """Follow a group to the supergroup that it has become; a list that is there already stays."""
    there = select(_C.list).where(*_of(bot_id, new_id))
    await connection.execute(delete(FAVOURITE).where(*_of(bot_id, old_id), _C.list.in_(there)))
    await connection.execute(update(FAVOURITE).where(*_of(bot_id, old_id)).values(chat_id=new_id))


async def drop_favourites(connection: AsyncConnection, bot_id: int, chat_id: int) -> None:
    """Forget the lists of a chat."""
    await connection.execute(delete(FAVOURITE).where(*_of(bot_id, chat_id)))


async def _lists(connection: AsyncConnection, bot_id: int, chat_id: int) -> dict[str, tuple[str, ...]]:
    query = select(_C.list, _C.symbol).where(*_of(bot_id, chat_id)).order_by(_C.list, _C.place, _C.symbol)
    lists: dict[str, tuple[str, ...]] = {}
    for name, symbol in (await connection.execute(query)).all():
        lists[name] = (*lists.get(name, ()), symbol)
    return lists


def _of(bot_id: int, chat_id: int) -> tuple[ColumnElement[bool], ...]:
    return _C.bot_id == bot_id, _C.chat_id == chat_id
