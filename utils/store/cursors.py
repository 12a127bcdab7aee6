"""How far each series has been fetched, so that a restarted recorder goes on where it stopped."""

from sqlalchemy import select

from utils.store.checks import checked_ms, checked_text
from utils.store.database import Database
from utils.store.rows import insert_into
from utils.store.tables import RECORDER_CURSOR

_C = RECORDER_CURSOR.c


class Cursors:
    """The table ``recorder_cursor``: one stamp per series and symbol, which never goes back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def advance(self, series: str, symbol: str, ts: int, *, now_ms: int) -> None:
        """Note that everything up to ``ts`` (UTC ms) has been fetched, whether or not there was anything."""
        row = {
            "series": checked_text("series", series),
            "symbol": checked_text("symbol", symbol),
            "ts": checked_ms("ts", ts),
            "updated_at": checked_ms("now_ms", now_ms),
        }
        async with self._database.write() as connection:
            insert = insert_into(connection, RECORDER_CURSOR).values(row)
            newer = {"ts": insert.excluded.ts, "updated_at": insert.excluded.updated_at}
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=[_C.series, _C.symbol], set_=newer, where=_C.ts < insert.excluded.ts
                )
            )

    async def get(self, series: str, symbol: str) -> int | None:
        """Return the stamp (UTC ms) up to which the series has been fetched, ``None`` before the first time."""
        query = select(_C.ts).where(_C.series == series, _C.symbol == symbol)
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one_or_none()
