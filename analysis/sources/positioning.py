"""Positioning statistics of the perpetual, what the exchange keeps and what we recorded, or why there are none."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from analysis.framework.question import Listing, Request, Sources, SourceStamp
from analysis.framework.reasons import Reason
from utils.binance_api.answers import Answer
from utils.binance_api.faces.statistics import KEPT_MS
from utils.binance_api.intervals import HOUR
from utils.binance_api.positioning.rows import Statistic
from utils.http.errors import Unavailable

S = TypeVar("S", bound=Statistic)
Ask = Callable[..., Awaitable[Answer[S]]]

STATISTIC_AGE: Final = 3 * HOUR
"""How much older than the moment a statistic may be, ms."""


async def fetch_statistic(
    ask: Ask[S], what: str, sources: Sources, request: Request, listing: Listing, *, period: str, rows: int
) -> Answer[S] | Reason:
    """Read ``rows`` of a statistic known at the asked moment; ``ask`` is a method of ``History``.

    A moment that neither the exchange nor the record reaches has a reason; raises ``SourceError`` otherwise.
    """
    perpetual = listing.perpetual
    if isinstance(perpetual, Reason):
        return perpetual
    try:
        answer = await ask(perpetual.symbol, period, rows=rows, as_of=request.as_of)
    except Unavailable:
        if request.as_of is None or request.as_of > sources.exchange.market_time_ms() - KEPT_MS:
            raise
        return Reason("no_history", {"what": what})
    return answer if len(answer.value) else Reason("no_data", {"what": what})


def stamp_of(answer: Answer[Any]) -> SourceStamp:
    """Return where these rows came from."""
    return SourceStamp(answer.source, answer.as_of, answer.fetched_at, len(answer.value))
