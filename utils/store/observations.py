"""Numbers of named series as they became known: open interest, ratios, funding, whatever an exchange soon forgets."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from utils.store.checks import checked_ms, checked_number, checked_text
from utils.store.database import Database
from utils.store.rows import insert_new, read_columns
from utils.store.tables import OBSERVATION

_C = OBSERVATION.c


@dataclass(frozen=True, slots=True)
class Observation:
    """``value`` of ``series`` for ``symbol`` at ``ts``, knowable from ``known_at`` on (both UTC ms).

    The series' name carries market and unit (``um.open_interest_base``). Raises ``ValueError`` for what no database
    could keep: an empty name, a time before 1970, a value that is not finite.
    """

    series: str
    symbol: str
    ts: int
    known_at: int
    value: float

    def __post_init__(self) -> None:
        checked_text("series", self.series)
        checked_text("symbol", self.symbol)
        object.__setattr__(self, "ts", checked_ms("ts", self.ts))
        object.__setattr__(self, "known_at", checked_ms("known_at", self.known_at))
        object.__setattr__(self, "value", checked_number("value", self.value))


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Values in order of time: ``ts`` and ``known_at`` int64[n] UTC ms, ``value`` float64[n]."""

    ts: NDArray[np.int64]
    known_at: NDArray[np.int64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ts)


class Observations:
    """The table ``observation``. The first value seen for a stamp stays; a later revision of it is not taken."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, rows: Iterable[Observation]) -> int:
        """Store the rows in one transaction and return how many were new."""
        async with self._database.write() as connection:
            return await insert_new(connection, OBSERVATION, rows)

    async def window(self, series: str, symbol: str, start: int, end: int, *, as_of: int) -> Window:
        """Return what was known at ``as_of`` about the stamps ``start <= ts < end`` (UTC ms)."""
        query = (
            select(_C.ts, _C.known_at, _C.value)
            .where(
                _C.series == series, _C.symbol == symbol, _C.ts >= start, _C.ts < end, _C.known_at <= as_of
            )
            .order_by(_C.ts)
        )
        async with self._database.read() as connection:
            return Window(*await read_columns(connection, query, (np.int64, np.int64, np.float64)))

    async def latest(self, series: str, symbol: str, *, as_of: int) -> Observation | None:
        """Return the row with the newest stamp among those known at ``as_of``, or ``None``."""
        query = (
            select(OBSERVATION)
            .where(_C.series == series, _C.symbol == symbol, _C.known_at <= as_of)
            .order_by(_C.ts.desc())
            .limit(1)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else Observation(**row._mapping)
