"""How many coins are in circulation, as the exchange adds it to open interest, and since when that was known."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats, Times
from analysis.framework.question import Instrument, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.degrading import or_reason
from utils.binance_api.positioning.rows import OpenInterestHistory
from utils.binance_api.symbols import SymbolTable

PERIOD = "1d"
ROWS = 30
"""Days that the exchange keeps."""


@dataclass(frozen=True, slots=True, eq=False)
class SupplyRows:
    """Coins in circulation (n) by when each number was known (n, UTC ms, rising)."""

    known_at: Times
    supply: Floats

    def at(self, moment: int) -> float | None:
        """Return the newest number known at a moment, ``None`` where there is none."""
        row = int(np.searchsorted(self.known_at, moment, side="right")) - 1
        return float(self.supply[row]) if row >= 0 else None


async def fetch_supplies(
    sources: Sources, request: Request, members: Sequence[Instrument]
) -> dict[str, SupplyRows]:
    """Return the supplies that are known at the asked moment, by symbol of the member; raises ``SourceError``."""
    table = await sources.exchange.futures.symbols()
    found = await asyncio.gather(*(_supply(sources, request, member, table) for member in members))
    return {member.symbol: rows for member, rows in zip(members, found, strict=True) if rows is not None}


async def _supply(
    sources: Sources, request: Request, member: Instrument, table: SymbolTable
) -> SupplyRows | None:
    """Return the rows of the perpetual with the same symbol, ``None`` where there are none."""
    if member.symbol not in table.rows:
        return None
    statistics = sources.exchange.statistics
    answer = await or_reason(statistics.open_interest(member.symbol, PERIOD, rows=ROWS, as_of=request.as_of))
    return None if isinstance(answer, Reason) else supply_rows(answer.value)


def supply_rows(history: OpenInterestHistory) -> SupplyRows | None:
    """Return the rows whose supply is known, ``None`` where it never is."""
    told = np.isfinite(history.supply) & (history.supply > 0)
    return SupplyRows(history.known_at[told], history.supply[told]) if told.any() else None
