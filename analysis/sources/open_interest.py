"""Open interest of the perpetual at the closes of the asked bars: what the exchange keeps and what we recorded."""

from analysis.framework.question import Listing, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.positioning import fetch_statistic
from utils.binance_api.answers import Answer
from utils.binance_api.faces.statistics import PERIODS
from utils.binance_api.intervals import SHORTEST_MS
from utils.binance_api.positioning.rows import OpenInterestHistory

SHORT_PERIOD_ROWS = 2000
"""Rows of five-minute open interest that are read: four requests, not eighteen."""


def period_of(interval: str) -> str | None:
    """Return the longest period of the statistics that divides the interval, ``None`` below five minutes."""
    step = SHORTEST_MS[interval]
    fitting = [period for period in PERIODS if step % SHORTEST_MS[period] == 0]
    return max(fitting, key=lambda period: SHORTEST_MS[period], default=None)


async def fetch_open_interest(
    sources: Sources, request: Request, listing: Listing, rows: int
) -> Answer[OpenInterestHistory] | Reason:
    """Read open interest over ``rows`` bars, or why there is none; raises ``SourceError``."""
    perpetual, period = listing.perpetual, period_of(request.interval)
    if isinstance(perpetual, Reason):
        return perpetual
    if period is None:
        return Reason("no_data", {"what": "open interest of so short bars"})
    per_bar = SHORTEST_MS[request.interval] // SHORTEST_MS[period]
    wanted = min(rows * per_bar, SHORT_PERIOD_ROWS) if period == PERIODS[0] else rows * per_bar
    ask = sources.history.open_interest
    return await fetch_statistic(ask, "open interest", sources, request, listing, period=period, rows=wanted)
