"""Keeps the streams of an answered symbol subscribed for a while, so that its next answer costs no request."""

from collections.abc import Iterable

import structlog

from analysis.framework.question import Instrument, Listing, Request, Sources
from utils.http.errors import Unavailable

_log = structlog.get_logger(__name__)


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
