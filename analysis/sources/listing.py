"""Resolves where a question is answered: the asked market or the only one with the symbol, and its counterpart."""

import asyncio

from analysis.framework.question import Instrument, Listing, Market, Request, Sources
from analysis.framework.reasons import Reason
from utils.binance_api.symbols import Listed, SymbolTable
from utils.http.errors import SourceError


async def resolve_listing(sources: Sources, request: Request) -> Listing:
    """Return where to read; without both symbol tables the asked market alone, never an error."""
    asked = Instrument(request.market, request.symbol)
    other_market: Market = "futures" if request.market == "spot" else "spot"
    here, there = await asyncio.gather(_table(sources, request.market), _table(sources, other_market))
    if isinstance(here, Reason):
        return Listing(asked, here)
    row = here.get(request.symbol)
    if isinstance(there, Reason):
        return Listing(asked, there, asset=_asset(row), tick_size=_tick_size(row))
    if asked.symbol in here.unreadable or (row is not None and asked.symbol in there.unreadable):
        unreadable = Reason("unreadable_listing", {"symbol": asked.symbol})
        return Listing(asked, unreadable, asset=_asset(row), tick_size=_tick_size(row))
    return _among(asked, row, there)


async def _table(sources: Sources, market: Market) -> SymbolTable | Reason:
    exchange = sources.exchange
    try:
        return await (exchange.spot.symbols() if market == "spot" else exchange.futures.symbols())
    except SourceError as error:  # counted and logged by the exchange's client
        return Reason("source_down", {"source": error.source})


def _among(asked: Instrument, row: Listed | None, there: SymbolTable) -> Listing:
    perpetual = there.get(asked.symbol)
    if row is None and asked.market == "spot" and perpetual is not None:
        missing = Reason("spot_missing", {"symbol": asked.symbol})
        only, tick_size = Instrument("futures", asked.symbol), _tick_size(perpetual)
        return Listing(
            only,
            missing,
            asset=_asset(perpetual),
            tick_size=tick_size,
            notes=(missing,),
            multiple=perpetual.multiple,
        )
    match = there.counterpart(row) if row is not None else None
    if row is not None and match is not None:
        counterpart = Instrument(there.market, match.symbol)
        return Listing(
            asked,
            counterpart,
            row.multiple / match.multiple,
            _asset(row),
            _tick_size(row),
            counterpart_tick_size=_tick_size(match),
            multiple=row.multiple,
        )
    code = "no_perpetual" if asked.market == "spot" else "spot_missing"
    return Listing(
        asked,
        Reason(code, {"symbol": asked.symbol}),
        asset=_asset(row),
        tick_size=_tick_size(row),
        multiple=1 if row is None else row.multiple,
    )


def _asset(row: Listed | None) -> str | None:
    return None if row is None else row.asset


def _tick_size(row: Listed | None) -> float | None:
    return None if row is None else row.tick_size
