"""What the exchange lets one trade: the step of a quantity and the smallest order."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.framework.question import Instrument, Sources


@dataclass(frozen=True, slots=True)
class Lot:
    """``step`` of the quantity in coins, ``least`` value of an order in the quote asset; ``None``: not told."""

    step: float | None
    least: float | None


async def fetch_lots(sources: Sources, members: Sequence[Instrument]) -> dict[str, Lot]:
    """Return the lots of instruments by symbol, those that are listed; raises ``SourceError``."""
    exchange = sources.exchange
    tables = {
        market: await (exchange.spot.symbols() if market == "spot" else exchange.futures.symbols())
        for market in sorted({member.market for member in members})
    }
    rows = {member.symbol: tables[member.market].get(member.symbol) for member in members}
    return {symbol: Lot(row.step_size, row.min_notional) for symbol, row in rows.items() if row is not None}
