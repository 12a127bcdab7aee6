"""Who of several processes does what only one may do: a row per task that its holder renews, else it ends."""

from sqlalchemy import delete, or_, select

from utils.store.checks import checked_ms, checked_text
from utils.store.database import Database
from utils.store.rows import insert_into
from utils.store.tables import LEASE

_C = LEASE.c


class Leases:
    """The table ``lease``: one row per task. Times are UTC ms of the processes' clocks, which must agree to seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, name: str, holder: str, *, now_ms: int, until: int) -> str:
        """Hold a lease until a moment if it is free, ended or held by this holder already; return who holds it."""
        values = {"holder": checked_text("holder", holder), "until": checked_ms("until", until)}
        async with self._database.write() as connection:
            insert = insert_into(connection, LEASE).values({"name": checked_text("name", name)} | values)
            free = or_(_C.holder == holder, _C.until <= now_ms)
            taken = insert.on_conflict_do_update(index_elements=[_C.name], set_=values, where=free)
            await connection.execute(taken)
            return str((await connection.execute(select(_C.holder).where(_C.name == name))).scalar_one())

    async def release(self, name: str, holder: str) -> None:
        """Let another process have a lease; one that somebody else holds by now stays."""
        async with self._database.write() as connection:
            await connection.execute(delete(LEASE).where(_C.name == name, _C.holder == holder))
