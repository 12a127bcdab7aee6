"""Room in Telegram's limits: a process asks for it by a row, the one that leads lends it, who asked deletes the row."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from utils.store.checks import checked_text
from utils.store.database import Database
from utils.store.tables import SEND_ROOM

_C = SEND_ROOM.c


@dataclass(frozen=True, slots=True)
class RoomAsked:
    """A wish to send one message to a chat; ``asking`` is its name, which is never used again."""

    asking: str
    chat_id: int
    is_lent: bool


class SendRooms:
    """The table ``send_room``: one row per message that a process wants to send or is sending."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, bot_id: int, asking: str, chat_id: int) -> None:
        """Ask for room for one message to a chat."""
        row = {"bot_id": bot_id, "asking": checked_text("asking", asking), "chat_id": chat_id}
        async with self._database.write() as connection:
            await connection.execute(insert(SEND_ROOM).values(row | {"is_lent": False}))

    async def is_lent(self, bot_id: int, asking: str) -> bool:
        """Return whether room has been lent; what the leader has ended is not lent any more."""
        query = select(_C.is_lent).where(_C.bot_id == bot_id, _C.asking == asking)
        async with self._database.read() as connection:
            return bool((await connection.execute(query)).scalar_one_or_none())

    async def asked(self, bot_id: int) -> tuple[RoomAsked, ...]:
        """Return what every process asks for, in the order of the names."""
        query = select(_C.asking, _C.chat_id, _C.is_lent).where(_C.bot_id == bot_id).order_by(_C.asking)
        async with self._database.read() as connection:
            return tuple(RoomAsked(*row) for row in (await connection.execute(query)).all())

    async def lend(self, bot_id: int, asking: Collection[str]) -> None:
        """Note that there is room for messages."""
        lent = update(SEND_ROOM).where(_C.bot_id == bot_id, _C.asking.in_(asking)).values(is_lent=True)
        async with self._database.write() as connection:
            await connection.execute(lent)

    async def end(self, bot_id: int, asking: Collection[str]) -> None:
        """Forget wishes: their messages are sent, will not be, or their processes have ended."""
        ended = delete(SEND_ROOM).where(_C.bot_id == bot_id, _C.asking.in_(asking))
        async with self._database.write() as connection:
            await connection.execute(ended)
