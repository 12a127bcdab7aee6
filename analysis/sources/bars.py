"""Closed bars of an instrument and of its counterpart (spot against its perpetual), and the streams that keep them."""

from collections.abc import Iterable

import structlog

from analysis.framework.bar_rules import BarHistory, continuous
from analysis.framework.question import Instrument, Listing, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.degrading import or_reason
from utils.binance_api.bars import Bars, NoBarsThen, NoneClosedYet
from utils.binance_api.faces.market import MarketReader
from utils.binance_api.intervals import coming_close, last_close
from utils.http.errors import SourceError, Unavailable

_log = structlog.get_logger(__name__)

DAILY = "1d"
DAILY_PAGE = 1000
"""Days in one answer of the exchange."""


def market_face(sources: Sources, instrument: Instrument) -> MarketReader:
    """Return the part of the exchange that lists an instrument."""
    exchange = sources.exchange
    return exchange.spot if instrument.market == "spot" else exchange.futures


async def fetch_bars(sources: Sources, request: Request, instrument: Instrument, rows: int) -> BarHistory:
    """Read ``rows`` closed bars known at ``request.as_of``, those since the last break of their history.

    Failures and no bars at all are typed.
    """
    bars = await _closed(sources, request, instrument, rows)
    if not len(bars):
        raise _nothing_closed(sources, request, instrument, bars.source)
    return continuous(bars)


def _nothing_closed(sources: Sources, request: Request, instrument: Instrument, source: str) -> SourceError:
    """Return what it means that a series begins after the last close."""
    symbol, interval = instrument.symbol, request.interval
    if request.as_of is not None:
        return NoBarsThen(source, symbol, interval)
    return NoneClosedYet(source, symbol, interval, coming_close(sources.exchange.market_time_ms(), interval))


async def fetch_counterpart(sources: Sources, request: Request, listing: Listing, rows: int) -> Bars | Reason:
    """Read ``rows`` closed bars of the counterpart since its last break, or why there are none."""
    counterpart = listing.counterpart
    if isinstance(counterpart, Reason):
        return counterpart
    bars = await or_reason(_closed(sources, request, counterpart, rows))
    if isinstance(bars, Reason):
        return bars
    return continuous(bars).bars if len(bars) else Reason("no_data", {"what": f"{counterpart.market} bars"})


async def fetch_daily(
    sources: Sources, instrument: Instrument, as_of: int, rows: int = DAILY_PAGE
) -> BarHistory | Reason:
    """Read the last closed daily bars known at ``as_of`` (UTC ms) since their last break, or the reason."""
    face = market_face(sources, instrument)
    bars = await or_reason(face.klines(instrument.symbol, DAILY, rows=rows, as_of=last_close(as_of, DAILY)))
    return bars if isinstance(bars, Reason) else continuous(bars)


def bars_until(sources: Sources, request: Request) -> int:
    """Return the moment up to which closed bars are read (UTC ms).

    Asked as of the last close, the store answers without a request until the next bar has closed.
    """
    now = sources.exchange.market_time_ms()
    return last_close(now, request.interval) if request.as_of is None else request.as_of


def keep_subscribed(sources: Sources, request: Request, listing: Listing, intervals: Iterable[str]) -> None:
    """Subscribe to the bars of the instrument and its counterpart, and to the instrument's price and best levels.

    Waits for no stream; a past moment needs none. Where all subscriptions are taken the next answer goes over REST.
    """
    if request.as_of is not None:
        return
    exchange, instrument = sources.exchange, listing.instrument
    try:
        for side in (instrument, listing.counterpart):
            if isinstance(side, Instrument):
                exchange.watch(side.symbol, intervals, side.market)
        exchange.quote(instrument.symbol, instrument.market)
    except Unavailable as error:
        _log.warning("the next answer will ask over rest", symbol=instrument.symbol, detail=error.detail)


async def _closed(sources: Sources, request: Request, instrument: Instrument, rows: int) -> Bars:
    face = market_face(sources, instrument)
    until = bars_until(sources, request)
    return await face.klines(instrument.symbol, request.interval, rows=rows, as_of=until)
