"""The events around a question: what the exchange knows of the coin, beside the dated events of the file."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from analysis.arrays import Times
from analysis.framework.question import Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.degrading import or_reason
from analysis.sources.delistings import fetch_delistings
from analysis.sources.listing import resolve_listing
from analysis.sources.running_funding import fetch_funding_hours
from composite.calendar import FUNDING_HOURS, FUNDING_ID, Calendar, dated_spans, events_near
from composite.result import Event
from config.events import DatedEvent

BEFORE_S: Final = 3600.0
AFTER_S: Final = 24 * 3600.0
"""How long before and after the asked moment an event is told."""


@dataclass(frozen=True, slots=True, eq=False)
class EventsAround:
    """The events of a coin, or about all coins where there is none: of every moment that is asked of it."""

    calendar: Calendar
    asset: str | None

    @property
    def dated(self) -> Times:
        """Start and end of its dated events (m, 2), UTC ms."""
        return dated_spans(self.calendar, self.asset)

    def near(self, now: int) -> tuple[Event, ...]:
        """Return the events around a moment (UTC ms) by time, of settlements the next one alone."""
        found = events_near(self.calendar, self.asset, now, BEFORE_S, AFTER_S)
        return _next_settlement_alone(found, now)


class EventReader:
    """Finds events; ``dated`` returns those of the file."""

    def __init__(self, sources: Sources, dated: Callable[[], Sequence[DatedEvent]]) -> None:
        self._sources = sources
        self._dated = dated

    async def around(self, request: Request) -> EventsAround:
        """Return the events that a question is near.

        What the exchange does not tell now is left out, never an error. A basket has events about all coins alone.
        """
        dated = tuple(self._dated())
        if request.basket is not None:
            return EventsAround(Calendar(dated, funding_hours=0), None)
        return EventsAround(*await self._of_coin(request, dated))

    async def _of_coin(self, request: Request, dated: tuple[DatedEvent, ...]) -> tuple[Calendar, str | None]:
        listing = await resolve_listing(self._sources, request)
        hours, delistings = await asyncio.gather(
            or_reason(fetch_funding_hours(self._sources, request, listing)),
            or_reason(fetch_delistings(self._sources, request)),
        )
        if isinstance(listing.perpetual, Reason):
            hours = 0
        calendar = Calendar(
            dated,
            () if isinstance(delistings, Reason) else delistings,
            FUNDING_HOURS if isinstance(hours, Reason) else hours,
        )
        return calendar, listing.asset


def _next_settlement_alone(events: tuple[Event, ...], now: int) -> tuple[Event, ...]:
    later = [one.time for one in events if one.id == FUNDING_ID and one.time > now]
    following = min(later, default=None)
    return tuple(one for one in events if one.id != FUNDING_ID or one.time == following)
