"""What buttons name by a short key because it does not fit into them, such as the members of a basket."""

from sqlalchemy import delete, select

from utils.store.checks import checked_ms, checked_text
from utils.store.database import Database
from utils.store.rows import insert_into
from utils.store.tables import VIEW
from utils.units import DAY_MS

KEPT_MS = 400 * DAY_MS
"""A view that was not shown for so long is forgotten."""


class Views:
    """The table ``view``: one row per key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, key: str, content: str, *, now_ms: int) -> None:
        """Keep the content of a key; written anew it counts as shown now (UTC ms)."""
        values = {"content": checked_text("content", content), "shown_at": checked_ms("now_ms", now_ms)}
        async with self._database.write() as connection:
            insert = insert_into(connection, VIEW).values({"key": checked_text("key", key)} | values)
            await connection.execute(insert.on_conflict_do_update(index_elements=[VIEW.c.key], set_=values))

    async def get(self, key: str) -> str | None:
        """Return the content of a key, ``None`` if there is none."""
        async with self._database.read() as connection:
            query = select(VIEW.c.content).where(VIEW.c.key == key)
            return (await connection.execute(query)).scalar_one_or_none()

    async def take(self, key: str) -> str | None:
        """Delete a key and return its content, ``None`` if there was none: of several who take it one gets it."""
        async with self._database.write() as connection:
            taken = delete(VIEW).where(VIEW.c.key == key).returning(VIEW.c.content)
            return (await connection.execute(taken)).scalar_one_or_none()

    async def prune(self, now_ms: int) -> int:
        """Delete what was not shown for long (UTC ms); return how many rows."""
        async with self._database.write() as connection:
            old = delete(VIEW).where(VIEW.c.shown_at < now_ms - KEPT_MS)
            return (await connection.execute(old)).rowcount
