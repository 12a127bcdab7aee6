"""Announced ends of perpetuals, from the symbol table of the exchange."""

from dataclasses import dataclass

from analysis.framework.question import Request, Sources


@dataclass(frozen=True, slots=True)
class Delisting:
    """A perpetual that leaves the exchange at ``time`` (UTC ms)."""

    symbol: str
    asset: str
    time: int


async def fetch_delistings(sources: Sources, request: Request) -> tuple[Delisting, ...]:
    """Return every delisting that is announced now, by time; of a past moment none is known.

    Raises ``SourceError``.
    """
    if request.as_of is not None:
        return ()
    table = await sources.exchange.futures.symbols()
    found = [
        Delisting(row.symbol, row.asset, row.leaves_at)
        for row in table.rows.values()
        if row.leaves_at is not None and row.state != "delisted"
    ]
    return tuple(sorted(found, key=lambda one: (one.time, one.symbol)))
