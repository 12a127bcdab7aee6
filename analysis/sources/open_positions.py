"""What the liquidation model reads of the perpetual: open interest by the hour, trades and mark price by the half hour.

The asked interval plays no part, so that the same moment has the same model on every interval.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from analysis.framework.question import Listing, Request, Sources, SourceStamp
from analysis.framework.reasons import NOT_ASKED, Reason
from analysis.sources.bars import fetch_bars
from analysis.sources.degrading import known, or_reason, reasons_of
from analysis.sources.mark import fetch_mark
from analysis.sources.open_interest import fetch_open_interest
from analysis.sources.positioning import stamp_of
from utils.binance_api.bars import Bars
from utils.binance_api.positioning.rows import OpenInterestHistory

STEP: Final = "1h"
HALF_STEP: Final = "30m"
HOURS: Final = 744
"""Hours that are read: 31 days, about as long as the exchange keeps open interest."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenPositions:
    """Open interest by the hour, bars of trades and of the mark price by the half hour; ``None`` where unknown.

    All prices are the perpetual's; times ``scale`` they are in the unit of the analysed instrument.
    """

    open_interest: OpenInterestHistory | None = None
    half_hours: Bars | None = None
    mark: Bars | None = None
    scale: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class OpenPositionsRead:
    """What was read, where it came from, and by source name why the rest is missing."""

    positions: OpenPositions
    stamps: tuple[SourceStamp, ...]
    missing: Mapping[str, Reason]


NO_POSITIONS: Final = OpenPositionsRead(
    OpenPositions(), (), reasons_of(open_interest=NOT_ASKED, half_hours=NOT_ASKED, mark=NOT_ASKED)
)
"""What there is where they are not asked for."""


async def fetch_open_positions(sources: Sources, request: Request, listing: Listing) -> OpenPositionsRead:
    """Read everything at once, as known at the asked moment; never an error."""
    hourly, half_hourly = replace(request, interval=STEP), replace(request, interval=HALF_STEP)
    interest, half_hours, mark = await asyncio.gather(
        or_reason(fetch_open_interest(sources, hourly, listing, HOURS)),
        or_reason(_half_hours(sources, half_hourly, listing)),
        or_reason(fetch_mark(sources, half_hourly, listing, 2 * HOURS)),
    )
    scale = 1.0 if listing.instrument == listing.perpetual else listing.counterpart_scale
    history = None if isinstance(interest, Reason) else interest.value
    return OpenPositionsRead(
        OpenPositions(history, known(half_hours), known(mark), scale),
        () if isinstance(interest, Reason) else (stamp_of(interest),),
        reasons_of(open_interest=interest, half_hours=half_hours, mark=mark),
    )


async def _half_hours(sources: Sources, request: Request, listing: Listing) -> Bars | Reason:
    perpetual = listing.perpetual
    if isinstance(perpetual, Reason):
        return perpetual
    return (await fetch_bars(sources, request, perpetual, 2 * HOURS)).bars
