"""Option chains as they looked at a moment: a few named figures, and the surface they were read from."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select

from utils.store.checks import checked_ms, checked_number, checked_text
from utils.store.database import Database
from utils.store.observations import Window
from utils.store.rows import insert_new, read_columns
from utils.store.tables import OPTION_SUMMARY

JsonObject = Mapping[str, object]

_C = OPTION_SUMMARY.c


@dataclass(frozen=True, slots=True)
class OptionSummary:
    """One look at the chain of ``underlying`` at ``source`` (``binance``, ``deribit``).

    ``ts`` is the moment it describes, ``known_at`` when we had it (UTC ms), ``index_price`` in quote units. ``figures``
    are numbers by name with the unit in the name (``atm_iv_30d_pct``), ``None`` where one could not be computed;
    ``surface`` holds what a chart needs, one JSON object per expiry and perhaps further ones without ``expiry``. Raises
    ``ValueError`` for what JSON cannot keep.
    """

    source: str
    underlying: str
    ts: int
    known_at: int
    index_price: float
    figures: Mapping[str, float | None]
    surface: Sequence[JsonObject] = ()

    def __post_init__(self) -> None:
        checked_text("source", self.source)
        checked_text("underlying", self.underlying)
        object.__setattr__(self, "ts", checked_ms("ts", self.ts))
        object.__setattr__(self, "known_at", checked_ms("known_at", self.known_at))
        object.__setattr__(self, "index_price", checked_number("index_price", self.index_price))
        figures = {
            checked_text("figure", name): None if value is None else checked_number(name, value)
            for name, value in self.figures.items()
        }
        object.__setattr__(self, "figures", figures)
        object.__setattr__(self, "surface", json.loads(json.dumps(list(self.surface), allow_nan=False)))


class OptionSummaries:
    """The table ``option_summary``; the first summary of a moment stays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, rows: Iterable[OptionSummary]) -> int:
        """Store the summaries in one transaction and return how many were new."""
        async with self._database.write() as connection:
            return await insert_new(connection, OPTION_SUMMARY, rows)

    async def latest(self, source: str, underlying: str, *, as_of: int) -> OptionSummary | None:
        """Return the newest summary known at ``as_of``, or ``None``."""
        query = (
            select(OPTION_SUMMARY)
            .where(_C.source == source, _C.underlying == underlying, _C.known_at <= as_of)
            .order_by(_C.ts.desc())
            .limit(1)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else OptionSummary(**row._mapping)

    async def figure(
        self, source: str, underlying: str, name: str, start: int, end: int, *, as_of: int
    ) -> Window:
        """Return one figure over ``start <= ts < end`` as known at ``as_of``; NaN where it could not be computed."""
        query = (
            select(_C.ts, _C.known_at, _C.figures[name].as_float())
            .where(
                _C.source == source,
                _C.underlying == underlying,
                _C.ts >= start,
                _C.ts < end,
                _C.known_at <= as_of,
            )
            .order_by(_C.ts)
        )
        async with self._database.read() as connection:
            ts, known_at, value = await read_columns(connection, query, (np.int64, np.int64, np.float64))
        return Window(ts, known_at, value)
