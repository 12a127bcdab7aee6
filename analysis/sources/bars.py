"""Closed bars of the asked market and, beside them, of the other one: spot against its perpetual."""

import asyncio
from dataclasses import dataclass

from analysis.framework.question import Request, Sources
from analysis.framework.reasons import Reason
from analysis.framework.result import SourceStamp
from analysis.sources.listing import Place, find_places, market_table
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import last_close
from utils.http.errors import Misconfigured, Rejected, Retryable, Unavailable


@dataclass(frozen=True, slots=True, eq=False)
class MarketPair:
    """``bars`` are what is analysed; ``other`` the other market's, or ``None`` with ``other_reason``.

    ``other_scale`` turns the other market's prices into this one's unit (1000SHIBUSDT against SHIBUSDT).
    """

    bars: Bars
    other: Bars | None
    other_scale: float
    other_reason: Reason | None
    notes: tuple[Reason, ...]

    def stamps(self) -> tuple[SourceStamp, ...]:
        """Return where the rows came from."""
        found = (self.bars,) if self.other is None else (self.bars, self.other)
        return tuple(SourceStamp(b.source, b.as_of, b.fetched_at, len(b)) for b in found)


async def fetch_pair(sources: Sources, request: Request, rows: int, other_rows: int) -> MarketPair:
    """Read ``rows`` closed bars of the asked market and ``other_rows`` of the other, known at ``request.as_of``.

    Asked for spot where only a perpetual is listed, the perpetual is used and a note says so. Failures of the asked
    market pass through typed; the other market degrades to a reason.
    """
    places = await find_places(sources, request)
    own, notes = places.own, places.notes
    bars, second = await asyncio.gather(
        fetch_bars(sources, request, own, rows), _other_bars(sources, request, places.other, other_rows)
    )
    if isinstance(second, Reason):
        return MarketPair(bars, None, 1.0, second, notes)
    return MarketPair(bars, second, await _scale(sources, own, second), None, notes)


async def fetch_bars(sources: Sources, request: Request, place: Place, rows: int) -> Bars:
    """Read ``rows`` closed bars of one place, known at ``request.as_of``; failures and no bars at all are typed."""
    bars = await _closed(sources, request, place, rows)
    if not len(bars):
        raise Rejected(
            bars.source, f"no closed bars of {place.symbol} {request.interval} by then", parameter="at"
        )
    return bars


async def _closed(sources: Sources, request: Request, place: Place, rows: int) -> Bars:
    exchange = sources.exchange
    market = exchange.spot if place.market == "spot" else exchange.futures
    # asked as of the last close, the store answers without a request until the next bar has closed
    now = exchange.market_time_ms()
    as_of = last_close(now, request.interval) if request.as_of is None else request.as_of
    return await market.klines(place.symbol, request.interval, rows=rows, as_of=as_of)


async def _other_bars(sources: Sources, request: Request, place: Place | Reason, rows: int) -> Bars | Reason:
    if isinstance(place, Reason):
        return place
    try:
        bars = await _closed(sources, request, place, rows)
    except (Retryable, Unavailable, Rejected, Misconfigured) as error:
        return Reason("source_down", {"source": error.source})
    return bars if len(bars) else Reason("no_data", {"what": f"{place.market} bars"})


async def _scale(sources: Sources, own: Place, other: Bars) -> float:
    mine = (await market_table(sources, own.market)).get(own.symbol)
    theirs = (await market_table(sources, other.market)).get(other.symbol)
    return mine.multiple / theirs.multiple if mine and theirs else 1.0
