"""The price at the moment asked, and of now the exchange's five-minute mean and 24-hour change."""

import asyncio
from dataclasses import dataclass
from typing import Final

from analysis.framework.question import Listing, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.bars import market_face
from analysis.sources.degrading import or_reason
from utils.binance_api.intervals import SHORTEST_MS


@dataclass(frozen=True, slots=True)
class LiveQuote:
    """``price`` in quote units; ``mean_5m`` exists on spot only; ``as_of`` UTC ms."""

    price: float
    mean_5m: float | None
    change_24h_pct: float
    as_of: int


@dataclass(frozen=True, slots=True)
class SpokenPrice:
    """The price an answer speaks of (quote units) and its time (UTC ms); both ``None`` where no source has it."""

    price: float | None
    time: int | None


UNKNOWN_PRICE: Final = SpokenPrice(None, None)
FINEST: Final = ("1m", "5m", "15m", "1h")
"""Intervals whose bars may give a past moment's price, the finest first: recordings do not hold every interval."""


async def fetch_quote(sources: Sources, request: Request, listing: Listing) -> LiveQuote | Reason:
    """Read the live figures of the instrument; a failure is a reason, since every figure is context."""
    if request.as_of is not None:
        return Reason("no_history", {"what": "the live price"})
    read = _spot if listing.instrument.market == "spot" else _futures
    return await or_reason(read(sources, listing.instrument.symbol))


async def _spot(sources: Sources, symbol: str) -> LiveQuote:
    market = sources.exchange.spot
    last, mean, day = await asyncio.gather(
        market.ticker_price(symbol), market.avg_price(symbol), market.ticker_24h(symbol)
    )
    return LiveQuote(last.value.price, mean.value.price, day.value.price_change_percent, last.as_of)


async def _futures(sources: Sources, symbol: str) -> LiveQuote:
    market = sources.exchange.futures
    last, day = await asyncio.gather(market.ticker_price(symbol), market.ticker_24h(symbol))
    return LiveQuote(last.value.price, None, day.value.price_change_percent, last.as_of)


async def fetch_price(sources: Sources, request: Request, listing: Listing) -> SpokenPrice:
    """Return the price an answer speaks of: live from the ticker, past from the finest bar that closed by then."""
    return (await fetch_quote_and_price(sources, request, listing))[1]


async def fetch_quote_and_price(
    sources: Sources, request: Request, listing: Listing
) -> tuple[LiveQuote | Reason, SpokenPrice]:
    """Return the live figures, or why there are none, and the price an answer speaks of."""
    quote = await fetch_quote(sources, request, listing)
    live = request.as_of is None
    return quote, spoken(quote) if live else await past_price(sources, request, listing)


def spoken(quote: LiveQuote | Reason) -> SpokenPrice:
    """Return the price of a live quote."""
    return UNKNOWN_PRICE if isinstance(quote, Reason) else SpokenPrice(quote.price, quote.as_of)


async def past_price(sources: Sources, request: Request, listing: Listing) -> SpokenPrice:
    """Return the newest close by a past moment, from the finest bars that have one; unknown where none have.

    Coarser bars are asked only while the finer ones end more than one of their own length before the moment.
    """
    moment, instrument = sources.moment(request), listing.instrument
    face, newest = market_face(sources, instrument), UNKNOWN_PRICE
    for interval in FINEST:
        bars = await or_reason(face.klines(instrument.symbol, interval, rows=1, as_of=moment))
        if isinstance(bars, Reason) or not len(bars):
            continue
        time = int(bars.close_time[-1]) + 1
        if newest.time is None or time > newest.time:
            newest = SpokenPrice(float(bars.close[-1]), time)
        if moment - time < SHORTEST_MS[interval]:
            break
    return newest
