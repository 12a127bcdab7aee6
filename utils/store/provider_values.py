"""Daily values of providers beyond the exchange as they were first seen, and when each answered last."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select

from utils.store.checks import checked_ms, checked_number, checked_text
from utils.store.database import Database
from utils.store.observations import Window
from utils.store.rows import insert_into, insert_new, read_columns
from utils.store.tables import PROVIDER_READING, PROVIDER_VALUE

_C, _R = PROVIDER_VALUE.c, PROVIDER_READING.c


@dataclass(frozen=True, slots=True)
class ProviderValue:
    """``value`` that a provider gave of ``fact`` (unit in its name) for ``asset`` on the day that begins at ``ts``.

    Knowable from ``known_at`` on, first seen here at ``first_seen`` (UTC ms). Raises ``ValueError`` for what no
    database could keep.
    """

    provider: str
    fact: str
    asset: str
    ts: int
    known_at: int
    first_seen: int
    value: float

    def __post_init__(self) -> None:
        for name in ("provider", "fact", "asset"):
            checked_text(name, getattr(self, name))
        for name in ("ts", "known_at", "first_seen"):
            object.__setattr__(self, name, checked_ms(name, getattr(self, name)))
        object.__setattr__(self, "value", checked_number("value", self.value))


class ProviderValues:
    """The tables ``provider_value`` and ``provider_reading``. The first value seen of a day stays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, rows: Iterable[ProviderValue]) -> int:
        """Store the rows in one transaction and return how many were new."""
        async with self._database.write() as connection:
            return await insert_new(connection, PROVIDER_VALUE, rows)

    async def note_reading(self, provider: str, topic: str, asset: str, read_at: int) -> None:
        """Note that a provider answered about a topic; the moment (UTC ms) never goes back."""
        reading = {
            "provider": checked_text("provider", provider),
            "topic": checked_text("topic", topic),
            "asset": checked_text("asset", asset),
            "read_at": checked_ms("read_at", read_at),
        }
        async with self._database.write() as connection:
            insert = insert_into(connection, PROVIDER_READING).values(reading)
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=[_R.provider, _R.topic, _R.asset],
                    set_={"read_at": insert.excluded.read_at},
                    where=_R.read_at < insert.excluded.read_at,
                )
            )

    async def window(self, provider: str, fact: str, asset: str, *, as_of: int) -> Window:
        """Return every day of a fact that was known at ``as_of`` (UTC ms)."""
        query = (
            select(_C.ts, _C.known_at, _C.value)
            .where(_C.provider == provider, _C.fact == fact, _C.asset == asset, _C.known_at <= as_of)
            .order_by(_C.ts)
        )
        async with self._database.read() as connection:
            return Window(*await read_columns(connection, query, (np.int64, np.int64, np.float64)))

    async def read_at(self, provider: str, topic: str, asset: str) -> int | None:
        """Return when a provider answered last about a topic (UTC ms), ``None`` before the first time."""
        query = select(_R.read_at).where(_R.provider == provider, _R.topic == topic, _R.asset == asset)
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one_or_none()
