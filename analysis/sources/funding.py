"""Settled funding of the perpetual, paged back from the asked moment; extraordinary settlements are left out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats, Times
from analysis.framework.question import Listing, Request, Sources, SourceStamp
from analysis.framework.reasons import Reason
from utils.binance_api.answers import Answer
from utils.binance_api.schemas import FundingRate

PAGE = 1000
REGULAR = "Regular"


@dataclass(frozen=True, slots=True, eq=False)
class SettledFunding:
    """Regular settlements, ascending: times (UTC ms) and rates, a fraction per funding interval.

    ``special`` are the extraordinary ones, each a time and a rate.
    """

    time: Times
    rate: Floats
    stamp: SourceStamp
    special: tuple[tuple[int, float], ...] = ()


async def fetch_funding(
    sources: Sources,
    request: Request,
    listing: Listing,
    *,
    last: int = PAGE,
    since: int | None = None,
    pages: int = 1,
) -> SettledFunding | Reason:
    """Read the last regular settlements known at the asked moment, or why there are none; raises ``SourceError``.

    Now: the ``last`` ones. A past moment: those from ``since`` (UTC ms) on where it is given. Up to ``pages`` pages
    of 1,000 are read until ``since`` is covered.
    """
    perpetual = listing.perpetual
    if isinstance(perpetual, Reason):
        return perpetual
    newest = await _newest(sources, request, perpetual.symbol, last, since if pages == 1 else None)
    found = list(newest.value)
    page = newest
    while since is not None and pages > 1 and len(page.value) == PAGE and found[0].funding_time > since:
        before = found[0].funding_time - 1
        page = await sources.exchange.futures.funding_rates(perpetual.symbol, end=before, limit=PAGE)
        found, pages = [*page.value, *found], pages - 1
    kept = regular(found)
    if not kept:
        return Reason("no_data", {"what": "settled funding"})
    return _columns(kept, newest, found)


def regular(rows: Sequence[FundingRate]) -> list[FundingRate]:
    """Return the settlements of the regular interval: a special one says nothing of costs, intervals or habits.

    Source: USD-M change log 2026-07-23 (``rateType``).
    """
    return [row for row in rows if row.rate_type == REGULAR]


async def _newest(
    sources: Sources, request: Request, symbol: str, last: int, start: int | None
) -> Answer[list[FundingRate]]:
    futures = sources.exchange.futures
    if request.as_of is None:
        return await futures.settled_funding(symbol, last)
    return await futures.funding_rates(symbol, start=start, end=request.as_of, limit=PAGE)


def _columns(
    rows: list[FundingRate], answer: Answer[list[FundingRate]], found: Sequence[FundingRate]
) -> SettledFunding:
    return SettledFunding(
        np.array([row.funding_time for row in rows], dtype=np.int64),
        np.array([row.funding_rate for row in rows], dtype=np.float64),
        SourceStamp(answer.source, answer.as_of, answer.fetched_at, len(found)),
        tuple((row.funding_time, row.funding_rate) for row in found if row.rate_type != REGULAR),
    )
