"""After a live answer its symbol stays warm for a while: the next one is read from streams and costs no request."""

from collections.abc import Iterable

import structlog

from analysis.framework.question import Request, Sources
from analysis.sources.listing import Place, find_places
from utils.http.errors import Unavailable

_log = structlog.get_logger(__name__)


async def keep_warm(sources: Sources, request: Request, intervals: Iterable[str]) -> None:
    """Watch the bars of both markets and the prices and best levels of the answered one.

    Subscribes and returns: no stream is waited for, and a past moment needs none. With all places held by others
    the next answer goes over REST.
    """
    if request.as_of is not None:
        return
    places = await find_places(sources, request)
    exchange, own = sources.exchange, places.own
    try:
        for place in (own, places.other):
            if isinstance(place, Place):
                exchange.watch(place.symbol, intervals, place.market)
        exchange.quote(own.symbol, own.market)
    except Unavailable as error:
        _log.warning("the next answer will ask over rest", symbol=own.symbol, detail=error.detail)
