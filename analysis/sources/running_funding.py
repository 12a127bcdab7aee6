"""The funding of the coming settlement: its running rate, of now or as recorded, and the interval in force now."""

from dataclasses import dataclass
from typing import Final

from analysis.framework.question import Listing, Request, Sources
from analysis.framework.reasons import Reason
from utils.binance_api.intervals import HOUR
from utils.recorder import names

RECORDED_AGE: Final = HOUR
"""How much older than a past moment a recorded rate may be, ms."""


@dataclass(frozen=True, slots=True)
class RunningFunding:
    """The rate expected for the coming settlement, a fraction per interval, and the moment it is of (UTC ms)."""

    rate: float
    as_of: int


async def fetch_running_funding(
    sources: Sources, request: Request, listing: Listing
) -> RunningFunding | Reason:
    """Read the running rate; of a past moment the recorded one. Raises ``SourceError``."""
    perpetual = listing.perpetual
    if isinstance(perpetual, Reason):
        return perpetual
    if request.as_of is None:
        answer = await sources.exchange.futures.premium_index(perpetual.symbol)
        return RunningFunding(answer.value.last_funding_rate, answer.as_of)
    start, end = request.as_of - RECORDED_AGE, request.as_of + 1
    seen = await sources.history.observed(
        names.RUNNING_FUNDING, perpetual.symbol, start, end, as_of=request.as_of
    )
    if seen is None or not len(seen):
        return Reason("no_history", {"what": "running funding"})
    return RunningFunding(float(seen.value[-1]), int(seen.ts[-1]))


async def fetch_funding_hours(sources: Sources, request: Request, listing: Listing) -> int | Reason:
    """Read the hours between two settlements in force now; a past moment's follow from its settlements.

    Raises ``SourceError``.
    """
    perpetual = listing.perpetual
    if isinstance(perpetual, Reason):
        return perpetual
    if request.as_of is not None:
        return Reason("no_history", {"what": "the funding interval"})
    return (await sources.exchange.futures.funding_interval_hours(perpetual.symbol)).value
