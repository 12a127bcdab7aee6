"""Where a question is answered: the asked market or the only one that lists the symbol, and the other beside it."""

import asyncio
from dataclasses import dataclass

from analysis.framework.question import Market, Request, Sources
from analysis.framework.reasons import Reason
from utils.binance_api.symbols import SymbolTable
from utils.http.errors import SourceError


@dataclass(frozen=True, slots=True)
class Place:
    """A symbol as one market lists it."""

    market: Market
    symbol: str


@dataclass(frozen=True, slots=True)
class Places:
    """``own`` is analysed, ``notes`` say when that is not the asked one; ``other`` is beside it, or why it is not."""

    own: Place
    other: Place | Reason
    notes: tuple[Reason, ...] = ()


async def find_places(sources: Sources, request: Request) -> Places:
    """Return where to read; without symbol tables the asked market alone, never an error."""
    asked = Place(request.market, request.symbol)
    try:
        spot, futures = await asyncio.gather(market_table(sources, "spot"), market_table(sources, "futures"))
    except SourceError as error:
        return Places(asked, Reason("source_down", {"source": error.source}))
    here, there = (spot, futures) if request.market == "spot" else (futures, spot)
    row = here.get(request.symbol)
    if row is None and request.market == "spot" and there.get(request.symbol) is not None:
        missing = Reason("spot_missing", {"symbol": request.symbol})
        return Places(Place("futures", request.symbol), missing, (missing,))
    match = there.counterpart(row) if row is not None else None
    if match is not None:
        return Places(asked, Place(there.market, match.symbol))
    code = "no_perpetual" if request.market == "spot" else "spot_missing"
    return Places(asked, Reason(code, {"symbol": request.symbol}))


async def market_table(sources: Sources, market: Market) -> SymbolTable:
    """Return what a market lists."""
    exchange = sources.exchange
    return await (exchange.spot.symbols() if market == "spot" else exchange.futures.symbols())
