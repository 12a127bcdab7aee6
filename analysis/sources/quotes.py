"""The price at the moment asked, and of now the exchange's five-minute mean and 24-hour change."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from analysis.framework.question import NO_CHANGES, Instrument, Listing, PriceChanges, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.bars import market_face
from analysis.sources.degrading import or_reason
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, HOUR, SHORTEST_MS, WEEK


@dataclass(frozen=True, slots=True)
class LiveQuote:
    """``price`` in quote units; ``mean_5m`` exists on spot only; ``as_of`` UTC ms."""

    price: float
    mean_5m: float | None
    change_24h_pct: float
    as_of: int


@dataclass(frozen=True, slots=True)
class SpokenPrice:
    """The price an answer speaks of (quote units) and its time (UTC ms); both ``None`` where no source has it.

    ``changes`` lead up to it.
    """

    price: float | None
    time: int | None
    changes: PriceChanges = NO_CHANGES


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
    found, hourly = await asyncio.gather(
        _price(sources, request, listing), or_reason(_hours(sources, request, listing.instrument))
    )
    return found if isinstance(hourly, Reason) else replace(found, changes=changes(found, hourly))


async def _price(sources: Sources, request: Request, listing: Listing) -> SpokenPrice:
    if request.as_of is not None:
        return await past_price(sources, request, listing)
    instrument = listing.instrument
    last = await or_reason(market_face(sources, instrument).ticker_price(instrument.symbol))
    return UNKNOWN_PRICE if isinstance(last, Reason) else SpokenPrice(last.value.price, last.as_of)


async def fetch_quote_and_price(
    sources: Sources, request: Request, listing: Listing
) -> tuple[LiveQuote | Reason, SpokenPrice]:
    """Return the live figures, or why there are none, and the price an answer speaks of."""
    quote, past, hourly = await asyncio.gather(
        fetch_quote(sources, request, listing),
        past_price(sources, request, listing),
        or_reason(_hours(sources, request, listing.instrument)),
    )
    found = spoken(quote) if request.as_of is None else past
    return quote, found if isinstance(hourly, Reason) else replace(found, changes=changes(found, hourly))


async def _hours(sources: Sources, request: Request, instrument: Instrument) -> Bars:
    """Read the hours of the week before the moment asked."""
    hours = WEEK // HOUR + 2  # the one under way, and the one that ends where the week begins
    face = market_face(sources, instrument)
    return await face.klines(instrument.symbol, "1h", rows=hours, as_of=sources.moment(request))


def changes(found: SpokenPrice, hourly: Bars) -> PriceChanges:
    """Return the changes since a day and a week before the price, from closes at most an hour older than those."""
    day, week = (_close_before(hourly, found, ago) for ago in (DAY, WEEK))
    if found.price is None:
        return NO_CHANGES
    return PriceChanges(*(None if close is None else found.price / close - 1 for close in (day, week)))


def _close_before(hourly: Bars, found: SpokenPrice, ago: int) -> float | None:
    if found.time is None:
        return None
    since = found.time - ago
    row = int(np.searchsorted(hourly.close_time, since, side="left")) - 1
    if row < 0 or since - (int(hourly.close_time[row]) + 1) > HOUR:
        return None
    return float(hourly.close[row])


def spoken(quote: LiveQuote | Reason) -> SpokenPrice:
    """Return the price of a live quote."""
    return UNKNOWN_PRICE if isinstance(quote, Reason) else SpokenPrice(quote.price, quote.as_of)


async def past_price(sources: Sources, request: Request, listing: Listing) -> SpokenPrice:
    """Return the newest close by a past moment, from the finest bars that have one; unknown where none have, and now.

    Coarser bars are asked only while the finer ones end more than one of their own length before the moment.
    """
    moment, instrument = sources.moment(request), listing.instrument
    face, newest = market_face(sources, instrument), UNKNOWN_PRICE
    if request.as_of is None:
        return newest
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
