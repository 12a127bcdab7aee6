"""Forced orders as a public stream showed them: at most one per symbol and second, so sums are a lower bound."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from utils.store.checks import checked_ms, checked_number, checked_text
from utils.store.database import Database
from utils.store.rows import insert_new, read_columns
from utils.store.tables import LIQUIDATION

Side = Literal["SELL", "BUY"]

_C = LIQUIDATION.c
_NUMBERS = ("price", "quantity", "average_price", "filled")
_MOMENTS = ("ts", "known_at")


@dataclass(frozen=True, slots=True)
class Liquidation:
    """One forced order: ``SELL`` closes a long, ``BUY`` a short.

    ``ts`` is the order's trade time and ``known_at`` when we received it (UTC ms); ``price`` is the bankruptcy price
    and ``quantity`` the order's size in base units, ``average_price`` and ``filled`` what was traded.
    """

    symbol: str
    ts: int
    side: Side
    price: float
    quantity: float
    average_price: float
    filled: float
    known_at: int

    def __post_init__(self) -> None:
        checked_text("symbol", self.symbol)
        if self.side not in ("SELL", "BUY"):
            raise ValueError(f"side must be SELL or BUY, is {self.side!r}")
        for name in _NUMBERS:
            object.__setattr__(self, name, checked_number(name, getattr(self, name)))
        for name in _MOMENTS:
            object.__setattr__(self, name, checked_ms(name, getattr(self, name)))


@dataclass(frozen=True, slots=True, eq=False)
class LiquidationWindow:
    """Forced orders in order of time, one array per column (times int64 ms, amounts float64, ``side`` text)."""

    ts: NDArray[np.int64]
    known_at: NDArray[np.int64]
    side: NDArray[np.str_]
    price: NDArray[np.float64]
    average_price: NDArray[np.float64]
    filled: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ts)

    @property
    def closes_long(self) -> NDArray[np.bool_]:
        """True where a long was closed by force."""
        return np.equal(self.side, "SELL")

    @property
    def notional(self) -> NDArray[np.float64]:
        """Quote units traded: filled quantity times average price, not the bankruptcy price."""
        return self.filled * self.average_price


class Liquidations:
    """The table ``liquidation``; an order is one row however many connections told it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, rows: Iterable[Liquidation]) -> int:
        """Store the orders in one transaction and return how many were new."""
        async with self._database.write() as connection:
            return await insert_new(connection, LIQUIDATION, rows)

    async def window(self, symbol: str, start: int, end: int, *, as_of: int) -> LiquidationWindow:
        """Return the orders of ``start <= ts < end`` (UTC ms) that had been received at ``as_of``."""
        query = (
            select(_C.ts, _C.known_at, _C.side, _C.price, _C.average_price, _C.filled)
            .where(_C.symbol == symbol, _C.ts >= start, _C.ts < end, _C.known_at <= as_of)
            .order_by(_C.ts, _C.side, _C.price, _C.quantity)
        )
        dtypes = (np.int64, np.int64, np.dtype("U4"), np.float64, np.float64, np.float64)
        async with self._database.read() as connection:
            return LiquidationWindow(*await read_columns(connection, query, dtypes))
