"""How each card in a chat is written: a button pressed by somebody else, or after a restart, keeps it so."""

from dataclasses import dataclass

from sqlalchemy import delete, select

from utils.store.checks import checked_ms, checked_text
from utils.store.database import Database
from utils.store.rows import insert_into
from utils.store.tables import TELEGRAM_CARD
from utils.units import DAY_MS

_C = TELEGRAM_CARD.c
KEPT_MS = 400 * DAY_MS
"""A card that was not written for so long is forgotten."""


@dataclass(frozen=True, slots=True)
class CardPlace:
    """The message that a card stands in; message ids are a bot's own in private chats."""

    bot_id: int
    chat_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class CardRow:
    """Language code, IANA zone of the times, and theme of the chart."""

    language: str
    zone: str
    theme: str


class TelegramCards:
    """The table ``telegram_card``: one row per message."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, place: CardPlace, card: CardRow, *, now_ms: int) -> None:
        """Keep how a card is written; what was kept of the message before is replaced."""
        values = {
            "language": checked_text("language", card.language),
            "zone": checked_text("zone", card.zone),
            "theme": checked_text("theme", card.theme),
            "written_at": checked_ms("now_ms", now_ms),
        }
        key = {"bot_id": place.bot_id, "chat_id": place.chat_id, "message_id": place.message_id}
        async with self._database.write() as connection:
            insert = insert_into(connection, TELEGRAM_CARD).values(key | values)
            await connection.execute(
                insert.on_conflict_do_update(index_elements=list(TELEGRAM_CARD.primary_key), set_=values)
            )

    async def get(self, place: CardPlace) -> CardRow | None:
        """Return how the card of a message is written, ``None`` if nothing is known of it."""
        same = (_C.bot_id == place.bot_id, _C.chat_id == place.chat_id, _C.message_id == place.message_id)
        async with self._database.read() as connection:
            query = select(_C.language, _C.zone, _C.theme).where(*same)
            found = (await connection.execute(query)).one_or_none()
        return None if found is None else CardRow(*found)

    async def prune(self, now_ms: int) -> int:
        """Delete what was not written for long (UTC ms); return how many rows."""
        async with self._database.write() as connection:
            old = delete(TELEGRAM_CARD).where(_C.written_at < now_ms - KEPT_MS)
            return (await connection.execute(old)).rowcount
