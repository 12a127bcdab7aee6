"""The calendar of the coin that a question is about: the events of the file and what the exchange announces."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analysis.framework.question import Instrument, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.degrading import or_reason
from analysis.sources.delistings import fetch_delistings
from analysis.sources.listing import resolve_listing
from composite.calendar import FUNDING_HOURS, Calendar
from config.events import DatedEvent

NO_PERPETUAL: Final = 0
"""Hours between settlements of a coin that has none."""


@dataclass(frozen=True, slots=True)
class CalendarSource:
    """Makes calendars from the dated ``events`` and the symbol tables that ``sources`` keep."""

    sources: Sources
    events: Sequence[DatedEvent]

    async def calendar(self, request: Request) -> tuple[Calendar, str | None]:
        """Return the calendar and the coin it is for, ``None`` where no symbol table answers; never an error."""
        listing, delistings = await asyncio.gather(
            resolve_listing(self.sources, request), or_reason(fetch_delistings(self.sources, request))
        )
        return (
            Calendar(
                tuple(self.events),
                () if isinstance(delistings, Reason) else delistings,
                await self._funding_hours(listing.perpetual),
            ),
            listing.asset,
        )

    async def _funding_hours(self, perpetual: Instrument | Reason) -> int:
        """Return the hours between settlements as they are now."""
        if isinstance(perpetual, Reason):
            return NO_PERPETUAL if perpetual.code == "no_perpetual" else FUNDING_HOURS
        found = await or_reason(self.sources.exchange.futures.funding_interval_hours(perpetual.symbol))
        return FUNDING_HOURS if isinstance(found, Reason) else found.value
